"""What the bank knows that a return is judged by, copied from the warehouse as it is now.

The warehouse is read in one transaction that cannot write, with the rights that the engine has
when it judges. The vault and its identifiers are not read.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import IsolationLevel, sql

from janus_warehouse.assays.gate.context import EARLIER
from janus_warehouse.deliveries.endings import RETURNS
from janus_warehouse.platform.database import Role, connect
from janus_warehouse.platform.settings import get_settings

_CURRENT = """
    select delivery_id from ops.current_tables
    where source = 'biobank' and table_name in ('donors', 'shipments')
        and collection_id = %(collection)s
"""
_DELIVERIES = f"""
    delivery_id in ({_CURRENT})
    or delivery_id in (
        select delivery_id from ops.deliveries
        where source = '{RETURNS}' and state in ('accepted', 'refused', 'superseded')
            and delivery_id <> %(own)s
    )
"""
_EARLIER = EARLIER + " and delivery_id <> %(own)s"


@dataclass(frozen=True)
class Fact:
    """Rows of one table of the warehouse.

    Attributes:
        source: Table or view that they are read from.
        rows: Which of them: a condition.
        target: Table that they are written to.
    """

    source: tuple[str, str]
    rows: str
    target: tuple[str, str]


def _fact(schema: str, name: str, rows: str = "true", target: str | None = None) -> Fact:
    return Fact((schema, name), rows, (schema, target or name))


FACTS = (
    _fact("ops", "deliveries", _DELIVERIES),
    _fact("ops", "delivery_tables", _DELIVERIES),
    _fact("ops", "returns", _DELIVERIES),
    _fact("raw", "biobank__shipments", f"delivery_id in ({_CURRENT})"),
    _fact("raw", "biobank__donors",
          f"delivery_id in ({_CURRENT}) and donor_id in (select donor_id from "
          "raw.biobank__shipments)"),
    _fact("governance", "projects"),
    # Whoever is merged with a donor who withdrew is among these.
    _fact("governance", "withdrawn_donors", target="withdrawals"),
    _fact("raw", f"{RETURNS}__samples", f"delivery_id in ({_EARLIER})"),
    # The last three say what is usual of an analyte.
    _fact("raw", f"{RETURNS}__results",
          f"delivery_id in ({_EARLIER} order by settled_at desc limit 3) "
          "and status_code = 'detected' and sample_kind = 'sample' and value is not null"),
)  # fmt: skip


def has_warehouse() -> bool:
    """Tell whether this installation has a database of its own or was given the address of one."""
    settings = get_settings()
    return settings.database_url is not None or (settings.home / "postgres" / "port").exists()


@contextmanager
def reading_warehouse() -> Iterator[psycopg.Connection[Any]]:
    """Give a connection to the warehouse that sees one moment of it and can change nothing.

    Raises:
        NotAvailableError: No server answers.
    """
    with connect(Role.loader) as connection:
        connection.read_only = True
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        yield connection


def copy_facts(
    warehouse: psycopg.Connection[Any], apart: psycopg.Connection[Any], asked: dict[str, Any]
) -> None:
    """Copy what a return is judged by.

    Args:
        warehouse: Of `reading_warehouse`.
        apart: To the other warehouse, as administrator, in a transaction.
        asked: `own` (id of the return's delivery), `collection`, `platform`, `supersedes`.
    """
    # Rows lean on others that are not copied.
    apart.execute("set local session_replication_role = replica")
    for fact in FACTS:
        columns = _columns_of_both(warehouse, apart, fact)
        if not columns:
            continue  # the warehouse has never met a contract of that table
        listed = sql.SQL(", ").join(map(sql.Identifier, columns))
        read = sql.SQL("copy (select {} from {} where {}) to stdout").format(
            listed,
            sql.Identifier(*fact.source),
            sql.SQL(fact.rows),  # type: ignore[arg-type]
        )
        write = sql.SQL("copy {} ({}) from stdin").format(sql.Identifier(*fact.target), listed)
        with (
            warehouse.cursor() as reading,
            apart.cursor() as writing,
            reading.copy(read, asked) as source,
            writing.copy(write) as target,
        ):
            for block in source:
                target.write(block)


def waiting_shipments(warehouse: psycopg.Connection[Any], collection: str) -> list[str]:
    """Return deliveries of shipments that have not entered yet, so that their codes are unknown."""
    found = warehouse.execute(
        "select distinct delivery_id from ops.deliveries inner join ops.delivery_tables "
        "using (delivery_id) where deliveries.source = 'biobank' and table_name = 'shipments' "
        "and collection_id = %s and state in ('received', 'verified', 'loaded', 'checked', 'held') "
        "order by 1",
        [collection],
    )
    return [delivery_id for (delivery_id,) in found]


def _columns_of_both(
    warehouse: psycopg.Connection[Any], apart: psycopg.Connection[Any], fact: Fact
) -> list[str]:
    """Return the columns that can be copied: a newer contract may have more than the warehouse."""
    query = (
        "select column_name from information_schema.columns where table_schema = %s "
        "and table_name = %s and is_generated = 'NEVER' order by ordinal_position"
    )
    known = {name for (name,) in apart.execute(query, fact.target)}
    return [name for (name,) in warehouse.execute(query, fact.source) if name in known]
