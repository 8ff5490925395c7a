"""Cells of the lake as a release pins them: read from its snapshot, of the deliveries it counts."""

from collections.abc import Collection, Iterator

import polars as pl

from janus_warehouse.assays.lake.catalogue import open_lake, table_to_read
from janus_warehouse.assays.lake.errors import LakeError, NothingInTheLakeError
from janus_warehouse.assays.lake.published import PUBLISHED
from janus_warehouse.assays.lake.slices import address, planned
from janus_warehouse.platform.database import Role
from janus_warehouse.platform.storage import polars_options
from janus_warehouse.releases.errors import ReleaseError
from janus_warehouse.releases.manifest import LakeTable, Release

BATCH_ROWS = 1 << 17
SAMPLE = "sample"


def pinned_cells(
    release: Release, platform: str, collection: str, analytes: Collection[str]
) -> pl.LazyFrame:
    """Return the cells of some analytes in samples of a collection, under published names.

    Args:
        release: Says which state of the table is read, and whose cells count.
        platform: One of the release's lake.
        collection: Only its deliveries are read.
        analytes: Codes of analytes.

    Raises:
        ReleaseError: The lake has not what the release pins.
    """
    pinned = release.lake[platform]
    of_collection = {one["id"] for one in release.deliveries if one["collection_id"] == collection}
    deliveries = {one.delivery_id for one in pinned.appends} & of_collection
    columns = [pl.col(column).alias(name) for name, column in PUBLISHED.items()]
    files = _files(release, pinned, deliveries, analytes)
    if not files:
        return pl.LazyFrame(schema=dict.fromkeys(PUBLISHED, pl.String))
    cells = pl.scan_parquet(files, storage_options=polars_options(files[0]) or None)
    return cells.filter(
        pl.col("analyte_code").is_in(list(analytes)), pl.col("sample_kind") == SAMPLE
    ).select(columns)


def in_batches(cells: pl.LazyFrame) -> Iterator[pl.DataFrame]:
    """Yield rows some at a time, so that no more of them are in memory than are worked on."""
    return cells.collect_batches(chunk_size=BATCH_ROWS, engine="streaming")


def analytes_of(
    release: Release, platform: str, collection: str, analytes: Collection[str]
) -> set[str]:
    """Return which of some analytes a release has results of.

    Raises:
        ReleaseError: The lake has not what the release pins.
    """
    cells = pinned_cells(release, platform, collection, analytes)
    found = cells.select(pl.col("analyte_code").unique()).collect(engine="streaming")
    return set(found["analyte_code"].to_list())


def _files(
    release: Release, pinned: LakeTable, deliveries: set[str], analytes: Collection[str]
) -> list[str]:
    """Return the addresses of the pinned files that may have rows of some analytes."""
    known = {file.name for file in pinned.files}
    with open_lake(Role.extractor) as catalogue:
        try:
            table = table_to_read(catalogue, pinned.platform)
            found = planned(table, deliveries, analytes, pinned.snapshot_id)
        except (NothingInTheLakeError, LakeError, OSError, ValueError) as error:
            # pyiceberg has no error of its own for a snapshot that is gone.
            unreadable = f"snapshot {pinned.snapshot_id} of {pinned.name} cannot be read"
            raise _not_as_cut(release, unreadable) from error
        paths = [file.file_path for file, _ in found]
        names = {path.removeprefix(f"{table.location()}/") for path in paths}
        if strangers := names - known:
            raise _not_as_cut(release, f"{len(strangers)} files of the snapshot are not its own")
        lost = [path for path in paths if not table.io.new_input(path).exists()]
        if lost:
            raise _not_as_cut(release, f"{len(lost)} of its {len(known)} files are missing")
    return sorted(address(path) for path in paths)


def _not_as_cut(release: Release, what: str) -> ReleaseError:
    return ReleaseError(
        f"release {release.name}: expected the cells of the lake as they were when it was cut, "
        f"and {what}: see `janus release verify {release.name}`, and restore the lake's files "
        "from a backup"
    )
