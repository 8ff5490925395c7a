"""A dataset of the lake: the approved cells into a temporary table, then a query like any other.

The database gives pseudonyms, sorts on disk and writes the CSV, as it does for datasets of marts;
so the rules are the same, and a slice ten times as large takes half as much memory again.
"""

import io

import polars as pl
import psycopg
from psycopg import sql

from janus_warehouse.extracts.pseudonyms import pseudonym_sql
from janus_warehouse.extracts.queries import (
    COHORT,
    DONOR,
    DONOR_DESCRIPTION,
    TEXT,
    DatasetQuery,
    DeliveredColumn,
    sorted_rows,
)
from janus_warehouse.projects.columns import delivered_name, is_pseudonymised, key_kind
from janus_warehouse.projects.lake import SAMPLES
from janus_warehouse.projects.specification import LakeDataset, Project
from janus_warehouse.releases.cells import in_batches, pinned_cells
from janus_warehouse.releases.manifest import Release

_OF_SAMPLES, _CELLS = "extract_samples", "extract_cells"
_STUDY_CODE = "study_code"

_MAKE_SAMPLES = f"""
create temporary table {_OF_SAMPLES} on commit drop as
select s.study_code, c.donor_pseudonym, {{pseudonym}} as study_pseudonym
from {{shipments}} as s
inner join pg_temp.{COHORT} as c on s.donor_id = c.donor_id
where s.collection_id = {{collection}}
"""
"""Samples of the cohort; those of others, withdrawn donors among them, are not in it."""


def lake_query(
    connection: psycopg.Connection, dataset: LakeDataset, project: Project, release: Release
) -> DatasetQuery:
    """Return the query of one dataset of the lake, after its cells were copied to the database.

    Cells are read from the snapshot that the release pins, of the deliveries that it counts. The
    rows are led by `donor_pseudonym` and sorted by all delivered columns.

    Args:
        connection: In a transaction that has the cohort and the project's key.
        dataset: As specified.
        project: Whose.
        release: Where from; `check_against` has found in it what the dataset asks for.

    Raises:
        ReleaseError: The lake has not what the release pins.
    """
    types = {column.name: column.type for column in release.lake[dataset.lake].columns}
    wanted = list(dict.fromkeys([_STUDY_CODE, *dataset.columns]))
    codes = _make_samples(connection, project, release)
    cells = pinned_cells(release, dataset.lake, project.cohort.collection, dataset.analytes)
    _make_cells(connection, {name: types[name] for name in wanted})
    columns = sql.SQL(", ").join(map(sql.Identifier, wanted))
    command = sql.SQL("copy pg_temp.{} ({}) from stdin (format csv)").format(
        sql.Identifier(_CELLS), columns
    )
    with connection.cursor() as cursor, cursor.copy(command) as copied:
        for batch in in_batches(cells.filter(pl.col(_STUDY_CODE).is_in(codes)).select(wanted)):
            text = io.BytesIO()
            batch.write_csv(text, include_header=False)
            copied.write(text.getvalue())
    return _query(dataset, types)


def _make_samples(connection: psycopg.Connection, project: Project, release: Release) -> list[str]:
    """Fill the temporary table of the cohort's samples; return their study codes."""
    connection.execute(f"drop table if exists pg_temp.{_OF_SAMPLES}, pg_temp.{_CELLS}")
    statement = sql.SQL(_MAKE_SAMPLES).format(
        pseudonym=pseudonym_sql(_STUDY_CODE, sql.Identifier("s", _STUDY_CODE)),
        shipments=sql.Identifier(release.schema, SAMPLES),
        collection=sql.Literal(project.cohort.collection),
    )
    connection.execute(statement)
    connection.execute(f"analyze pg_temp.{_OF_SAMPLES}")
    rows = connection.execute(f"select study_code from pg_temp.{_OF_SAMPLES}").fetchall()
    return [code for (code,) in rows]


def _make_cells(connection: psycopg.Connection, types: dict[str, str]) -> None:
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(type_name))  # type: ignore[arg-type]
        for name, type_name in types.items()
    )
    connection.execute(
        sql.SQL("create temporary table {} ({}) on commit drop").format(
            sql.Identifier(_CELLS), columns
        )
    )


def _query(dataset: LakeDataset, types: dict[str, str]) -> DatasetQuery:
    columns = [DeliveredColumn("donor_pseudonym", TEXT, DONOR, DONOR_DESCRIPTION)]
    expressions: list[sql.Composable] = [sql.SQL("s.donor_pseudonym")]
    for name in dataset.columns:
        columns.append(DeliveredColumn(delivered_name(name), types[name], name, ""))
        expressions.append(_expression(name))
    source = sql.SQL("pg_temp.{} as t inner join pg_temp.{} as s on t.study_code = s.study_code")
    return sorted_rows(
        columns, expressions, source.format(sql.Identifier(_CELLS), sql.Identifier(_OF_SAMPLES))
    )


def _expression(name: str) -> sql.Composable:
    if name == _STUDY_CODE:
        # Made once for each sample: a hash for each cell would be most of the work.
        return sql.SQL("s.study_pseudonym")
    column = sql.Identifier("t", name)
    return pseudonym_sql(key_kind(name), column) if is_pseudonymised(name) else column
