"""Lines that the gate keeps out of raw: a landing table beside those of the delivery.

The rules of the contracts are conditions over single rows and are asked again when rows enter;
what the gate finds about a return as a whole is worked out once and kept here until then.
"""

import psycopg
from psycopg import sql

from janus_warehouse.contracts import sql as contract_sql
from janus_warehouse.deliveries.ledger import Delivery, DeliveryTable

_LANDING = "landing"
WITHDRAWN = "gate.donors_consent"
"""Of the rows of donors who have withdrawn the quarantine keeps who they were, and no result."""

KEPT_OF_WITHDRAWN = ("native_file", "line", "study_code", "sample_code", "analyte_code")


def _name(delivery_id: str) -> str:
    return f"d_{delivery_id[-10:]}__gate"


def create_lines(connection: psycopg.Connection, delivery: Delivery) -> sql.Identifier:
    """Make the empty table anew and return its name; it has table_name, line_number, rule_id."""
    name = sql.Identifier(_LANDING, _name(delivery.delivery_id))
    connection.execute(sql.SQL("drop table if exists {}").format(name))
    connection.execute(
        sql.SQL(
            "create unlogged table {} (table_name text, line_number bigint, rule_id text)"
        ).format(name)
    )
    return name


def drop_lines(connection: psycopg.Connection, delivery_id: str) -> None:
    """Remove the lines of a settled delivery."""
    name = sql.Identifier(_LANDING, _name(delivery_id))
    connection.execute(sql.SQL("drop table if exists {}").format(name))


def with_gate_lines(
    connection: psycopg.Connection, table: DeliveryTable, judged: str | None
) -> str | None:
    """Return the query of failing lines and their rules with those of the gate among them.

    Args:
        connection: As loader.
        table: A landed table.
        judged: The query by the rules of its contract, None if it breaks none.
    """
    name = f"{_LANDING}.{_name(table.delivery_id)}"
    found = connection.execute("select to_regclass(%s)", [name]).fetchone()
    if found is None or found[0] is None:
        return judged
    parts = [
        f"select line_number, rule_id from {name} "
        f"where table_name = {contract_sql.literal(table.table_name)}"
    ]
    if judged is not None:
        parts.append(
            f"select line_number, unnest(rule_ids) as rule_id from ({judged}) as by_contract"
        )
    return (
        "select line_number, array_agg(distinct rule_id order by rule_id) as rule_ids "
        f"from ({' union all '.join(parts)}) as all_rules group by line_number"
    )
