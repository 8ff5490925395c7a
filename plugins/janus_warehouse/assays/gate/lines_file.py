"""The laboratory's list of failing lines: its own file and line, code, analyte and rule."""

import os

import polars as pl
import psycopg

from janus_warehouse.assays.gate.landed import Landed
from janus_warehouse.assays.gate.places_of_reports import report_folder
from janus_warehouse.contracts import Contract
from janus_warehouse.deliveries import ledger, view
from janus_warehouse.deliveries.ledger import Delivery
from janus_warehouse.deliveries.rows import failing_rows_sql

FAILING_LINES = "failing_lines.csv"
_COLUMNS = ("native_file", "line", "sample_code", "plate_id", "well", "analyte_code")


def write_failing_lines(
    connection: psycopg.Connection,
    delivery: Delivery,
    contracts: dict[str, Contract],
    landed: Landed,
    lines: pl.DataFrame,
) -> None:
    """Write every line that a rule of the gate or of a contract keeps out; no values.

    Args:
        connection: As loader.
        delivery: The return, its rows landed.
        contracts: Its contracts by table.
        landed: Its tables.
        lines: What the gate keeps out.
    """
    every = pl.concat([lines, _by_contract(connection, delivery, contracts)]).unique()
    parts = [
        _located(frame, every.filter(table_name=table), landed.first_lines[table])
        for table, frame in (("samples", landed.samples.lazy()), ("results", landed.results))
        if frame is not None and table in landed.first_lines
    ]
    parts.append(_located(landed.analytes.lazy(), every.filter(table_name="analytes"),
                          landed.first_lines.get("analytes", 1)))  # fmt: skip
    listed = pl.concat(parts).sort(pl.all())
    folder = report_folder(delivery.delivery_id)
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{FAILING_LINES}.{os.getpid()}"
    listed.write_csv(draft)
    draft.replace(folder / FAILING_LINES)


def _located(frame: pl.LazyFrame, failing: pl.DataFrame, first_line: int) -> pl.DataFrame:
    known = frame.collect_schema().names()
    named = [
        pl.col(column) if column in known
        else pl.lit(None, pl.Int64 if column == "line" else pl.String).alias(column)
        for column in _COLUMNS
    ]  # fmt: skip
    return (
        frame.with_columns(line_number=pl.col("row").cast(pl.Int64) + first_line)
        .join(failing.lazy(), on="line_number")
        .select(*named, rule="rule_id")
        .collect()
    )


def _by_contract(
    connection: psycopg.Connection, delivery: Delivery, contracts: dict[str, Contract]
) -> pl.DataFrame:
    """Return the failing lines that rules of the contracts found."""
    failed = connection.execute(
        "select subject, rule_id from ops.check_results where run_kind = 'delivery' "
        "and run_id = %s and rows_failing > 0",
        [delivery.delivery_id],
    ).fetchall()
    tables = ledger.tables_of(connection, delivery.delivery_id)
    relation = view.relation_during_check(connection, tables, contracts, delivery)
    rows: list[tuple[str, int, str]] = []
    for table in tables:
        names = {rule_id for subject, rule_id in failed if subject == table.table_name}
        rules = [rule for rule in contracts[table.table_name].rules if rule.rule_id in names]
        # Cells in the lake have no landed rows; their lines are in the list of failing rows.
        if rules and not contracts[table.table_name].is_in_lake:
            query = failing_rows_sql(table, rules, relation)
            rows += connection.execute(
                f"select '{table.table_name}', line_number, unnest(rule_ids) from ({query}) as f"  # type: ignore[arg-type]
            ).fetchall()
    schema = {"table_name": pl.String, "line_number": pl.Int64, "rule_id": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")
