"""Slices of the lake: some analytes, all samples or some, with the donors' keys."""

from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import polars as pl
import psycopg
import pyarrow as pa
from pyiceberg.expressions import And
from pyiceberg.manifest import DataFile
from pyiceberg.table import FileScanTask, Table

from janus_warehouse.assays.lake.catalogue import among, open_lake, table_to_read
from janus_warehouse.assays.lake.errors import LakeError, NothingInTheLakeError
from janus_warehouse.platform.database import Role, connect
from janus_warehouse.platform.storage import polars_options

COLUMNS = (
    "delivery_id", "donor_id", "study_code", "sample_code", "replicate", "analyte_code", "value",
    "status",
)  # fmt: skip
SHOWN = 5
_DONORS = """
select shipments.study_code, coalesce(assigned.donor_id, shipments.donor_id) as donor_id
from raw.biobank__shipments as shipments
inner join ops.current_tables as current_tables
    on
        shipments.delivery_id = current_tables.delivery_id
        and current_tables.source = 'biobank'
        and current_tables.table_name = 'shipments'
left join ops.person_assignments as assigned
    on shipments.identifier_key = assigned.identifier_key
where
    not exists (
        select 1 from governance.withdrawn_donors as withdrawn
        where withdrawn.donor_id in (assigned.donor_id, shipments.donor_id)
    )
"""


@dataclass(frozen=True)
class Held:
    """What the lake has of a platform: a delivery with its snapshot, rows and state."""

    platform: str
    delivery_id: str
    snapshot_id: int
    rows: int
    state: str


def held(connection: psycopg.Connection, platform: str | None = None) -> list[Held]:
    """Return the accepted deliveries in the lake, oldest first.

    A superseded delivery's rows stay in the lake and are not among them.
    """
    return [
        one
        for one in ever_held(connection)
        if one.state == "accepted" and platform in (None, one.platform)
    ]


def ever_held(connection: psycopg.Connection) -> list[Held]:
    """Return every delivery that was appended to the lake, oldest first."""
    rows = connection.execute(
        "select appends.platform, appends.delivery_id, appends.snapshot_id, appends.rows, "
        "deliveries.state from ops.lake_appends as appends inner join ops.deliveries as deliveries "
        "on appends.delivery_id = deliveries.delivery_id "
        "order by appends.platform, appends.appended_at, appends.delivery_id"
    )
    return [Held(*row) for row in rows]


def slice_lake(
    platform: str,
    analytes: Collection[str],
    samples: Collection[str] | None = None,
    *,
    snapshot_id: int | None = None,
) -> pa.Table:
    """Return the measurements of some analytes in samples of the bank, each with its donor.

    Controls are left out, and so are samples of donors who have withdrawn.

    Args:
        platform: Whose table.
        analytes: Codes of analytes.
        samples: Study codes; all samples when it is left out.
        snapshot_id: The state of the table to read, as a release names it; the latest otherwise.

    Raises:
        NothingInTheLakeError: No such table, or an analyte that it has never had.
    """
    with connect(Role.transformer) as connection, open_lake(Role.transformer) as catalogue:
        accepted = {one.delivery_id for one in held(connection, platform)}
        table = table_to_read(catalogue, platform)
        donors = donors_of_samples(connection)
        files = data_files(table, accepted, analytes, snapshot_id)
    if not files:
        raise NothingInTheLakeError(f"no accepted return of {platform} has any of the analytes")
    wanted = pl.scan_parquet(files, storage_options=polars_options(files[0]) or None).filter(
        pl.col("analyte_code").is_in(list(analytes))
    )
    if samples is not None:
        wanted = wanted.filter(pl.col("study_code").is_in(list(samples)))
    # Drops controls, which have no study code, and the samples of withdrawn donors.
    joined = wanted.join(donors.lazy(), on="study_code", how="inner")
    found = joined.select(COLUMNS).collect()
    _require_all(analytes, found, platform)
    return found.to_arrow()


def donors_of_samples(connection: psycopg.Connection) -> pl.DataFrame:
    """Return the donor of each study code that was issued, without those who have withdrawn."""
    rows = connection.execute(_DONORS).fetchall()
    known = pl.DataFrame(
        rows, schema={"study_code": pl.String, "donor_id": pl.String}, orient="row"
    )
    return known.unique("study_code")


def data_files(
    table: Table,
    accepted: Collection[str],
    analytes: Collection[str] | None = None,
    snapshot_id: int | None = None,
) -> list[str]:
    """Return the addresses of a table's files that have rows of accepted deliveries."""
    return sorted(
        address(file.file_path) for file, _ in planned(table, accepted, analytes, snapshot_id)
    )


def planned(
    table: Table,
    deliveries: Collection[str],
    analytes: Collection[str] | None = None,
    snapshot_id: int | None = None,
) -> list[tuple[DataFile, str]]:
    """Return a table's files that have rows of some deliveries, each with whose they are.

    A file has the rows of one delivery, which its least and greatest delivery id show; so nobody
    has to look at the ids of its rows.
    """
    if not deliveries:
        return []
    asked = among("delivery_id", deliveries)
    if analytes is not None:
        asked = And(asked, among("analyte_code", analytes))
    scan = table.scan(row_filter=asked, snapshot_id=snapshot_id)
    found = [(task.file, _delivery_of(table, task)) for task in scan.plan_files()]
    return [(file, delivery_id) for file, delivery_id in found if delivery_id in deliveries]


def _delivery_of(table: Table, task: FileScanTask) -> str:
    field = table.schema().find_field("delivery_id").field_id
    low, high = (bounds.get(field) for bounds in (task.file.lower_bounds, task.file.upper_bounds))
    if low is None or low != high or task.delete_files:
        raise LakeError(
            f"{table.name()[-1]}: a file of the lake was not written by this program; compact or "
            "remove it, or append its rows as a return"
        )
    return low.decode()


def address(path: str) -> str:
    """Return a path for a local file, and any other address as it is."""
    return unquote(urlsplit(path).path) if path.startswith("file:") else path


def _require_all(analytes: Collection[str], found: pl.DataFrame, platform: str) -> None:
    missing = sorted(set(analytes))
    if missing and found.is_empty():
        raise NothingInTheLakeError(
            f"{platform}: none of the {len(missing)} analytes has a value in the samples asked "
            f"for, first {', '.join(missing[:SHOWN])}; `janus assay lake list` tells what there is"
        )
