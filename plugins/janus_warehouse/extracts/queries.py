"""The SQL of an extract: the cohort once, then one query for each dataset.

Reads the frozen release, the list of withdrawals and which keys are one person, nothing else.
"""

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from janus_warehouse.extracts.coarsening import coarsen_sql
from janus_warehouse.extracts.pseudonyms import pseudonym_sql
from janus_warehouse.projects.cohort import cohort_query
from janus_warehouse.projects.columns import base_type, delivered_name, is_pseudonymised, key_kind
from janus_warehouse.projects.specification import Cohort, Dataset, Flags, Values
from janus_warehouse.releases.manifest import Release, Table

COHORT = "extract_cohort"
DONOR = "donor_id"
TEXT = "text"

_MAKE_COHORT = f"""
create temporary table {COHORT} (
    donor_id text primary key, donor_pseudonym text not null unique
) on commit drop
"""

_NOT_FLAGGED = """not exists (
    select 1
    from {flags} as f
    inner join {checks} as k on f.rule_code = k.rule_code
    where
        f.collection_id = t.collection_id
        and f.tumour_id = t.tumour_id
        and (k.excluded_from_extracts or f.rule_code = any({leave_out}::text[]))
        and f.rule_code <> all({keep}::text[])
)"""

_HAS_WITHDRAWN = """
(
    coalesce(c.is_withdrawn, false)
    or exists (select 1 from governance.withdrawn_donors as w where w.donor_id = c.donor_id)
    or exists (
        select 1
        from governance.same_persons as p
        inner join {schema}.dim_donors as o on o.donor_id = p.other_donor_id
        where p.donor_id = c.donor_id and o.is_withdrawn
    )
)
"""
"""Told by the release or by governance, of this record or another of the same person: a release
that is older than a merge still has the two records."""

_WITHDRAWN = f"""
select c.donor_id from ({{cohort}}) as c
where {_HAS_WITHDRAWN}
order by c.donor_id collate "C"
"""

_FILL_COHORT = f"""
insert into {COHORT}
select c.donor_id, {{pseudonym}} from ({{cohort}}) as c
where not {_HAS_WITHDRAWN}
"""


@dataclass(frozen=True)
class DeliveredColumn:
    """A column as the recipient gets it; `source` is its name in the release."""

    name: str
    type: str
    source: str
    description: str


@dataclass(frozen=True)
class DatasetQuery:
    """The query of one dataset and the columns of its result."""

    query: sql.Composed
    columns: tuple[DeliveredColumn, ...]


def withdrawn_donors(
    connection: psycopg.Connection[Any], cohort: Cohort, release: Release
) -> list[str]:
    """Return the donor keys that would be in the cohort had they not withdrawn, sorted."""
    compiled = cohort_query(cohort, release.schema)
    query = sql.SQL(_WITHDRAWN).format(cohort=compiled.query, schema=sql.Identifier(release.schema))
    return [row[0] for row in connection.execute(query, compiled.parameters)]


def make_cohort(connection: psycopg.Connection[Any], cohort: Cohort, release: Release) -> int:
    """Fill the temporary table of donors and pseudonyms; return how many donors there are.

    `keyed_hash.keep_key` must have been given the project's secret in this transaction.
    """
    compiled = cohort_query(cohort, release.schema)
    connection.execute(_MAKE_COHORT)
    fill = sql.SQL(_FILL_COHORT).format(
        pseudonym=pseudonym_sql(DONOR, sql.SQL("c.donor_id")), cohort=compiled.query,
        schema=sql.Identifier(release.schema),
    )  # fmt: skip
    donors = connection.execute(fill, compiled.parameters).rowcount
    connection.execute(f"analyze {COHORT}")
    return donors


def dataset_query(dataset: Dataset, table: Table, release: Release, cohort: Cohort) -> DatasetQuery:
    """Return the query of one dataset.

    A mart that knows its donor gives the rows of the cohort, led by `donor_pseudonym`; a mart
    about things (analytes, collections) gives its rows of the collection. Rows are sorted by all
    delivered columns, so that their order says nothing and is the same at every rebuild.
    """
    has_donor = bool({DONOR, "draw_id"} & set(table.column_names))
    listed = [name for name in dataset.columns if name != DONOR]
    known = {column.name: column for column in table.columns}
    columns: list[DeliveredColumn] = []
    expressions: list[sql.Composable] = []
    if has_donor:
        columns.append(DeliveredColumn("donor_pseudonym", TEXT, DONOR, _DONOR_DESCRIPTION))
        expressions.append(sql.SQL("c.donor_pseudonym"))
    for name in listed:
        expression, type_name = _expression(dataset, name, base_type(known[name].type))
        delivered = delivered_name(name, dataset.dates.get(name))
        columns.append(DeliveredColumn(delivered, type_name, name, known[name].description))
        expressions.append(expression)
    selected = sql.SQL(", ").join(
        sql.SQL("{} as {}").format(expression, sql.Identifier(column.name))
        for expression, column in zip(expressions, columns, strict=True)
    )
    order = sql.SQL(", ").join(
        sql.SQL('{} collate "C"' if column.type == TEXT else "{}").format(
            sql.Identifier(column.name)
        )
        for column in columns
    )
    query = sql.SQL("select * from (select {} from {}{}) as delivered order by {}").format(
        selected,
        _source(table, release, has_donor),
        _conditions(dataset, table, release, cohort),
        order,
    )
    return DatasetQuery(query, tuple(columns))


_DONOR_DESCRIPTION = (
    "The donor, under a pseudonym that is valid in this project only; the same in all its extracts."
)


def _expression(dataset: Dataset, name: str, type_name: str) -> tuple[sql.Composed, str]:
    column = sql.Identifier("t", name)
    if is_pseudonymised(name):
        return pseudonym_sql(key_kind(name), column), TEXT
    if name in dataset.dates:
        return coarsen_sql(column, dataset.dates[name])
    if type_name == "boolean":
        return sql.SQL("{}::text").format(column), type_name
    return sql.Composed([column]), type_name


def _source(table: Table, release: Release, has_donor: bool) -> sql.Composed:
    source = sql.SQL("{} as t").format(sql.Identifier(release.schema, table.name))
    if DONOR in table.column_names:
        return source + sql.SQL(" inner join pg_temp.{} as c on t.donor_id = c.donor_id").format(
            sql.Identifier(COHORT)
        )
    if has_donor:
        return source + sql.SQL(
            " inner join {} as d on t.draw_id = d.draw_id and t.collection_id = d.collection_id"
            " inner join pg_temp.{} as c on d.donor_id = c.donor_id"
        ).format(sql.Identifier(release.schema, "dim_draws"), sql.Identifier(COHORT))
    return source


def _conditions(dataset: Dataset, table: Table, release: Release, cohort: Cohort) -> sql.Composed:
    """Return the `where` of a dataset; COPY takes no parameters, so values are quoted literals."""
    conditions = []
    if "collection_id" in table.column_names:
        conditions.append(sql.SQL("t.collection_id = {}").format(sql.Literal(cohort.collection)))
    for name, rows in dataset.only.items():
        conditions.append(_restriction(sql.Identifier("t", name), rows))
    if "tumour_id" in table.column_names and {"fct_case_flags", "dim_case_checks"} <= set(
        release.tables
    ):
        conditions.append(_without_flagged(dataset.flags, release))
    if not conditions:
        return sql.Composed([])
    return sql.SQL(" where ") + sql.SQL(" and ").join(conditions)


def _without_flagged(flags: Flags, release: Release) -> sql.Composed:
    """Return the condition that leaves out tumours with flags that this extract does not want."""
    return sql.SQL(_NOT_FLAGGED).format(
        flags=sql.Identifier(release.schema, "fct_case_flags"),
        checks=sql.Identifier(release.schema, "dim_case_checks"),
        leave_out=sql.Literal(list(flags.leave_out)),
        keep=sql.Literal(list(flags.keep)),
    )


def _restriction(column: sql.Identifier, rows: Values) -> sql.Composed:
    choices = []
    if rows.values:
        choices.append(sql.SQL("{} = any({})").format(column, sql.Literal(list(rows.values))))
    if rows.starting_with:
        beginnings = sql.Literal(list(rows.starting_with))
        choices.append(sql.SQL("{} ^@ any({})").format(column, beginnings))
    return sql.SQL("({})").format(sql.SQL(" or ").join(choices))
