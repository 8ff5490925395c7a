"""Dates as exact as the approval lets them be."""

from psycopg import sql

from janus_warehouse.projects.specification import DatePrecision


def coarsen_sql(column: sql.Composable, precision: DatePrecision) -> tuple[sql.Composed, str]:
    """Return the SQL of a date as a year, as a month (`1974-03`) or unchanged, and its type."""
    if precision is DatePrecision.year:
        return sql.SQL("extract(year from {})::smallint").format(column), "smallint"
    if precision is DatePrecision.month:
        return sql.SQL("to_char({}, 'YYYY-MM')").format(column), "text"
    return sql.Composed([column]), "date"
