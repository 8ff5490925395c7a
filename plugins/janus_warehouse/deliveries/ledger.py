"""The ledger of deliveries: what state each is in, who changed it and when."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

from janus_warehouse.deliveries.manifest import Manifest, Returned
from janus_warehouse.errors import UnknownDeliveryError
from janus_warehouse.platform.settings import get_settings

SETTLED = ("accepted", "refused", "superseded")
NEXT_STATES = {
    "received": ("verified", "refused", "superseded"),
    "verified": ("received", "loaded", "refused", "superseded"),
    "loaded": ("received", "checked", "refused", "superseded"),
    "checked": ("received", "held", "accepted", "refused", "superseded"),
    "held": ("received", "accepted", "refused", "superseded"),
    "accepted": ("superseded",),
    "refused": ("received",),
    "superseded": (),
}
"""The state machine. Back to `received` goes a delivery whose landed rows were lost in a crash,
and a refused one whose files arrived again. A held one waits for a person's decision."""


@dataclass(frozen=True)
class Delivery:
    """One row of `ops.deliveries`."""

    delivery_id: str
    source: str
    collection_id: str
    kind: str
    folder: str
    as_of: date | None
    content_sha256: str
    supersedes: str | None
    superseded_by: str | None
    state: str
    rows_received: int
    rows_accepted: int
    rows_quarantined: int
    rows_refused: int
    reason: str | None
    settled_at: datetime | None

    @property
    def is_settled(self) -> bool:
        return self.state in SETTLED


@dataclass(frozen=True)
class DeliveryTable:
    """One row of `ops.delivery_tables`: a file of a delivery."""

    delivery_id: str
    source: str
    table_name: str
    path: str
    contract_version: str
    sha256: str
    bytes: int
    rows_declared: int
    rows_received: int
    rows_accepted: int
    rows_quarantined: int
    first_line: int

    @property
    def landing_name(self) -> str:
        """Name of the landing table; digests keep it inside PostgreSQL's 63 characters."""
        return f"d_{self.delivery_id[-10:]}__{self.table_name}"


_COLUMNS = ", ".join(Delivery.__dataclass_fields__)


def get(connection: psycopg.Connection, delivery_id: str, *, for_update: bool = False) -> Delivery:
    """Return a delivery.

    Raises:
        UnknownDeliveryError: The ledger has none of that id.
    """
    lock = " for update" if for_update else ""
    with connection.cursor(row_factory=class_row(Delivery)) as cursor:
        row = cursor.execute(
            f"select {_COLUMNS} from ops.deliveries where delivery_id = %s{lock}", [delivery_id]
        ).fetchone()
    if row is None:
        raise UnknownDeliveryError(
            f"no delivery {delivery_id} in the ledger: `janus deliveries` lists them"
        )
    return row


def tables_of(connection: psycopg.Connection, delivery_id: str) -> list[DeliveryTable]:
    """Return the tables of a delivery in name order."""
    with connection.cursor(row_factory=class_row(DeliveryTable)) as cursor:
        return cursor.execute(
            f"select {', '.join(DeliveryTable.__dataclass_fields__)} from ops.delivery_tables "
            "where delivery_id = %s order by table_name",
            [delivery_id],
        ).fetchall()


def unsettled(connection: psycopg.Connection, kind: str | None = None) -> list[Delivery]:
    """Return the deliveries that are not yet accepted or refused, oldest picture first."""
    with connection.cursor(row_factory=class_row(Delivery)) as cursor:
        return cursor.execute(
            f"select {_COLUMNS} from ops.deliveries where state <> all(%s) "
            "and (%s::text is null or kind = %s) order by as_of, delivery_id",
            [list(SETTLED), kind, kind],
        ).fetchall()


def register(connection: psycopg.Connection, manifest: Manifest, *, kind: str, folder: str) -> bool:
    """Write a delivery that was found in the landing zone; return whether it was new.

    The same content in whatever folder is the same delivery.
    """
    inserted = connection.execute(
        "insert into ops.deliveries (delivery_id, source, collection_id, kind, folder, as_of, "
        "content_sha256, supersedes) values (%s, %s, %s, %s, %s, %s, %s, %s) "
        "on conflict (delivery_id) do nothing",
        [manifest.delivery_id, manifest.source, manifest.collection, kind, folder,
         manifest.as_of, manifest.content_sha256, manifest.supersedes],
    ).rowcount  # fmt: skip
    if not inserted:
        return False
    for file in manifest.files:
        connection.execute(
            "insert into ops.delivery_tables (delivery_id, source, table_name, path, "
            "contract_version, sha256, bytes, rows_declared) values "
            "(%s, %s, %s, %s, %s, %s, %s, %s)",
            [manifest.delivery_id, manifest.source, file.table, file.path, file.contract,
             file.sha256, file.bytes, file.rows],
        )  # fmt: skip
    if manifest.returned is not None:
        _register_return(connection, manifest.delivery_id, manifest.returned)
    record_event(connection, manifest.delivery_id, "received", {"folder": folder})
    return True


def _register_return(connection: psycopg.Connection, delivery_id: str, returned: Returned) -> None:
    connection.execute(
        "insert into ops.returns (delivery_id, project_id, approval, laboratory, platform, "
        "platform_version, method, embargo_until, format) "
        "values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [delivery_id, returned.project, returned.approval, returned.laboratory,
         returned.platform, returned.platform_version, returned.method,
         returned.embargo_until, returned.format],
    )  # fmt: skip


def platform_of(connection: psycopg.Connection, delivery_id: str) -> str | None:
    """Return what a return was measured with, None of any other delivery."""
    row = connection.execute(
        "select platform from ops.returns where delivery_id = %s", [delivery_id]
    ).fetchone()
    return str(row[0]) if row else None


def note_successor(connection: psycopg.Connection, delivery: Delivery, successor: str) -> None:
    """Record that a refused delivery has been replaced by its correction."""
    connection.execute(
        "update ops.deliveries set superseded_by = %s where delivery_id = %s",
        [successor, delivery.delivery_id],
    )


def reopen(connection: psycopg.Connection, delivery: Delivery, folder: str) -> None:
    """Put a refused delivery back to `received`, because its files arrived again."""
    change_state(
        connection, delivery, "received", folder=folder, reason=None, settled_at=None,
        rows_received=0, rows_refused=0,
    )  # fmt: skip
    connection.execute(
        "delete from ops.check_results where run_kind = 'delivery' and run_id = %s",
        [delivery.delivery_id],
    )


def move(connection: psycopg.Connection, delivery: Delivery, folder: str) -> None:
    """Record that a delivery lies in another folder than the one it was first seen in."""
    connection.execute(
        "update ops.deliveries set folder = %s where delivery_id = %s",
        [folder, delivery.delivery_id],
    )


def register_unreadable(
    connection: psycopg.Connection, *, delivery_id: str, source: str, folder: str, digest: str,
    kind: str, reason: str,
) -> bool:  # fmt: skip
    """Write a delivery that is refused before it can be read; return whether it was new."""
    inserted = connection.execute(
        "insert into ops.deliveries (delivery_id, source, collection_id, kind, folder, "
        "content_sha256, state, reason, settled_at) values "
        "(%s, %s, 'unknown', %s, %s, %s, 'refused', %s, now()) on conflict do nothing",
        [delivery_id, source, kind, folder, digest, reason],
    ).rowcount
    if inserted:
        record_event(connection, delivery_id, "refused", {"reason": reason})
    return bool(inserted)


def change_state(
    connection: psycopg.Connection, delivery: Delivery, state: str, **values: Any
) -> None:
    """Move a delivery to another state and record the change.

    Raises:
        ValueError: The state machine has no such step; nothing a user does leads here.
    """
    current = get(connection, delivery.delivery_id, for_update=True)
    if state not in NEXT_STATES[current.state]:
        raise ValueError(f"{delivery.delivery_id}: no step from {current.state} to {state}")
    assignments = "".join(f", {name} = %({name})s" for name in values)
    is_end = state in ("accepted", "refused") or (state == "superseded" and not current.settled_at)
    settled = ", settled_at = clock_timestamp()" if is_end else ""
    connection.execute(
        f"update ops.deliveries set state = %(state)s{settled}{assignments} "
        "where delivery_id = %(delivery_id)s",
        {"state": state, "delivery_id": delivery.delivery_id, **values},
    )
    record_event(connection, delivery.delivery_id, state, values)


def record_event(
    connection: psycopg.Connection, delivery_id: str, state: str, detail: dict[str, Any]
) -> None:
    """Append to the delivery's history; settled states also enter the audit chain."""
    actor = get_settings().actor
    content = json.dumps(detail, default=str)
    connection.execute(
        "insert into ops.delivery_events (delivery_id, state, actor, detail) "
        "values (%s, %s, %s, %s)",
        [delivery_id, state, actor, content],
    )
    if state in SETTLED:
        connection.execute(
            "insert into ops.audit (actor, action, subject, detail) values (%s, %s, %s, %s)",
            [actor, f"delivery {state}", delivery_id, content],
        )
