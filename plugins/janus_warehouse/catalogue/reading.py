"""Counting a release, as the role `publisher`, which may read frozen tables and ledgers only."""

from typing import Any

import psycopg
from psycopg import sql

from janus_warehouse.catalogue.declared import ColumnOf, Content, DeclaredFacts
from janus_warehouse.catalogue.errors import CatalogueInputError
from janus_warehouse.catalogue.inputs import (
    CatalogueInput,
    Counts,
    Release,
    SurveyCell,
    release_facts,
)

PERSON = "donor_id"
SEXES = {"1": "men", "2": "women"}
UNKNOWN = "unknown"

# One statement, so that the people of a dataset are found once; at full size that is most of it.
# Everybody is in one cell, those without a value or a sex too: otherwise the sum of the cells and
# the number of individuals would tell together how few are missing.
_FIGURES = """
with individuals as materialized (
    select {person} from {individuals} where collection_id = %(collection)s group by 1
),
ages as materialized ({ages}),
years as materialized ({years})
select 'records', null::int, null::text, count(*)
from {records} where collection_id = %(collection)s
union all
select 'individuals', null, null, count(*) from individuals
union all
select 'first_ages', first, null, count(*) from ages group by 2
union all
select 'last_ages', last, null, count(*) from ages group by 2
union all
select 'first_years', first, null, count(*) from years group by 2
union all
select 'last_years', last, null, count(*) from years group by 2
union all
select 'cells', spans.first, d.sex_code::text, count(*)
from individuals
left join {grouped_by} as spans using ({person})
left join {donors} as d
    on d.{person} = individuals.{person} and d.collection_id = %(collection)s
group by 2, 3
"""

# Each individual once: the first and the last value of everybody who is in the dataset.
_SPANS = """
select t.{person}, min({value}) as first, max({value}) as last
from {source} as t
inner join individuals using ({person})
where t.collection_id = %(collection)s and {value} is not null
group by 1
"""

_NO_SPANS = "select {person}, null::int as first, null::int as last from individuals where false"

COMPLETENESS, SURVEYS = "fct_completeness", "dim_surveys"

_COMPLETENESS = """
select
    c.survey_id, c.variable, c.status, c.rule, c.unit, c.question, s.first_year, s.last_year,
    c.n_attenders, c.n_values, c.n_not_applicable
from {completeness} as c
inner join {surveys} as s on s.survey_id = c.survey_id and s.collection_id = c.collection_id
where c.collection_id = %s
order by s.first_year, c.survey_id, c.variable
"""

AGE, YEAR = "floor({})::int", "extract(year from {})::int"

SORTING_MEMORY = "64MB"
"""Enough to group a third of a million donors without writing to disk."""


def read_input(release_name: str, facts: DeclaredFacts) -> CatalogueInput:
    """Return what the catalogue of a release is computed from.

    Raises:
        UnknownReleaseError: There is no such release.
        CatalogueInputError: A dataset names a table or column that the release does not hold.
        NotAvailableError: No database answers.
    """
    from janus_warehouse.platform.database import Role, connect
    from janus_warehouse.platform.settings import get_settings
    from janus_warehouse.releases import find_release
    from janus_warehouse.warehouse import dbt_manifest

    settings = get_settings()
    frozen = find_release(release_name, Role.publisher)
    release = release_facts(frozen.name, frozen.created_at, frozen.manifest, dbt_manifest())
    problems = [
        problem
        for name, dataset in facts.datasets.items()
        for problem in unknown_columns(name, dataset.content, release)
    ]
    if problems:
        raise CatalogueInputError("\n".join(problems))
    with connect(Role.publisher) as connection:
        counts = {
            name: count(connection, frozen.schema, dataset.content)
            for name, dataset in facts.datasets.items()
        }
        completeness = {
            name: completeness_cells(connection, frozen.schema, dataset.content.collection)
            for name, dataset in facts.datasets.items()
            if COMPLETENESS in dataset.content.tables
        }
    return CatalogueInput(
        release,
        counts,
        settings.catalogue_base_iri,
        settings.small_cell_minimum,
        completeness,
    )


def completeness_cells(
    connection: psycopg.Connection[Any], schema: str, collection: str
) -> tuple[SurveyCell, ...]:
    """Return the completeness matrix of a collection in a release, nothing withheld yet."""
    query = sql.SQL(_COMPLETENESS).format(
        completeness=sql.Identifier(schema, COMPLETENESS), surveys=sql.Identifier(schema, SURVEYS)
    )
    return tuple(SurveyCell(*row) for row in connection.execute(query, [collection]))


def unknown_columns(name: str, content: Content, release: Release) -> list[str]:
    """Return a problem for each column that is counted and that the release does not hold."""
    needed = {(content.records, "collection_id"), (content.individuals, "collection_id")}
    needed |= {(content.individuals, PERSON), ("dim_donors", "sex_code")}
    if COMPLETENESS in content.tables:
        needed |= {(COMPLETENESS, name) for name in ("collection_id", "n_values", "n_attenders")}
        needed |= {(SURVEYS, name) for name in ("survey_id", "first_year", "last_year")}
    for source in (content.age, content.temporal):
        if source is not None:
            needed |= {(source.table, name) for name in ("collection_id", PERSON, source.column)}
    held = {(t.name, column.name) for t in release.tables.values() for column in t.columns}
    return [
        f"metadata/datasets/{name}.yaml needs {table}.{column}, which release {release.name} does "
        "not hold"
        for table, column in sorted(needed - held)
    ]


def count(connection: psycopg.Connection[Any], schema: str, content: Content) -> Counts:
    """Return the figures of one dataset of a release, nothing withheld yet."""
    width = 5 if content.temporal else 10
    numbers: dict[str, int] = {}
    histograms: dict[str, dict[int, int]] = {
        name: {} for name in ("first_ages", "last_ages", "first_years", "last_years")
    }
    cells: dict[tuple[str, str], int] = {}
    connection.execute("select set_config('work_mem', %s, true)", [SORTING_MEMORY])
    query = _figures(schema, content)
    for figure, value, sex, number in connection.execute(query, {"collection": content.collection}):
        if figure == "cells":
            cell = (UNKNOWN if value is None else group(value, width), SEXES.get(sex, UNKNOWN))
            cells[cell] = cells.get(cell, 0) + number
        elif figure in histograms:
            histograms[figure][value] = number
        else:
            numbers[figure] = number
    return Counts(numbers["records"], numbers["individuals"], cells=cells, **histograms)


def _figures(schema: str, content: Content) -> sql.Composed:
    def table(name: str) -> sql.Identifier:
        return sql.Identifier(schema, name)

    def spans(source: ColumnOf | None, value: str) -> sql.Composed:
        if source is None:
            return sql.SQL(_NO_SPANS).format(person=person)
        column = sql.SQL(value).format(sql.Identifier("t", source.column))
        return sql.SQL(_SPANS).format(person=person, value=column, source=table(source.table))

    person = sql.Identifier(PERSON)
    return sql.SQL(_FIGURES).format(
        person=person,
        individuals=table(content.individuals),
        records=table(content.records),
        donors=table("dim_donors"),
        ages=spans(content.age, AGE),
        years=spans(content.temporal, YEAR),
        grouped_by=sql.Identifier("years" if content.temporal else "ages"),
    )


def group(value: int, width: int) -> str:
    """Return the name of the group that a value is in, such as `1970-1974`."""
    start = value // width * width
    return f"{start}-{start + width - 1}"
