"""Which accepted linkage a delivered table is compared with."""

from dataclasses import dataclass
from datetime import date

import psycopg
from psycopg.rows import class_row

from janus_warehouse.contracts import Contract
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
_CORRECTED = """
select deliveries.delivery_id, deliveries.as_of, tables.rows_received, tables.rows_accepted
from ops.deliveries as deliveries
inner join ops.delivery_tables as tables on deliveries.delivery_id = tables.delivery_id
where
    deliveries.delivery_id = %(delivery)s and deliveries.settled_at is not null
    and deliveries.state = any(array['accepted', 'superseded'])
    and tables.source = %(source)s and tables.table_name = %(table)s
    and tables.rows_accepted > 0
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


def compared_with(
    connection: psycopg.Connection, delivery: Delivery, contract: Contract
) -> Previous | None:
    """Return the accepted delivery that a table is compared with; None for the first.

    A table with history is compared with the linkage before. One without is what it is today:
    of a correction it is asked what it changes of the delivery that it takes the place of.
    """
    if contract.history is None and delivery.supersedes is not None:
        with connection.cursor(row_factory=class_row(Previous)) as cursor:
            corrected = cursor.execute(
                _CORRECTED,
                {"delivery": delivery.supersedes, "source": delivery.source,
                 "table": contract.table},
            ).fetchone()  # fmt: skip
        if corrected is not None:
            return corrected
    return previous_linkage(connection, delivery, contract.table)


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
