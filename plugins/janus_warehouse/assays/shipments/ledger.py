"""What is written down of shipments made here, and how far each has come."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl
import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from janus_warehouse.assays.shipments.errors import UnknownShipmentError
from janus_warehouse.platform.database import Role, connect
from janus_warehouse.platform.settings import get_settings

ACCOUNTS = ("result", "reason", "withdrawn", "pending", "waiting")
"""What may have become of a study code; see `governance.shipment_accounts`."""


@dataclass(frozen=True)
class Shipment:
    """One row of `governance.shipments`."""

    shipment_id: str
    project_id: str
    laboratory: str
    platform: str
    shipped_date: date
    samples: int
    duplicates: int
    plates: int
    request_sha256: str
    state: str
    made_by: str
    made_at: datetime
    opened_by: str | None
    opened_at: datetime | None
    reason: str | None


@dataclass(frozen=True)
class Progress:
    """A shipment and the number of its study codes by what became of them."""

    shipment: Shipment
    codes: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.codes.values())

    @property
    def back(self) -> int:
        """Codes that are accounted for."""
        return self.total - self.codes["pending"] - self.codes["waiting"]

    @property
    def is_complete(self) -> bool:
        return self.back == self.total and self.codes["result"] > 0

    @property
    def state(self) -> str:
        """How far it has come, in a word."""
        if self.shipment.state == "making":
            return "unfinished"
        if self.shipment.state == "opened":
            return "opened"
        if self.codes["waiting"]:
            return "made"
        if self.is_complete:
            return "complete"
        return "returned in part" if self.back > self.codes["withdrawn"] else "sent"


_COLUMNS = ", ".join(Shipment.__dataclass_fields__)


def shipments(
    connection: psycopg.Connection[Any], where: str = "true", *values: Any
) -> list[Shipment]:
    """Return shipments, oldest first.

    Args:
        connection: As curator.
        where: A condition on `governance.shipments`, with `%s` for each of `values`.
    """
    query = (
        f"select {_COLUMNS} from governance.shipments where {where} order by made_at, shipment_id"
    )
    with connection.cursor(row_factory=class_row(Shipment)) as cursor:
        return cursor.execute(query, values).fetchall()  # type: ignore[arg-type]


def list_progress(shipment_id: str | None = None) -> list[Progress]:
    """Return how far the shipments have come, or one of them.

    Raises:
        UnknownShipmentError: None of that name was made here.
    """
    with connect(Role.curator) as connection:
        found = shipments(
            connection, "%s::text is null or shipment_id = %s", shipment_id, shipment_id
        )
        if shipment_id is not None and not found:
            raise UnknownShipmentError(
                f"no shipment {shipment_id[:60]!r} was made here; `janus shipment list` has them"
            )
        counted = connection.execute(
            "select shipment_id, account, count(*) from governance.shipment_accounts(%s) "
            "group by 1, 2", [shipment_id],
        ).fetchall()  # fmt: skip
    counts = {(one, account): count for one, account, count in counted}
    return [
        Progress(one, {name: counts.get((one.shipment_id, name), 0) for name in ACCOUNTS})
        for one in found
    ]


def codes_by_account(shipment_id: str, account: str) -> list[str]:
    """Return the study codes of a shipment of which the same became, in their order."""
    with connect(Role.curator) as connection:
        rows = connection.execute(
            "select study_code from governance.shipment_accounts(%s) where account = %s "
            "order by study_code", [shipment_id, account],
        ).fetchall()  # fmt: skip
    return [code for (code,) in rows]


def next_shipment_id(connection: psycopg.Connection[Any], project_id: str) -> str:
    """Return the name of a project's next shipment, counting those made elsewhere too.

    Args:
        connection: As curator; the loader is asked for what was delivered.
        project_id: Names are `<project>-<number>`.
    """
    made = [one.shipment_id for one in shipments(connection, "project_id = %s", project_id)]
    with connect(Role.loader) as loader:
        rows = loader.execute(
            "select distinct shipment_id from raw.biobank__shipments where project_id = %s",
            [project_id],
        ).fetchall()  # fmt: skip
    numbers = [
        int(number)
        for name in (*made, *(name for (name,) in rows if name))
        if (number := name.removeprefix(f"{project_id}-")).isdigit()
    ]
    return f"{project_id}-{max(numbers, default=0) + 1}"


def taken_codes() -> set[str]:
    """Return every study code that was given before, here or elsewhere."""
    with connect(Role.curator) as connection:
        made = connection.execute("select study_code from governance.shipment_samples").fetchall()
    with connect(Role.loader) as connection:
        known = connection.execute(
            "select value from identity.identifiers where system = 'study_code'"
        ).fetchall()
    return {code for (code,) in (*made, *known)}


def record(
    connection: psycopg.Connection[Any], shipment: Shipment, codes: pl.DataFrame, sealed: bytes
) -> None:
    """Write a shipment down as being made, with its codes and its seal, all or nothing.

    Args:
        connection: As curator, in a transaction.
        shipment: Its row; the moments are the database's.
        codes: `study_code` and `tube_barcode`.
        sealed: The encrypted part.
    """
    connection.execute(
        "insert into governance.shipments (shipment_id, project_id, laboratory, platform, "
        "shipped_date, samples, duplicates, plates, request_sha256, state, made_by) "
        "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, 'making', %s)",
        [shipment.shipment_id, shipment.project_id, shipment.laboratory, shipment.platform,
         shipment.shipped_date, shipment.samples, shipment.duplicates, shipment.plates,
         shipment.request_sha256, shipment.made_by],
    )  # fmt: skip
    connection.execute(
        "insert into governance.shipment_samples (shipment_id, study_code, tube_barcode) "
        "select %s, * from unnest(%s::text[], %s::text[])",
        [shipment.shipment_id, codes["study_code"].to_list(), codes["tube_barcode"].to_list()],
    )
    connection.execute(
        "insert into governance.shipment_seals (shipment_id, sealed) values (%s, %s)",
        [shipment.shipment_id, sealed],
    )


def finish(connection: psycopg.Connection[Any], shipment: Shipment) -> None:
    """Note that the files of a shipment are in place.

    Args:
        connection: As curator, in a transaction.
        shipment: One that is being made.
    """
    changed = connection.execute(
        "update governance.shipments set state = 'made' "
        "where shipment_id = %s and state = 'making'", [shipment.shipment_id],
    )  # fmt: skip
    if changed.rowcount:
        detail = {
            "project": shipment.project_id, "laboratory": shipment.laboratory,
            "samples": shipment.samples, "duplicates": shipment.duplicates,
        }  # fmt: skip
        connection.execute(
            "insert into ops.audit (actor, action, subject, detail) values (%s, %s, %s, %s)",
            [get_settings().actor, "make shipment", shipment.shipment_id, Jsonb(detail)],
        )
