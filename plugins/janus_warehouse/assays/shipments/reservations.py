"""Keeping tubes for a project until a day, so that no other project empties them first."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from janus_warehouse.assays.shipments.errors import ShipmentRefusedError
from janus_warehouse.assays.shipments.request import lines_of, read_tubes
from janus_warehouse.platform.database import Role, connect
from janus_warehouse.platform.settings import get_settings
from janus_warehouse.projects.checking import refuse_expired
from janus_warehouse.projects.loading import load_project

_UNKNOWN = """
select asked.tube_barcode
from unnest(%s::text[]) as asked (tube_barcode)
where not exists (
    select 1
    from raw.biobank__tubes as tubes
    inner join ops.current_tables as current_tables
        on
            tubes.delivery_id = current_tables.delivery_id
            and current_tables.source = 'biobank'
            and current_tables.table_name = 'tubes'
    where tubes.tube_barcode = asked.tube_barcode
)
"""

_TAKEN = """
select tube_barcode from governance.tube_reservations
where tube_barcode = any(%s) and project_id <> %s and reserved_until >= %s
"""

_RESERVE = """
insert into governance.tube_reservations (project_id, reserved_until, reserved_by, tube_barcode)
select %s, %s, %s, * from unnest(%s::text[])
on conflict (tube_barcode) do update
    set project_id = excluded.project_id, reserved_until = excluded.reserved_until,
        reserved_by = excluded.reserved_by, reserved_at = clock_timestamp()
"""


def reserve_tubes(project_id: str, path: Path, until: date) -> int:
    """Keep the tubes of a list for a project, all of them or none; return how many.

    Args:
        project_id: A file in `metadata/projects`.
        path: A list with a column `tube_barcode`.
        until: Last day; not after the approval ends.

    Raises:
        ShipmentRefusedError: Tubes are unknown or kept for another project, or the day is wrong.
        ProjectError: The project is unknown, wrongly specified or expired.
    """
    read = load_project(project_id)
    today = datetime.now(UTC).date()
    refuse_expired(read, today)
    if not today <= until <= read.project.valid_until:
        raise ShipmentRefusedError(
            f"expected a last day from {today} to the end of the approval, "
            f"{read.project.valid_until}, found {until}: nothing was reserved"
        )
    tubes = read_tubes(path, ("tube_barcode",))
    barcodes = tubes["tube_barcode"].to_list()
    with connect(Role.loader) as connection:
        unknown = connection.execute(_UNKNOWN, [barcodes]).fetchall()
    with connect(Role.curator) as connection:
        # Between the question and the answer nobody else may reserve.
        connection.execute("lock table governance.tube_reservations in exclusive mode")
        taken = connection.execute(_TAKEN, [barcodes, project_id, today]).fetchall()
        lines = {
            told: tubes["line"].filter(tubes["tube_barcode"].is_in([barcode for (barcode,) in bad]))
            for bad, told in (
                (unknown, "the inventory has no such tube; check it"),
                (taken, "the tube is reserved for another project; choose another"),
            )
        }
        problems = [f"{path.name}: {lines_of(at)}: {told}" for told, at in lines.items() if len(at)]
        if problems:
            raise ShipmentRefusedError("\n".join(problems))
        connection.execute(_RESERVE, [project_id, until, get_settings().actor, barcodes])
        _audit(connection, "reserve tubes", project_id, len(barcodes), until.isoformat())
    return len(barcodes)


def free_tubes(project_id: str, path: Path) -> int:
    """Give the tubes of a list free again that are kept for a project; return how many were."""
    barcodes = read_tubes(path, ("tube_barcode",))["tube_barcode"].to_list()
    with connect(Role.curator) as connection:
        freed = connection.execute(
            "delete from governance.tube_reservations "
            "where project_id = %s and tube_barcode = any(%s)", [project_id, barcodes],
        ).rowcount  # fmt: skip
        if freed:
            _audit(connection, "free tubes", project_id, freed, None)
    return freed


def _audit(
    connection: psycopg.Connection[Any], action: str, project_id: str, tubes: int, until: str | None
) -> None:  # fmt: skip
    detail = {"tubes": tubes} | ({"until": until} if until else {})
    connection.execute(
        "insert into ops.audit (actor, action, subject, detail) values (%s, %s, %s, %s)",
        [get_settings().actor, action, project_id, Jsonb(detail)],
    )
