"""Keeping what the gate found: check results, failing lines for the quarantine, the report."""

from typing import Any

import polars as pl
import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from janus_warehouse.assays.gate.findings import Finding, NotAsked
from janus_warehouse.assays.gate.landed import Landed
from janus_warehouse.assays.gate.rules import SUBJECT
from janus_warehouse.deliveries.gate_lines import create_lines
from janus_warehouse.deliveries.ledger import Delivery

_INSERT = """
insert into ops.check_results (run_kind, run_id, subject, rule_id, dimension, rows_seen,
    rows_failing, tolerance, consequence, outcome, seconds)
values ('delivery', %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


def keep(
    connection: psycopg.Connection,
    delivery: Delivery,
    judged: list[tuple[Finding | NotAsked, float]],
    lines: pl.DataFrame,
    document: dict[str, Any],
) -> None:
    """Keep the findings of a return in one transaction; those of an earlier try are replaced.

    Args:
        connection: As loader.
        delivery: The return, its rows landed.
        judged: What every rule found.
        lines: Of `failing_lines`.
        document: What the report says.
    """
    with connection.transaction():
        connection.execute(
            "delete from ops.check_results where run_kind = 'delivery' and run_id = %s "
            "and subject = %s",
            [delivery.delivery_id, SUBJECT],
        )
        with connection.cursor() as cursor:
            cursor.executemany(_INSERT, [
                (delivery.delivery_id, SUBJECT, one.rule_id, one.rule.dimension, one.seen,
                 one.failing, str(one.rule.tolerance), one.rule.consequence, one.outcome, seconds)
                for one, seconds in judged if isinstance(one, Finding)
            ])  # fmt: skip
        connection.execute(
            "delete from ops.gate_findings where delivery_id = %s", [delivery.delivery_id]
        )
        connection.execute(
            "insert into ops.gate_findings (delivery_id, document) values (%s, %s)",
            [delivery.delivery_id, Jsonb(document)],
        )
        name = create_lines(connection, delivery)
        target = sql.SQL("copy {} (table_name, line_number, rule_id) from stdin").format(name)
        with connection.cursor() as cursor, cursor.copy(target) as copy:
            copy.write(
                lines.select("table_name", "line_number", "rule_id").write_csv(
                    include_header=False, separator="\t"
                )
            )


def failing_lines(landed: Landed, judged: list[tuple[Finding | NotAsked, float]]) -> pl.DataFrame:
    """Return table_name, line_number and rule_id of every row that a rule keeps out."""
    parts = [
        rows.select(
            table_name=pl.lit(table),
            line_number=pl.col("row").cast(pl.Int64) + landed.first_lines[table],
            rule_id=pl.lit(one.rule_id),
        )
        for one, _ in judged
        if isinstance(one, Finding) and one.rule.consequence == "quarantine"
        for table, rows in one.rows.items()
        if table in landed.first_lines
    ]
    schema = {"table_name": pl.String, "line_number": pl.Int64, "rule_id": pl.String}
    return pl.concat(parts) if parts else pl.DataFrame(schema=schema)


def document_of(connection: psycopg.Connection, delivery_id: str) -> dict[str, Any] | None:
    """Return what the report of a return says; None when it never came to the gate."""
    row = connection.execute(
        "select document from ops.gate_findings where delivery_id = %s", [delivery_id]
    ).fetchone()
    return row[0] if row else None
