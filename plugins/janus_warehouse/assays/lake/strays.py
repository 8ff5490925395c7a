"""What a killed run left behind: lake files that no snapshot has, and unpacked returns of nobody.

Names of lake files begin with their delivery, so what belongs to whom is known without reading
one. Of a delivery that is not settled nothing is a stray: its next run writes over it.
"""

import shutil
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import fsspec
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import Table

from janus_warehouse.assays.lake.appending import DELIVERY
from janus_warehouse.assays.lake.catalogue import ASSAY, QUARANTINE, open_lake
from janus_warehouse.assays.unpacking import place_of, places
from janus_warehouse.deliveries.ledger import SETTLED
from janus_warehouse.platform.database import Role, connect
from janus_warehouse.platform.settings import get_settings
from janus_warehouse.platform.storage import fsspec_options

UNTOUCHED_SECONDS = 24 * 3600
"""A return that is just being unpacked to write its manifest is of no delivery yet."""


@dataclass(frozen=True)
class Stray:
    """Something that nothing leads to.

    Attributes:
        path: Where it lies: a file of the lake, or the folder of an unpacked return.
        bytes: Its size.
    """

    path: str
    bytes: int


def forget_strays_of(delivery_id: str) -> None:
    """Remove the lake files of a settled delivery that no snapshot has."""
    with open_lake(Role.loader) as catalogue:
        remove(list(_of_lake(catalogue, [delivery_id])))


def strays() -> list[Stray]:
    """Return all that is left of settled deliveries, and of returns that never became one.

    The folder of a return without a delivery counts when it was untouched for a day.
    """
    with connect(Role.loader) as connection:
        known = connection.execute(
            "select delivery_id, sha256, state = any(%s) from ops.delivery_tables "
            "inner join ops.deliveries using (delivery_id) "
            "inner join ops.returns using (delivery_id)", [list(SETTLED)],
        ).fetchall()  # fmt: skip
    settled = {delivery_id for delivery_id, _, is_settled in known if is_settled}
    awaited = {place_of(sha256) for _, sha256, is_settled in known if not is_settled}
    finished = {place_of(sha256) for _, sha256, is_settled in known if is_settled} - awaited
    with open_lake(Role.loader) as catalogue:
        of_lake = list(_of_lake(catalogue, settled))
    unpacked = [
        Stray(str(place), sum(path.stat().st_size for path in _files(place)))
        for place in places()
        if place in finished or (place not in awaited and _age(place) > UNTOUCHED_SECONDS)
    ]
    return of_lake + unpacked


def remove(found: Collection[Stray]) -> None:
    """Remove strays, as `strays` gives them; what is gone already is no fault."""
    lake = get_settings().lake
    filesystem, _ = fsspec.url_to_fs(lake, **fsspec_options(lake))
    for stray in found:
        if Path(stray.path).is_dir():
            shutil.rmtree(stray.path, ignore_errors=True)
        elif filesystem.exists(stray.path):
            filesystem.rm_file(stray.path)


def _of_lake(catalogue: SqlCatalog, delivery_ids: Collection[str]) -> Iterator[Stray]:
    """Yield the data files of deliveries that no snapshot of their table has."""
    for namespace in (ASSAY, QUARANTINE):
        tables = catalogue.list_tables(namespace) if catalogue.namespace_exists(namespace) else []
        for table in map(catalogue.load_table, tables):
            folder = f"{table.location()}/data"
            filesystem, root = fsspec.url_to_fs(folder, **fsspec_options(folder))
            filesystem.invalidate_cache()
            for delivery_id in delivery_ids:
                # Its names end with a hash of the files, so none begins with another's.
                written = filesystem.glob(f"{root}/{delivery_id}-*", detail=True)
                has = _names_in_snapshots(table, delivery_id) if written else set()
                for path, facts in written.items():
                    if PurePosixPath(path).name not in has:
                        yield Stray(path, facts["size"])


def _names_in_snapshots(table: Table, delivery_id: str) -> set[str]:
    """Return the names of the files that a delivery's appends brought."""
    own = [s for s in table.snapshots() if s.summary and s.summary[DELIVERY] == delivery_id]
    return {
        PurePosixPath(entry.data_file.file_path).name
        for snapshot in own
        for manifest in snapshot.manifests(table.io)
        if manifest.added_snapshot_id == snapshot.snapshot_id
        for entry in manifest.fetch_manifest_entry(table.io)
    }


def _age(place: Path) -> float:
    changed = (path.stat().st_mtime for path in (place, *_files(place)))
    return time.time() - max(changed)


def _files(place: Path) -> list[Path]:
    return [path for path in place.rglob("*") if path.is_file()]
