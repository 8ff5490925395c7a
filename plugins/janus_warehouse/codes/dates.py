"""Dates as people write them in files, in the ways that can mean one day only."""

import polars as pl

WAYS = "2005-03-10, 20050310 or 10.03.2005"
"""For the help and for errors."""


def day_of(name: str) -> pl.Expr:
    """Return the column as a date; what is no date in one of the ways is missing.

    A time of midnight, which spreadsheets add, is left off.
    """
    written = (
        pl.col(name)
        .str.replace(r"[T ]00:00(:00(\.0+)?)?$", "")
        .str.replace(r"^(\d{4})(\d{2})(\d{2})$", "${1}-${2}-${3}")
        .str.replace(r"^(\d{2})\.(\d{2})\.(\d{4})$", "${3}-${2}-${1}")
    )
    read = pl.when(written.str.contains(r"^\d{4}-\d{2}-\d{2}$")).then(written)
    return read.str.to_date("%Y-%m-%d", strict=False).alias(name)
