"""Which landed rows break which rules: one query, for the quarantine and for the sender."""

from collections.abc import Callable

import psycopg

from janus_warehouse.contracts import Contract, Rule, sql
from janus_warehouse.contracts.rules import RELATIONAL
from janus_warehouse.deliveries import view
from janus_warehouse.deliveries.ledger import Delivery, DeliveryTable
from janus_warehouse.deliveries.load import LANDING


def failing_rules(connection: psycopg.Connection, delivery: Delivery) -> dict[str, set[str]]:
    """Return the rules that rows of a checked delivery break, by table; warnings are left out."""
    failing: dict[str, set[str]] = {}
    for table, rule in connection.execute(
        "select subject, rule_id from ops.check_results where run_kind = 'delivery' "
        "and run_id = %s and rows_failing > 0 and consequence <> 'warn'",
        [delivery.delivery_id],
    ):
        failing.setdefault(table, set()).add(rule)
    return failing


def rules_to_apply(contract: Contract, failed: set[str], *, leans_on_siblings: bool) -> list[Rule]:
    """Return the rules whose failing rows do not enter.

    Where a table leans on others of its delivery (`order.leans_on_siblings`), rules about them
    are asked again: a row that leans on a quarantined row of the same delivery only fails now.
    """
    return [
        rule
        for rule in contract.rules
        if rule.rule_id in failed
        or (leans_on_siblings and rule.consequence != "warn" and rule.kind in RELATIONAL)
    ]


def failing_rows_sql(
    table: DeliveryTable, rules: list[Rule], relation: Callable[[str], str]
) -> str:
    """Return the query that gives each failing line with the ids of the rules it breaks.

    Args:
        table: A landed table with its check view.
        rules: The rules to judge by.
        relation: What other tables stand for, from `view`.
    """
    name = f"{LANDING}.{view.name_of(table)}"
    cases = ", ".join(
        f"case when {sql.resolve(rule.failing, name, relation)} "
        f"then {sql.literal(rule.rule_id)} end"
        for rule in rules
    )
    return (
        f"select line_number, rule_ids from (select line_number, "
        f"array_remove(array[{cases}], null) as rule_ids from {name} offset 0) as judged "
        "where rule_ids <> '{}'"
    )
