"""One slice of the lake by hand: a file for an approved project, or counts for the bank itself.

It goes the way of an extract, from a release and through the project's specification. Nothing of
a person leaves without one: who names no project sees how many donors were measured.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from janus_warehouse.disclosure import safe_count
from janus_warehouse.extracts import pseudonyms
from janus_warehouse.extracts.errors import SliceRefusedError
from janus_warehouse.extracts.folder import file_sha256
from janus_warehouse.extracts.lake import lake_query
from janus_warehouse.extracts.queries import HAS_WITHDRAWN, DatasetQuery, make_cohort
from janus_warehouse.extracts.writing import copy_to_csv, csv_to_parquet
from janus_warehouse.platform.database import Role, connect
from janus_warehouse.platform.keyed_hash import keep_key
from janus_warehouse.platform.settings import get_settings
from janus_warehouse.projects.checking import check_against, newest_release_name, refuse_expired
from janus_warehouse.projects.lake import SAMPLES
from janus_warehouse.projects.loading import ReadProject, load_project
from janus_warehouse.projects.specification import LakeDataset
from janus_warehouse.releases.cells import pinned_cells
from janus_warehouse.releases.ledger import find_release
from janus_warehouse.releases.manifest import Release

logger = logging.getLogger(__name__)

ENDINGS = (".parquet", ".csv")
_SHOWN = 10

_DONORS = f"""
select s.collection_id, s.study_code, s.donor_id
from {{schema}}.{SAMPLES} as s
inner join {{schema}}.dim_donors as c
    on s.collection_id = c.collection_id and s.donor_id = c.donor_id
where not {HAS_WITHDRAWN}
"""


@dataclass(frozen=True)
class Slice:
    """A file of some analytes for a project."""

    project_id: str
    release_name: str
    path: Path
    rows: int
    sha256: str


@dataclass(frozen=True)
class Measured:
    """How many donors and samples have a result of an analyte; None where withheld as small."""

    analyte_code: str
    n_donors: int | None
    n_samples: int | None


def write_slice(
    project_id: str,
    platform: str,
    target: Path,
    analytes: Sequence[str] | None = None,
    release_name: str | None = None,
) -> Slice:
    """Return the file of some of a project's approved analytes, as its extract would have them.

    Args:
        project_id: Whose pseudonyms, columns and donors.
        platform: A table of the lake.
        target: The file, which must not be there; its ending says how it is written.
        analytes: Some of those that are approved; all of them when left out.
        release_name: By default the newest release.

    Raises:
        ProjectError: As for an extract of the whole project.
        SliceRefusedError: The project's approval has no such results, or the file is there or
            cannot be written.
        ReleaseError: No such release, or the lake has not what it pins.
        IdentityNumberFoundError: The data hold what looks like an identity number.
    """
    if target.exists():
        raise SliceRefusedError(f"{target.name} is there already: remove it, or name another file")
    read = load_project(project_id)
    refuse_expired(read, date.today())
    release = find_release(release_name or newest_release_name(), Role.extractor)
    dataset = _approved(read, platform, analytes)
    project = read.project
    with connect(Role.extractor) as connection:
        connection.execute("set transaction isolation level repeatable read")
        check_against(connection, read, release)
        keep_key(connection, pseudonyms.project_secret(project_id))
        make_cohort(connection, project.cohort, release)
        query = lake_query(connection, dataset, project, release)
        rows = _write(connection, query, dataset.name, target)
        made = Slice(project_id, release.name, target, rows, file_sha256(target))
        _record(made, dataset)
    logger.info("slice of %s for %s: %d rows", platform, project_id, rows)
    return made


def _write(
    connection: psycopg.Connection[Any], query: DatasetQuery, dataset: str, target: Path
) -> int:
    """Write the rows of a query to a file that is there wholly or not at all; return how many."""
    written = target.with_name(f".{target.name}.csv")
    table = target.with_name(f".{target.name}.parquet") if target.suffix != ".csv" else None
    try:
        copy_to_csv(connection, query, written)
        rows = csv_to_parquet(written, table, query.columns, dataset).rows
        (table or written).replace(target)
    except OSError as error:
        raise SliceRefusedError(
            f"{target} cannot be written ({error.strerror}): name a file in a folder that is "
            "there and can be written"
        ) from None
    finally:
        for left in (written, table):
            if left is not None:
                with suppress(OSError):
                    left.unlink()
    return rows


def _approved(read: ReadProject, platform: str, analytes: Sequence[str] | None) -> LakeDataset:
    """Return the project's dataset of a platform with the wanted analytes alone."""
    datasets = [one for one in read.project.lake_datasets if one.lake == platform]
    if not datasets:
        others = ", ".join(sorted({one.lake for one in read.project.lake_datasets})) or "none"
        raise SliceRefusedError(
            f"{read.place('lake_datasets')}: {read.project.project_id} has no approved results of "
            f"{platform} (of the lake it has: {others}): when they are approved, write them under "
            "lake_datasets"
        )
    if analytes is None:
        return datasets[0]
    for dataset in datasets:
        if set(analytes) <= set(dataset.analytes):
            return dataset.model_copy(update={"analytes": tuple(analytes)})
    approved = {name for dataset in datasets for name in dataset.analytes}
    beyond = [name for name in analytes if name not in approved]
    if not beyond:
        raise SliceRefusedError(
            f"the analytes are approved in different datasets "
            f"({', '.join(one.name for one in datasets)}): write a slice of each"
        )
    more = f" and {len(beyond) - _SHOWN} more" if len(beyond) > _SHOWN else ""
    raise SliceRefusedError(
        f"{read.place('lake_datasets')}: not approved for {read.project.project_id}: "
        f"{', '.join(beyond[:_SHOWN])}{more}; nothing was written"
    )


def _record(made: Slice, dataset: LakeDataset) -> None:
    detail = {
        "platform": dataset.lake, "analytes": len(dataset.analytes), "rows": made.rows,
        "sha256": made.sha256,
    }  # fmt: skip
    # A transaction of its own: the one that the cells were read in does not see what others wrote
    # into the audit meanwhile, and would break its chain.
    with connect(Role.extractor) as connection:
        connection.execute(
            "insert into ops.audit (actor, action, subject, detail) values (%s, %s, %s, %s)",
            [
                get_settings().actor, "write slice of the lake",
                f"{made.project_id}@{made.release_name}", Jsonb(detail),
            ],
        )  # fmt: skip


def count_slice(
    platform: str, analytes: Sequence[str], release_name: str | None = None
) -> tuple[Release, list[Measured]]:
    """Return a release and how many of its donors have results of each of some analytes.

    Donors who have withdrawn are not counted; counts below the smallest that is ever shown are
    withheld.

    Raises:
        SliceRefusedError: The release pins no results of the platform.
        ReleaseError: No such release, or the lake has not what it pins.
    """
    release = find_release(release_name or newest_release_name(), Role.extractor)
    if platform not in release.lake:
        raise SliceRefusedError(
            f"release {release.name} pins no results of {platform} (it pins: "
            f"{', '.join(sorted(release.lake)) or 'none'}); `janus assay lake list` tells which "
            "releases pin what"
        )
    with connect(Role.extractor) as connection:
        connection.execute("set transaction read only")
        query = sql.SQL(_DONORS).format(schema=sql.Identifier(release.schema))
        rows = connection.execute(query).fetchall()
    names = ("collection_id", "study_code", "donor_id")
    donors = pl.LazyFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    minimum = get_settings().small_cell_minimum
    counted = pl.concat([
        # Drops what is of nobody in the release, and of donors who have withdrawn.
        pinned_cells(release, platform, collection, analytes).join(
            donors.filter(pl.col("collection_id") == collection), on="study_code"
        ).select("analyte_code", "study_code", "donor_id").unique()
        for collection in sorted({one["collection_id"] for one in release.deliveries})
    ]).group_by("analyte_code").agg(
        pl.col("donor_id").n_unique(), pl.col("study_code").n_unique()
    ).collect(engine="streaming")  # fmt: skip
    known = {code: counts for code, *counts in counted.iter_rows()}
    return release, [
        Measured(name, *(safe_count(n, minimum) for n in known.get(name, (0, 0))))
        for name in analytes
    ]
