"""The generated SQL of a survey, run on temporary tables that stand in for the staging views."""

import re
from collections.abc import Iterable
from typing import Any

import psycopg
from psycopg import sql

from janus_warehouse.surveys import Harmonisation, Survey
from janus_warehouse.warehouse.answers_sql import survey_sql
from janus_warehouse.warehouse.dbt_sources import staging_name

Row = dict[str, Any]
_REF = re.compile(r"\{\{ ref\('(\w+)'\) \}\}")
_LINEAGE = {"donor_id": "text", "collection_id": "text", "delivery_id": "text",
            "line_number": "bigint"}  # fmt: skip
_DONORS = {"donor_id": "text", "collection_id": "text", "sex_code": "text", "birth_date": "date"}


def answers_of(
    connection: psycopg.Connection[Row],
    survey: Survey,
    harmonisation: Harmonisation,
    tables: dict[str, list[Row]],
    donors: Iterable[Row] = (),
) -> list[Row]:
    """Return the rows of `int_answers__<survey>`, by donor and delivery.

    Args:
        connection: To a database, with rows as dictionaries.
        survey: Whose rules.
        harmonisation: All rules.
        tables: Rows of each table by its name; collection and delivery need not be given.
        donors: Rows of `int_donors__persons`.
    """
    base = {"collection_id": survey.collection, "delivery_id": "first", "line_number": 1}
    for contract in survey.contracts:
        columns = _LINEAGE | {c.name: c.physical_type for c in contract.kept_columns}
        rows = [base | row for row in tables.get(contract.table, [])]
        _fill(connection, staging_name(contract), columns, rows)
    _fill(connection, "int_donors__persons", _DONORS, [base | row for row in donors])
    statement = _REF.sub(r"pg_temp.\1", survey_sql(survey, harmonisation))
    ordered = f"select * from ({statement}) as answers order by donor_id, delivery_id"
    return connection.execute(ordered).fetchall()  # type: ignore[arg-type]


def _fill(connection: Any, name: str, columns: dict[str, str], rows: list[Row]) -> None:
    table, typed = sql.Identifier("pg_temp", name), []
    for column, kind in columns.items():
        typed.append(sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(kind)))
    connection.execute(sql.SQL("drop table if exists {}").format(table))
    connection.execute(
        sql.SQL("create temp table {} ({})").format(sql.Identifier(name), sql.SQL(", ").join(typed))
    )
    export = sql.SQL("copy {} from stdin").format(table)
    with connection.cursor() as cursor, cursor.copy(export) as copy:
        for row in rows:
            copy.write_row([row.get(column) for column in columns])
