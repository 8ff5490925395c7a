"""Making a shipment: codes and layout, files for the laboratory, the bank's delivery, the seal.

First everything is written beside its place. Then the seal, the codes and the intent enter the
database in one transaction, and only after that the files are moved to where they count. Killed
before the transaction, nothing was made; killed after it, the same command finishes the work.
"""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import polars as pl
import psycopg

from janus_warehouse.assays.shipments import ledger
from janus_warehouse.assays.shipments.checking import find_tubes
from janus_warehouse.assays.shipments.codes import draw_codes
from janus_warehouse.assays.shipments.errors import ShipmentRefusedError
from janus_warehouse.assays.shipments.laboratory import write_laboratory_files
from janus_warehouse.assays.shipments.layout import lay_out, well_names
from janus_warehouse.assays.shipments.leaks import refuse_leaks
from janus_warehouse.assays.shipments.request import Request, approved_project, read_tubes
from janus_warehouse.assays.shipments.seal import STATUS_SCHEMA, Sealed, seal
from janus_warehouse.contracts import load_contracts
from janus_warehouse.deliveries import write_manifest
from janus_warehouse.deliveries.manifest import MANIFEST
from janus_warehouse.platform.database import Role, connect
from janus_warehouse.platform.locks import AdvisoryLock
from janus_warehouse.platform.settings import get_settings
from janus_warehouse.platform.storage import fsspec_options
from janus_warehouse.projects.specification import Project

SOURCE, TABLE = "biobank", "shipments"
LABORATORY, DELIVERY = "laboratory", "delivery"


@dataclass(frozen=True)
class Made:
    """A shipment, where its laboratory's folder is, and whether this call made it."""

    shipment: ledger.Shipment
    folder: Path
    is_new: bool


def make_shipment(request: Request) -> Made:
    """Make a shipment, or finish one of the same request that was interrupted.

    Asked for again while its tubes are out, the shipment that there is is returned.

    Raises:
        ShipmentRefusedError: The approval does not cover it, or tubes must not leave; every
            problem is listed.
        ProjectError: The project is unknown, wrongly specified or expired.
    """
    project = approved_project(request)
    with connect(Role.curator, autocommit=True) as connection:
        # Two at once would give one tube away twice.
        connection.execute("select pg_advisory_lock(%s)", [AdvisoryLock.shipments])
        earlier = ledger.shipments(
            connection, "request_sha256 = %s and (state = 'making' or shipped_date >= %s)",
            request.sha256(), request.shipped,
        )  # fmt: skip
        if earlier:
            _finish(connection, earlier[-1])
            return Made(earlier[-1], laboratory_folder(earlier[-1].shipment_id), is_new=False)
        tubes = find_tubes(read_tubes(request.tubes), request, project.cohort.collection)
        shipment_id = ledger.next_shipment_id(connection, request.project_id)
        placed = _placed(tubes, request)
        shipment = _row(shipment_id, placed, request)
        _write_drafts(shipment_id, placed, request, project)
        sealed = seal(shipment_id, Sealed(placed.select(list(STATUS_SCHEMA)), request.design))
        with connection.transaction():
            ledger.record(connection, shipment, placed, sealed)
        _finish(connection, shipment)
    return Made(shipment, laboratory_folder(shipment_id), is_new=True)


def laboratory_folder(shipment_id: str) -> Path:
    """Return the folder that goes to the laboratory."""
    return get_settings().shipments_dir / shipment_id / LABORATORY


def _placed(tubes: pl.DataFrame, request: Request) -> pl.DataFrame:
    """Return one row per study code, in order of plate and place."""
    design = request.design
    layout = lay_out(
        tubes["set_number"].to_numpy(),
        (tubes["status"] == "case").to_numpy(),
        (tubes["volume_left_ul"] >= 2 * request.volume_ul).to_numpy(),
        design,
    )
    codes = draw_codes(layout.height, taken=ledger.taken_codes())
    plates = pl.concat_str(pl.lit("P"), (pl.col("plate") + 1).cast(pl.String).str.zfill(2))
    placed = tubes[layout["sample"]].hstack(layout).with_columns(
        study_code=pl.Series(codes),
        plate_id=plates,
        well=pl.Series(well_names(np.asarray(layout["place"]), design.plate_wells)),
        volume_ul=pl.lit(request.volume_ul),
        thaw_count=pl.col("thaw_count") + int(request.is_thawed),
        matched_status="status",
    )  # fmt: skip
    originals = placed.filter(~pl.col("is_duplicate")).select("sample", duplicate_of="study_code")
    return placed.join(originals, on="sample", how="left", maintain_order="left").with_columns(
        duplicate_of=pl.when("is_duplicate").then("duplicate_of")
    )


def _row(shipment_id: str, placed: pl.DataFrame, request: Request) -> ledger.Shipment:
    return ledger.Shipment(
        shipment_id, request.project_id, request.laboratory, request.platform, request.shipped,
        samples=placed.height, duplicates=int(placed["is_duplicate"].sum()),
        plates=placed["plate"].n_unique(), request_sha256=request.sha256(), state="making",
        made_by=get_settings().actor, made_at=datetime.now(UTC), opened_by=None, opened_at=None,
        reason=None,
    )  # fmt: skip


def _write_drafts(
    shipment_id: str, placed: pl.DataFrame, request: Request, project: Project
) -> None:
    """Write the laboratory's folder and the bank's delivery beside their places."""
    drafts = _drafts(shipment_id)
    # Left by a shipment that was never recorded: nobody has seen it.
    shutil.rmtree(drafts, ignore_errors=True)
    drafts.mkdir(parents=True, mode=0o700)
    (drafts / LABORATORY).mkdir()
    (drafts / DELIVERY).mkdir()
    write_laboratory_files(drafts / LABORATORY, shipment_id, placed, request, project)
    identifiers = pl.concat([placed["tube_barcode"], placed["donor_number"]]).to_list()
    told = (shipment_id, project.project_id, project.ethics_reference, request.laboratory,
            request.platform)  # fmt: skip
    refuse_leaks(drafts / LABORATORY, identifiers, told)
    _write_delivery(drafts / DELIVERY, shipment_id, placed, request, project)


def _write_delivery(
    folder: Path, shipment_id: str, placed: pl.DataFrame, request: Request, project: Project
) -> None:
    contract = next(c for c in load_contracts() if (c.source, c.table) == (SOURCE, TABLE))
    rows = placed.with_columns(
        project_id=pl.lit(request.project_id),
        laboratory=pl.lit(request.laboratory),
        shipped_date=pl.lit(request.shipped),
        is_blinded_duplicate="is_duplicate",
        shipment_id=pl.lit(shipment_id),
    )
    # Sorted by code: the order of the rows says nothing that the plates do not say.
    rows.sort("study_code").select(column.name for column in contract.columns).rename(
        {column.name: column.physical_name for column in contract.columns}
    ).write_csv(folder / f"{TABLE}.csv", separator=contract.format.delimiter)
    write_manifest(
        folder, source=SOURCE, collection=project.cohort.collection, as_of=request.shipped
    )


def _finish(connection: psycopg.Connection[Any], shipment: ledger.Shipment) -> None:
    """Move the files of a recorded shipment into place, as far as they are not there yet."""
    if shipment.state != "making":
        return
    drafts, target = _drafts(shipment.shipment_id), laboratory_folder(shipment.shipment_id)
    if not target.exists():
        _require_draft(drafts / LABORATORY, shipment)
        target.parent.mkdir(parents=True, exist_ok=True)
        (drafts / LABORATORY).replace(target)
    _deliver(drafts / DELIVERY, shipment)
    with connection.transaction():
        ledger.finish(connection, shipment)
    shutil.rmtree(drafts, ignore_errors=True)


def _deliver(draft: Path, shipment: ledger.Shipment) -> None:
    """Lay the bank's delivery into the landing zone; its manifest comes last."""
    landing = get_settings().landing
    filesystem, root = fsspec.core.url_to_fs(landing, **fsspec_options(landing))
    target = f"{root.rstrip('/')}/{SOURCE}/{shipment.shipment_id}"
    if filesystem.exists(f"{target}/{MANIFEST}"):
        return
    _require_draft(draft, shipment)
    filesystem.makedirs(target, exist_ok=True)
    for name in (f"{TABLE}.csv", MANIFEST):
        filesystem.put_file(str(draft / name), f"{target}/.{name}.part")
        filesystem.mv(f"{target}/.{name}.part", f"{target}/{name}")


def _require_draft(draft: Path, shipment: ledger.Shipment) -> None:
    if not draft.is_dir():
        raise ShipmentRefusedError(
            f"{shipment.shipment_id} was recorded, and its files are no longer at "
            f"{draft.parent.name}: its codes are taken and nothing was sent. Restore the folder "
            "from a backup and run the same again, or change the list of tubes (another order "
            "will do) once the next inventory is in"
        )


def _drafts(shipment_id: str) -> Path:
    return get_settings().shipments_dir / f".{shipment_id}.part"
