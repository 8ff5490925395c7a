"""Dates as exact as the approval lets them be."""

from datetime import date

from psycopg import sql

from janus_warehouse.projects.specification import DatePrecision


def coarsen(value: date, precision: DatePrecision) -> int | str | date:
    """Return a date as a year (number), as a month (`1974-03`) or unchanged.

    The database computes the same with `coarsen_sql`.
    """
    if precision is DatePrecision.year:
        return value.year
    if precision is DatePrecision.month:
        return f"{value.year:04d}-{value.month:02d}"
    return value


def coarsen_sql(column: sql.Composable, precision: DatePrecision) -> tuple[sql.Composed, str]:
    """Return the SQL of a coarsened date and its type; null stays null."""
    if precision is DatePrecision.year:
        return sql.SQL("extract(year from {})::smallint").format(column), "smallint"
    if precision is DatePrecision.month:
        return sql.SQL("to_char({}, 'YYYY-MM')").format(column), "text"
    return sql.Composed([column]), "date"
