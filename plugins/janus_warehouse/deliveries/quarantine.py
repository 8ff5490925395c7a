"""The quarantine: rows that break a rule, with line and rules, and without identifiers."""

import psycopg

from janus_warehouse.contracts import Contract, Rule, sql
from janus_warehouse.contracts.rules import RELATIONAL
from janus_warehouse.deliveries import view
from janus_warehouse.deliveries.gate_lines import (
    KEPT_OF_WITHDRAWN,
    WITHDRAWN,
    with_gate_lines,
)
from janus_warehouse.deliveries.ledger import Delivery, DeliveryTable
from janus_warehouse.deliveries.load import LANDING
from janus_warehouse.deliveries.rows import failing_rows_sql
from janus_warehouse.deliveries.tolerance import SHOWN_LINES, over_tolerance
from janus_warehouse.errors import DeliveryRefusedError, WarehouseError


class RuleBrokenError(DeliveryRefusedError):
    """A rule that is over its tolerance only now that the rows enter; says which, and how often."""

    def __init__(self, message: str, table: str, rule_id: str, failing: int) -> None:
        super().__init__(message)
        self.table, self.rule_id, self.failing = table, rule_id, failing


def put_aside(
    connection: psycopg.Connection,
    delivery: Delivery,
    table: DeliveryTable,
    contract: Contract,
    rules: list[Rule],
) -> None:
    """Put the rows of a table that break any of `rules`, or one of the gate, into quarantine."""
    relation = view.relation_when_settling(connection, table, contract, delivery)
    judged = failing_rows_sql(table, rules, relation) if rules else None
    judged = with_gate_lines(connection, table, judged)
    if judged is not None:
        _insert(connection, delivery, table, contract, judged)


def put_aside_unknown(
    connection: psycopg.Connection, delivery: Delivery, table: DeliveryTable, contract: Contract
) -> None:
    """Put aside the rows whose person was to be made known by a row that did not enter."""
    person = contract.person
    assert person is not None
    unknown = (
        f"select t.line_number, array['person.known'] as rule_ids "
        f"from {LANDING}.{view.name_of(table)} as t "
        f"where {clean_rows(connection, delivery, table)} and t.{sql.text_name(person.column)} "
        f"not in (select value from identity.identifiers where system = "
        f"{sql.literal(person.system)})"
    )
    _insert(connection, delivery, table, contract, unknown)


def clean_rows(connection: psycopg.Connection, delivery: Delivery, table: DeliveryTable) -> str:
    """Return the SQL condition of the rows of a table, called `t`, that are not in quarantine."""
    if not _count(connection, delivery, table):
        return "true"
    return (
        "t.line_number not in (select line_number from quarantine.rows "
        f"where delivery_id = {sql.literal(delivery.delivery_id)} "
        f"and table_name = {sql.literal(table.table_name)})"
    )


def _insert(
    connection: psycopg.Connection,
    delivery: Delivery,
    table: DeliveryTable,
    contract: Contract,
    judged: str,
) -> None:
    # Only what the contract knows and no identifier: a column it ignores may hold names.
    kept = "{" + ",".join(column.name for column in contract.kept_columns) + "}"
    kept_of_withdrawn = "{" + ",".join(KEPT_OF_WITHDRAWN) + "}"
    connection.execute(
        f"""
        insert into quarantine.rows (delivery_id, table_name, line_number, rule_ids, content)
        select {sql.literal(delivery.delivery_id)}, {sql.literal(table.table_name)},
            failing.line_number, failing.rule_ids,
            (
                select jsonb_object_agg(cell.key, cell.value)
                from jsonb_each_text(to_jsonb(landed)) as cell
                where cell.key = any (
                    case
                        when {sql.literal(WITHDRAWN)} = any (failing.rule_ids)
                            then '{kept_of_withdrawn}'::text[]
                        else '{kept}'::text[]
                    end
                )
            )
        from ({judged}) as failing
        inner join {LANDING}.{table.landing_name} as landed
            on landed.line_number = failing.line_number
        """
    )


def settle_counts(
    connection: psycopg.Connection,
    delivery: Delivery,
    table: DeliveryTable,
    contract: Contract,
    rules: list[Rule],
) -> int:
    """Bring the ledger's counts in line with the quarantine and return the rows in it.

    Rules about the row alone must agree with what Great Expectations counted; rules about other
    tables may have more failing rows now, and are judged by their tolerance again.
    """
    counted: dict[str, int] = dict(
        connection.execute(
            "select rule_id, count(*) from quarantine.rows, unnest(rule_ids) as rule_id "
            "where delivery_id = %s and table_name = %s group by rule_id",
            [delivery.delivery_id, table.table_name],
        ).fetchall()
    )
    judged = {rule.rule_id for rule in rules}
    later = [r for r in contract.rules if r.rule_id in counted and r.rule_id not in judged]
    for rule in [*rules, *later]:
        now = counted.get(rule.rule_id, 0)
        before = connection.execute(
            "select rows_failing from ops.check_results where run_kind = 'delivery' "
            "and run_id = %s and subject = %s and rule_id = %s",
            [delivery.delivery_id, table.table_name, rule.rule_id],
        ).fetchone()
        if before is not None and before[0] == now:
            continue
        if rule.kind not in RELATIONAL:
            raise WarehouseError(
                f"{table.table_name}: rule {rule.rule_id} failed on {before and before[0]} rows "
                f"when checked and on {now} when settled; nothing was kept"
            )
        connection.execute(
            "update ops.check_results set rows_failing = %s, outcome = %s "
            "where run_kind = 'delivery' and run_id = %s and subject = %s and rule_id = %s",
            [now, "quarantined" if now else "passed", delivery.delivery_id, table.table_name,
             rule.rule_id],
        )  # fmt: skip
        if not rule.tolerance.allows(now, table.rows_received):
            lines = _first_lines(connection, delivery, table, rule)
            raise RuleBrokenError(
                over_tolerance(table, contract, rule, now, lines)
                + ". Rows that lean on failing rows of the other files count as well",
                table.table_name, rule.rule_id, now,
            )  # fmt: skip
    return _count(connection, delivery, table)


def bring_in_line(
    connection: psycopg.Connection,
    delivery: Delivery,
    table: DeliveryTable,
    contract: Contract,
    counted: dict[str, int],
) -> None:
    """Bring the ledger's counts in line with those of a table whose cells went to the lake.

    More of its samples may have been kept out since the check; the rules are judged again.

    Raises:
        RuleBrokenError: A rule is over its tolerance only now.
    """
    for rule in contract.rules:
        now = counted.get(rule.rule_id, 0)
        connection.execute(
            "update ops.check_results set rows_failing = %s, outcome = %s where run_kind = "
            "'delivery' and run_id = %s and subject = %s and rule_id = %s and rows_failing <> %s",
            [now, "quarantined" if now else "passed", delivery.delivery_id, table.table_name,
             rule.rule_id, now],
        )  # fmt: skip
        if not rule.tolerance.allows(now, table.rows_received):
            raise RuleBrokenError(
                over_tolerance(table, contract, rule, now, [])
                + ". Cells of samples and analytes whose own rows fail count as well",
                table.table_name, rule.rule_id, now,
            )  # fmt: skip


def record_count(
    connection: psycopg.Connection, delivery: Delivery, broken: RuleBrokenError
) -> None:
    """Write into the ledger what a refusal found, which its own transaction took back."""
    connection.execute(
        "update ops.check_results set rows_failing = %s, outcome = 'refused' "
        "where run_kind = 'delivery' and run_id = %s and subject = %s and rule_id = %s",
        [broken.failing, delivery.delivery_id, broken.table, broken.rule_id],
    )


def _count(connection: psycopg.Connection, delivery: Delivery, table: DeliveryTable) -> int:
    found = connection.execute(
        "select count(*) from quarantine.rows where delivery_id = %s and table_name = %s",
        [delivery.delivery_id, table.table_name],
    ).fetchone()
    return found[0] if found else 0


def _first_lines(
    connection: psycopg.Connection, delivery: Delivery, table: DeliveryTable, rule: Rule
) -> list[int]:
    rows = connection.execute(
        "select line_number from quarantine.rows where delivery_id = %s and table_name = %s "
        "and %s = any (rule_ids) order by line_number limit %s",
        [delivery.delivery_id, table.table_name, rule.rule_id, SHOWN_LINES],
    )
    return [line for (line,) in rows]
