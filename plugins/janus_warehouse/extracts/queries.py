"""The SQL of an extract: the cohort once, then one query for each dataset.

Reads the frozen release, the list of withdrawals and which keys are one person, nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from janus_warehouse.extracts.coarsening import coarsen_sql
from janus_warehouse.extracts.pseudonyms import pseudonym_sql
from janus_warehouse.projects.cohort import cohort_query
from janus_warehouse.projects.columns import base_type, delivered_name, is_pseudonymised, key_kind
from janus_warehouse.projects.specification import Cohort, Dataset, Flags, Project, Values
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

_RULES_LEFT_OUT = """
select k.rule_code from {checks} as k
where
    (k.excluded_from_extracts or k.rule_code = any(%(leave_out)s::text[]))
    and k.rule_code <> all(%(keep)s::text[])
"""

_TUMOUR_OF = """exists (
    select 1
    from {other} as o
    where o.collection_id = t.collection_id and o.tumour_id = t.tumour_id{restrictions}
)"""

HAS_WITHDRAWN = """
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
where {HAS_WITHDRAWN}
order by c.donor_id collate "C"
"""

_FILL_COHORT = f"""
insert into {COHORT}
select c.donor_id, {{pseudonym}} from ({{cohort}}) as c
where not {HAS_WITHDRAWN}
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


def dataset_query(dataset: Dataset, project: Project, release: Release) -> DatasetQuery:
    """Return the query of one dataset.

    A mart that knows its donor gives the rows of the cohort, led by `donor_pseudonym`; a mart
    about things (analytes, collections) gives its rows of the collection. Rows are sorted by all
    delivered columns, so that their order says nothing and is the same at every rebuild.
    """
    table = release.tables[dataset.mart]
    has_donor = bool({DONOR, "draw_id"} & set(table.column_names))
    listed = [name for name in dataset.columns if name != DONOR]
    known = {column.name: column for column in table.columns}
    columns: list[DeliveredColumn] = []
    expressions: list[sql.Composable] = []
    if has_donor:
        columns.append(DeliveredColumn("donor_pseudonym", TEXT, DONOR, DONOR_DESCRIPTION))
        expressions.append(sql.SQL("c.donor_pseudonym"))
    for name in listed:
        expression, type_name = _expression(dataset, name, base_type(known[name].type))
        delivered = delivered_name(name, dataset.dates.get(name))
        columns.append(DeliveredColumn(delivered, type_name, name, known[name].description))
        expressions.append(expression)
    source = _source(table, release, has_donor) + _conditions(dataset, project, release)
    return sorted_rows(columns, expressions, source)


def sorted_rows(
    columns: Sequence[DeliveredColumn],
    expressions: Sequence[sql.Composable],
    source: sql.Composable,
) -> DatasetQuery:
    """Return the query of some columns, its rows sorted by all of them.

    Args:
        columns: As delivered.
        expressions: The SQL of each.
        source: What stands between `from` and `order by`.
    """
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
    query = sql.SQL("select * from (select {} from {}) as delivered order by {}").format(
        selected, source, order
    )
    return DatasetQuery(query, tuple(columns))


DONOR_DESCRIPTION = (
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


def _conditions(dataset: Dataset, project: Project, release: Release) -> sql.Composed:
    """Return the `where` of a dataset; COPY takes no parameters, so values are quoted literals."""
    table, collection = release.tables[dataset.mart], project.cohort.collection
    conditions = []
    if "collection_id" in table.column_names:
        conditions.append(sql.SQL("t.collection_id = {}").format(sql.Literal(collection)))
    conditions += _restrictions("t", dataset)
    other = next((each for each in project.datasets if each.name == dataset.tumours_of), None)
    if other is not None:
        conditions.append(_tumour_of(other, release))
    if _may_be_flagged(table, release):
        conditions += [
            _without_flagged(each.flags, release) for each in (dataset, other) if each is not None
        ]
    if not conditions:
        return sql.Composed([])
    return sql.SQL(" where ") + sql.SQL(" and ").join(conditions)


def rules_left_out(
    connection: psycopg.Connection[Any], project: Project, release: Release
) -> dict[str, tuple[str, ...]]:
    """Return, for each dataset with tumours, the rules whose flagged tumours it leaves out."""
    by_name = {dataset.name: dataset for dataset in project.datasets}
    found = {}
    for dataset in project.datasets:
        if not _may_be_flagged(release.tables[dataset.mart], release):
            continue
        codes: set[str] = set()
        for each in (dataset, by_name.get(dataset.tumours_of or "")):
            if each is not None:
                query = sql.SQL(_RULES_LEFT_OUT).format(
                    checks=sql.Identifier(release.schema, "dim_case_checks")
                )
                flags = {"leave_out": list(each.flags.leave_out), "keep": list(each.flags.keep)}
                codes |= {row[0] for row in connection.execute(query, flags)}
        found[dataset.name] = tuple(sorted(codes))
    return found


def _may_be_flagged(table: Table, release: Release) -> bool:
    """Tell whether rows are of tumours, in a release that knows flags."""
    known = {"fct_case_flags", "dim_case_checks"} <= set(release.tables)
    return known and "tumour_id" in table.column_names


def _tumour_of(other: Dataset, release: Release) -> sql.Composed:
    """Return the condition that keeps only tumours that another dataset may hold."""
    restrictions = [sql.SQL(" and ") + each for each in _restrictions("o", other)]
    return sql.SQL(_TUMOUR_OF).format(
        other=sql.Identifier(release.schema, other.mart),
        restrictions=sql.Composed(restrictions),
    )


def _restrictions(alias: str, dataset: Dataset) -> list[sql.Composed]:
    return [_restriction(sql.Identifier(alias, name), rows) for name, rows in dataset.only.items()]


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
