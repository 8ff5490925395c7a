"""Figures in `ops.linkage_figures`: written by queries, read as plain rows."""

from dataclasses import dataclass
from typing import Any

import psycopg

from janus_warehouse.contracts import sql
from janus_warehouse.deliveries.ledger import DeliveryTable


@dataclass(frozen=True)
class Figure:
    """One number of a linkage: of a table, in a section, of an item, within dimensions."""

    table_name: str
    section: str
    item: str
    dimensions: dict[str, Any]
    value: float


def add(connection: psycopg.Connection, table: DeliveryTable, section: str, query: str) -> None:
    """Keep the figures of a section.

    Args:
        connection: As loader.
        table: The delivered table.
        section: Name of the section.
        query: SQL that gives item, dimensions (jsonb) and value.
    """
    place = ", ".join(map(sql.literal, (table.delivery_id, table.table_name, section)))
    connection.execute(
        "insert into ops.linkage_figures "
        "(delivery_id, table_name, section, item, dimensions, value) "
        f"select {place}, figures.* from ({query}) as figures (item, dimensions, value)"
    )


def figures_of(connection: psycopg.Connection, delivery_id: str) -> list[Figure]:
    """Return the figures of a delivery, by table, section and item."""
    return [
        Figure(table, section, item, dimensions, _number(value))
        for table, section, item, dimensions, value in connection.execute(
            "select table_name, section, item, dimensions, value from ops.linkage_figures "
            "where delivery_id = %s order by table_name, section, item, dimensions",
            [delivery_id],
        )
    ]


def _number(value: Any) -> float:
    number = float(value or 0)
    return int(number) if number.is_integer() else number
