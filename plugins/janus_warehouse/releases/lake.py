"""The lake in a release: which deliveries' cells count, in which snapshot and which files.

Nothing is copied. Files of the lake are written once and a snapshot never changes, so a release
that names both, with a hash of each file, is as frozen as one that has the cells.
"""

import hashlib

import pyarrow.parquet as pq
from pyiceberg.io import FileIO
from pyiceberg.table import Table

from janus_warehouse.assays.lake.appending import history
from janus_warehouse.assays.lake.catalogue import open_lake, table_to_read
from janus_warehouse.assays.lake.errors import LakeError, NothingInTheLakeError
from janus_warehouse.assays.lake.published import published_types
from janus_warehouse.assays.lake.slices import planned
from janus_warehouse.platform.database import Role
from janus_warehouse.releases.appends import Appended
from janus_warehouse.releases.errors import ReleaseError
from janus_warehouse.releases.manifest import Column, LakeFile, LakeTable, Release

_READ_BYTES = 1 << 20


def pin_lake(appends: dict[str, list[Appended]]) -> dict[str, LakeTable]:
    """Return what a release pins of each table: its snapshot, deliveries, and files with hashes.

    Args:
        appends: Of each platform, as `appends_of` finds them.

    Raises:
        ReleaseError: The lake has not what the ledger says.
    """
    with open_lake(Role.admin) as catalogue:
        pinned = {}
        for platform, of_platform in appends.items():
            try:
                pinned[platform] = _pinned(
                    table_to_read(catalogue, platform), platform, of_platform
                )
            except (NothingInTheLakeError, OSError) as error:
                raise ReleaseError(
                    f"assay.{platform}: expected the results of {len(of_platform)} deliveries in "
                    "the lake, and its table cannot be read: restore its files and the catalogue "
                    "to one time, then cut again"
                ) from error
        return pinned


def _pinned(table: Table, platform: str, appends: list[Appended]) -> LakeTable:
    snapshot_id = _first_with_all(table, platform, appends)
    cells = tuple(append.cells for append in appends)
    rows = dict.fromkeys((one.delivery_id for one in cells), 0)
    files = []
    for file, delivery_id in planned(table, set(rows), None, snapshot_id):
        name = _name(table, file.file_path)
        try:
            size, digest, n_rows = _read(table.io, file.file_path)
        except OSError:
            raise ReleaseError(
                f"assay.{platform}: {name} is not in the lake or cannot be read, and the release "
                "would pin it: restore it from a backup, then cut again"
            ) from None
        rows[delivery_id] += n_rows or 0
        files.append(LakeFile(name, n_rows or 0, size, digest))
    for one in cells:
        if rows[one.delivery_id] != one.rows:
            raise ReleaseError(
                f"assay.{platform}: expected the {one.rows:,} rows of {one.delivery_id} in the "
                f"lake, found {rows[one.delivery_id]:,}: restore the lake's files, see with "
                f"`janus assay lake qc {platform}` that it has what was accepted, then cut again"
            )
    columns = published_types(table.schema()).items()
    return LakeTable(
        platform,
        tuple(Column(name, type_name, "") for name, type_name in columns),
        cells,
        snapshot_id,
        tuple(sorted(files, key=lambda file: file.name)),
    )


def _first_with_all(table: Table, platform: str, appends: list[Appended]) -> int:
    """Return the first snapshot that has the rows of all deliveries.

    Two returns that settle at once are noted in another order than they were appended in, so the
    table's history is asked and not the ledger's.
    """
    places = {snapshot.snapshot_id: place for place, snapshot in enumerate(history(table))}
    lost = [one.cells.delivery_id for one in appends if one.snapshot_id not in places]
    if lost:
        raise ReleaseError(
            f"assay.{platform}: the snapshots of {', '.join(lost)} are not in the table's history: "
            "restore the lake and its catalogue to one time, then cut again"
        )
    return max((one.snapshot_id for one in appends), key=places.__getitem__)


def lake_problems(release: Release) -> dict[str, str]:
    """Return what of a release's cells is not as it was cut, by table or file; empty if nothing."""
    problems: dict[str, str] = {}
    with open_lake(Role.extractor) as catalogue:
        for pinned in release.lake.values():
            try:
                table = table_to_read(catalogue, pinned.platform)
            except NothingInTheLakeError:
                problems[pinned.name] = "is missing in the lake"
                continue
            except OSError:
                problems[pinned.name] = "is in the catalogue, but its metadata cannot be read"
                continue
            problems |= _snapshot_problems(table, pinned)
            for file in pinned.files:
                if problem := _file_problem(table, file):
                    problems[f"{pinned.name} {file.name}"] = problem
    return problems


def _snapshot_problems(table: Table, pinned: LakeTable) -> dict[str, str]:
    if table.snapshot_by_id(pinned.snapshot_id) is None:
        gone = f"has no snapshot {pinned.snapshot_id} any more, which the release pins"
        return {pinned.name: gone}
    deliveries = {append.delivery_id for append in pinned.appends}
    try:
        found = planned(table, deliveries, None, pinned.snapshot_id)
    except (LakeError, OSError):
        unreadable = f"snapshot {pinned.snapshot_id} has lost one of its lists of files"
        return {pinned.name: unreadable}
    rows = sum(file.record_count for file, _ in found)
    if rows != pinned.rows:
        told = f"expected {pinned.rows:,} rows in snapshot {pinned.snapshot_id}, found {rows:,}"
        return {pinned.name: told}
    if {_name(table, file.file_path) for file, _ in found} != {file.name for file in pinned.files}:
        return {pinned.name: f"snapshot {pinned.snapshot_id} has its rows in other files"}
    return {}


def _file_problem(table: Table, file: LakeFile) -> str | None:
    try:
        size, digest, rows = _read(table.io, f"{table.location()}/{file.name}")
    except FileNotFoundError:
        return "is missing"
    except OSError:
        return "cannot be read"
    if rows is not None and rows != file.rows:
        return f"expected {file.rows:,} rows, found {rows:,}"
    if (size, digest) != (file.bytes, file.sha256):
        return f"expected {file.rows:,} rows in {file.bytes:,} bytes; its content has changed"
    return None


def _read(io: FileIO, path: str) -> tuple[int, str, int | None]:
    """Return size, SHA-256 and rows of a file; no rows where it is no Parquet file any more."""
    digest, size = hashlib.sha256(), 0
    with io.new_input(path).open() as stream:
        while block := stream.read(_READ_BYTES):
            digest.update(block)
            size += len(block)
    try:
        with io.new_input(path).open() as stream:
            rows = pq.read_metadata(stream).num_rows
    except (OSError, ValueError):
        rows = None
    return size, digest.hexdigest(), rows


def _name(table: Table, path: str) -> str:
    return path.removeprefix(f"{table.location()}/")
