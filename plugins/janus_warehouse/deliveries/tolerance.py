"""Rules over their tolerance, in the words of the sender's guide: which, where, how many."""

import psycopg

from janus_warehouse.contracts import Contract, Rule
from janus_warehouse.contracts.guide_words import claim_words
from janus_warehouse.deliveries import failing_values, ledger, view
from janus_warehouse.deliveries.ledger import Delivery, DeliveryTable
from janus_warehouse.deliveries.rows import failing_rows_sql
from janus_warehouse.errors import DeliveryRefusedError

SHOWN_LINES = 5
"""How many failing lines a message names; the sender's list has them all."""

NEARLY_ALL = 0.9
"""When so many rows fail, the file is another one than the contract is about."""


def require_tolerable(
    connection: psycopg.Connection,
    delivery: Delivery,
    contracts: dict[str, Contract],
    told: frozenset[str] = frozenset(),
) -> None:
    """Raise when the ledger holds a rule of this delivery that is over its tolerance.

    Args:
        connection: As loader.
        delivery: A delivery in state `checked`, its rows still landed.
        contracts: Its contracts by table.
        told: Rules of which the sender is told elsewhere.

    Raises:
        DeliveryRefusedError: Every such rule with its column, lines, counts and tolerance.
    """
    over = connection.execute(
        "select subject, rule_id, rows_failing from ops.check_results "
        "where run_kind = 'delivery' and run_id = %s and outcome = 'refused' "
        "and subject = any(%s) and rule_id <> all(%s) order by subject, rule_id",
        [delivery.delivery_id, list(contracts), list(told)],
    ).fetchall()
    if not over:
        return
    tables = ledger.tables_of(connection, delivery.delivery_id)
    named = {table.table_name: table for table in tables}
    relation = view.relation_during_check(connection, tables, contracts, delivery)
    messages = []
    for table_name, rule_id, failing in over:
        table, contract = named[table_name], contracts[table_name]
        rule = next(rule for rule in contract.rules if rule.rule_id == rule_id)
        if contract.is_in_lake:
            from janus_warehouse.assays.lake.door import failing_lines

            of_rules = failing_lines(connection, delivery, table, contracts, relation)
            shown = of_rules[rule_id][:SHOWN_LINES]
            messages.append(over_tolerance(table, contract, rule, failing, shown))
            continue
        query = failing_rows_sql(table, [rule], relation)
        lines = connection.execute(
            f"select line_number from ({query}) as failing order by 1 limit {SHOWN_LINES}"
        ).fetchall()
        found = ""
        if rule.kind in failing_values.TOLD_KINDS:
            cells = failing_values.landed_cells(table, rule)
            found = failing_values.told(connection, contract, rule, cells)
        shown = [line for (line,) in lines]
        messages.append(over_tolerance(table, contract, rule, failing, shown, found))
    for table in tables:
        failing_by_rule = {r: n for t, r, n in over if t == table.table_name}
        messages += _likely_cause(table, contracts[table.table_name], failing_by_rule)
    raise DeliveryRefusedError("\n".join(messages))


def _likely_cause(
    table: DeliveryTable, contract: Contract, failing_by_rule: dict[str, int]
) -> list[str]:
    """Return what is probably wrong with a file of which nearly every row fails."""
    nearly_all = {
        rule_id
        for rule_id, failing in failing_by_rule.items()
        if failing >= NEARLY_ALL * table.rows_received
    }
    if nearly_all & {"person.known"} and "person.valid" not in nearly_all:
        return [
            f"{table.path}: nearly no row finds its person: is this the file of another "
            "population, or of another study?"
        ]
    columns = {rule.column for rule in contract.rules if rule.rule_id in nearly_all}
    if contract.format.kind == "fixed_width" and len(columns - {None}) >= 2:
        places = ", ".join(
            f"{column.name} {column.position[0]}-{column.position[1]}"
            for column in contract.columns
            if column.position
        )
        return [
            f"{table.path}: nearly every row fails in {len(columns - {None})} columns: has the "
            f"layout changed? The contract reads {places}. If the new layout is meant, the "
            "contract gets a new version first"
        ]
    return []


def over_tolerance(
    table: DeliveryTable,
    contract: Contract,
    rule: Rule,
    failing: int,
    lines: list[int],
    found: str = "",
) -> str:
    """Return the sentence for a rule that more rows break than the contract bears.

    Args:
        table: Whose rows.
        contract: Its contract.
        rule: The rule.
        failing: How many rows break it.
        lines: The first of their lines.
        found: A sentence about what stands there instead, where something may be told.
    """
    where = f"column {rule.column}, rule {rule.rule_id}" if rule.column else f"rule {rule.rule_id}"
    word = "line" if failing == 1 else "lines"
    listed = ", ".join(str(line) for line in lines) + (", …" if failing > len(lines) else "")
    shown = f" ({word} {listed})" if lines else ""
    return (
        f"{table.path}, {where}: expected at most {rule.tolerance} to fail, found {failing:,} of "
        f"{table.rows_received:,} rows{shown}. {claim_words(rule, contract)} "
        f"{found + ' ' if found else ''}Mend the "
        "lines listed in failing_rows.csv and send the file again"
    )
