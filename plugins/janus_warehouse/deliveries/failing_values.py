"""What may be told of the cells that break a rule: new codes with counts, likely encodings.

A code of a listed column says nothing of a person when enough rows have it, and without it
nobody can mend the list. It is shown where it looks like a code and is frequent enough; all
else is counted.
"""

import psycopg

from janus_warehouse.contracts import Contract, Rule, sql
from janus_warehouse.contracts.encoding import LOST, SIGNS
from janus_warehouse.deliveries import view
from janus_warehouse.deliveries.ledger import DeliveryTable
from janus_warehouse.deliveries.load import LANDING
from janus_warehouse.disclosure import CODE_FORM, LONG_NUMBER, SHOWN_CODES
from janus_warehouse.platform.settings import get_settings

TOLD_KINDS = ("codes", "encoding")
"""Kinds of rules about whose failing cells more can be told than their number."""

_LOOKS_LIKE_A_CODE = f"value ~ '^{CODE_FORM}$' and value !~ '{LONG_NUMBER}'"
_CODES = """
select shown, sum(n)::bigint
from (
    select case when n >= {least} and {like_a_code} then value end as shown, n
    from (select value, count(*) as n from ({cells}) as cells group by value) as counted
) as judged
group by shown
order by shown is null, sum(n) desc, shown
"""
_LETTERS = """
select sign, count(*) from (select case {cases} end as sign from ({cells}) as cells) as judged
group by sign order by count(*) desc, sign
"""


def landed_cells(table: DeliveryTable, rule: Rule) -> str:
    """Return the query for the failing cells of a landed table with its check view."""
    name = f"{LANDING}.{view.name_of(table)}"
    column = rule.rule_id.removesuffix(f".{rule.kind}")
    return f"select {sql.text_name(column)} as value from {name} where {rule.failing}"


def quarantined_cells(delivery_id: str, table: str, rule: Rule) -> str:
    """Return the query for the failing cells of a settled table, from its quarantine."""
    column = rule.rule_id.removesuffix(f".{rule.kind}")
    return (
        f"select content ->> {sql.literal(column)} as value from quarantine.rows "
        f"where delivery_id = {sql.literal(delivery_id)} and table_name = {sql.literal(table)} "
        f"and {sql.literal(rule.rule_id)} = any (rule_ids)"
    )


def told(connection: psycopg.Connection, contract: Contract, rule: Rule, cells: str) -> str:
    """Return a sentence about the failing cells of a rule; empty when nothing may be told.

    Args:
        connection: As loader.
        contract: The contract of the table.
        rule: A rule of one column.
        cells: Query with one column `value`, from `landed_cells` or `quarantined_cells`.
    """
    if rule.kind == "codes":
        least = get_settings().small_cell_minimum
        query = _CODES.format(least=least, like_a_code=_LOOKS_LIKE_A_CODE, cells=cells)
        return _codes_told(dict(connection.execute(query).fetchall()))  # type: ignore[arg-type]
    if rule.kind == "encoding":
        cases = " ".join(
            f"when value ~ '{sign}' then {sql.literal(name)}" for name, sign in SIGNS.items()
        )
        counts = connection.execute(_LETTERS.format(cases=cases, cells=cells)).fetchall()  # type: ignore[arg-type]
        return _letters_told(dict(counts), contract.format.encoding)
    return ""


def _codes_told(counts: dict[str | None, int]) -> str:
    others = counts.pop(None, 0)
    listed = list(counts.items())
    others += sum(n for _, n in listed[SHOWN_CODES:])
    if not listed:
        return ""
    shown = ", ".join(f"{code} in {n:,} rows" for code, n in listed[:SHOWN_CODES])
    return f"Found {shown}" + (f", others in {others:,} rows." if others else ".")


def _letters_told(counts: dict[str, int], encoding: str) -> str:
    if not counts:
        return ""
    sentences = []
    for name, n in counts.items():
        rows = f"{n:,} row" if n == 1 else f"{n:,} rows"
        if name == LOST:
            sentences.append(f"In {rows} letters were lost before the file was written (U+FFFD).")
        else:
            sentences.append(f"In {rows} the letters look like {name}, read as another encoding.")
    return " ".join([*sentences, f"Write the file again from its source, in {encoding}."])
