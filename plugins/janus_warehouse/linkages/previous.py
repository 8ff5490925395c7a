"""Which accepted linkage a delivered table is compared with."""

from dataclasses import dataclass
from datetime import date

import psycopg
from psycopg.rows import class_row

from janus_warehouse.deliveries.ledger import Delivery

_PREVIOUS = """
select deliveries.delivery_id, deliveries.as_of, tables.rows_received, tables.rows_accepted
from ops.deliveries as deliveries
inner join ops.delivery_tables as tables on deliveries.delivery_id = tables.delivery_id
where
    deliveries.state = 'accepted'
    and deliveries.collection_id = %(collection)s
    and tables.source = %(source)s
    and tables.table_name = %(table)s
    and deliveries.delivery_id <> all(%(apart)s)
    and deliveries.as_of {relation} %(as_of)s
order by deliveries.as_of desc, deliveries.settled_at desc, deliveries.delivery_id desc
limit 1
"""


@dataclass(frozen=True)
class Previous:
    """An accepted linkage of a table."""

    delivery_id: str
    as_of: date
    rows_received: int
    rows_accepted: int


def previous_linkage(
    connection: psycopg.Connection, delivery: Delivery, table: str
) -> Previous | None:
    """Return the accepted linkage before this one, by as-of date; None for the first.

    What the delivery corrects is left out: a half file must not be the measure of the whole.
    """
    return _find(connection, delivery, table, "<=")


def later_linkage(
    connection: psycopg.Connection, delivery: Delivery, table: str
) -> Previous | None:
    """Return the newest accepted linkage that is of a later day than this one, if there is one."""
    return _find(connection, delivery, table, ">")


def _find(
    connection: psycopg.Connection, delivery: Delivery, table: str, relation: str
) -> Previous | None:
    with connection.cursor(row_factory=class_row(Previous)) as cursor:
        return cursor.execute(
            _PREVIOUS.format(relation=relation),
            {
                "collection": delivery.collection_id, "source": delivery.source, "table": table,
                "apart": [delivery.delivery_id, delivery.supersedes or ""],
                "as_of": delivery.as_of,
            },
        ).fetchone()  # fmt: skip
