"""Counting a release, as the role `publisher`, which may read frozen tables and ledgers only."""

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg import sql

from janus_warehouse.catalogue.declared import ColumnOf, Content, DeclaredFacts
from janus_warehouse.catalogue.errors import CatalogueInputError
from janus_warehouse.catalogue.inputs import CatalogueInput, Counts, Release, release_facts

PERSON = "donor_id"
SEXES = {"1": "men", "2": "women"}
UNKNOWN = "unknown"

AGE = "floor({})::int"
YEAR = "extract(year from {})::int"

_TOTALS = """
select
    (select count(*) from {records} where collection_id = %(collection)s),
    (select count(distinct {person}) from {individuals} where collection_id = %(collection)s)
"""

# Each individual once: the first and the last value of everybody who is in the dataset.
_SPANS = """
select {person}, min(value) as first, max(value) as last
from (
    select t.{person}, {value} as value from {source} as t
    where t.collection_id = %(collection)s
        and exists (
            select from {individuals} as i
            where i.collection_id = t.collection_id and i.{person} = t.{person}
        )
) as values_of
where value is not null
group by 1
"""

_HISTOGRAMS = """
with spans as materialized ({spans})
select 'first', first, count(*) from spans group by 2
union all
select 'last', last, count(*) from spans group by 2
"""

# Everybody of the dataset is in one cell, those without a value or a sex too: otherwise the sum of
# the cells and the number of individuals would tell together how few are missing.
_CELLS = """
with spans as materialized ({spans}),
individuals as (
    select distinct {person} from {individuals} where collection_id = %(collection)s
)
select spans.first, d.sex_code::text, count(*)
from individuals
left join spans using ({person})
left join {donors} as d
    on d.{person} = individuals.{person} and d.collection_id = %(collection)s
group by 1, 2
"""

_NO_SPANS = """
select null::text as {person}, null::int as first where false
"""


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
    return CatalogueInput(release, counts, settings.catalogue_base_iri, settings.small_cell_minimum)


def unknown_columns(name: str, content: Content, release: Release) -> list[str]:
    """Return a problem for each column that is counted and that the release does not hold."""
    needed = {(content.records, "collection_id"), (content.individuals, "collection_id")}
    needed |= {(content.individuals, PERSON), ("dim_donors", "sex_code")}
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
    query = _Query(connection, schema, content)
    totals = query.run(
        sql.SQL(_TOTALS).format(
            records=query.table(content.records),
            individuals=query.table(content.individuals),
            person=sql.Identifier(PERSON),
        )
    )[0]
    ages = query.spans(content.age, AGE) if content.age else None
    years = query.spans(content.temporal, YEAR) if content.temporal else None
    first_ages, last_ages = query.histograms(ages)
    first_years, last_years = query.histograms(years)
    return Counts(
        records=totals[0],
        individuals=totals[1],
        first_ages=first_ages,
        last_ages=last_ages,
        first_years=first_years,
        last_years=last_years,
        cells=query.cells(years, 5) if years else query.cells(ages, 10),
    )


class _Query:
    """The queries of one dataset in one release schema."""

    def __init__(self, connection: psycopg.Connection[Any], schema: str, content: Content) -> None:
        self.connection = connection
        self.schema = schema
        self.content = content

    def table(self, name: str) -> sql.Identifier:
        return sql.Identifier(self.schema, name)

    def run(self, query: sql.Composed) -> list[tuple[Any, ...]]:
        return self.connection.execute(query, {"collection": self.content.collection}).fetchall()

    def spans(self, source: ColumnOf, value: str) -> sql.Composed:
        """Return the query of everybody's first and last whole number made of a column."""
        return sql.SQL(_SPANS).format(
            person=sql.Identifier(PERSON),
            value=sql.SQL(value).format(sql.Identifier("t", source.column)),
            source=self.table(source.table),
            individuals=self.table(self.content.individuals),
        )

    def histograms(self, spans: sql.Composed | None) -> tuple[dict[int, int], dict[int, int]]:
        """Return individuals by their first and by their last value."""
        found: Mapping[str, dict[int, int]] = {"first": {}, "last": {}}
        if spans is not None:
            for end, value, individuals in self.run(sql.SQL(_HISTOGRAMS).format(spans=spans)):
                found[end][value] = individuals
        return found["first"], found["last"]

    def cells(self, spans: sql.Composed | None, width: int) -> dict[tuple[str, str], int]:
        """Return individuals by group of their first value (`width` values wide) and sex."""
        query = sql.SQL(_CELLS).format(
            spans=spans or sql.SQL(_NO_SPANS).format(person=sql.Identifier(PERSON)),
            individuals=self.table(self.content.individuals),
            donors=self.table("dim_donors"),
            person=sql.Identifier(PERSON),
        )
        cells: dict[tuple[str, str], int] = {}
        for value, sex, number in self.run(query):
            cell = (UNKNOWN if value is None else group(value, width), SEXES.get(sex, UNKNOWN))
            cells[cell] = cells.get(cell, 0) + number
        return cells


def group(value: int, width: int) -> str:
    """Return the name of the group that a value is in, such as `1970-1974`."""
    start = value // width * width
    return f"{start}-{start + width - 1}"
