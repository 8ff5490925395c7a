"""Rows of the marts as documents; marts that are not there are told."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any, LiteralString

import psycopg
from psycopg.rows import dict_row

from janus_warehouse.assays.errors import NoMartsError
from janus_warehouse.platform.database import Role, connect

Row = dict[str, Any]


@contextmanager
def reading_marts(of: str, role: Role = Role.reader) -> Iterator[psycopg.Connection[Any]]:
    """Give a connection that reads marts.

    Args:
        of: What they tell of, for the message when they are not there.
        role: Whose rights; the transformer reads the models behind the marts too.

    Raises:
        NoMartsError: A mart that is asked for has not been built.
        NotAvailableError: No database answers.
    """
    with connect(role) as connection:
        try:
            yield connection
        except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):
            raise NoMartsError(
                f"expected the marts of {of} and found them missing or of an older edition: run "
                "`janus build`"
            ) from None


def rows(
    connection: psycopg.Connection[Any], query: LiteralString, parameters: Row | None = None
) -> list[Row]:
    """Return the rows of a query."""
    cursor = connection.cursor(row_factory=dict_row)
    return cursor.execute(query, parameters or {}).fetchall()


def plain(value: Any) -> Any:
    """Return a value of the database as JSON has it; numbers stay numbers."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")
