"""Appending a return to the lake: one snapshot for one delivery, once, whole or not at all."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from pyiceberg.io.pyarrow import parquet_file_to_data_file
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Snapshot

from janus_warehouse.assays.lake.catalogue import among
from janus_warehouse.assays.lake.errors import LakeError
from janus_warehouse.assays.lake.writing import LakeFile

DELIVERY, CONTENT = "janus.delivery-id", "janus.content-sha256"
"""Properties of a snapshot: whose cells it added, and which."""


@dataclass(frozen=True)
class Append:
    """What stands in the lake of a delivery."""

    snapshot_id: int
    rows: int
    content_sha256: str


def append_files(
    table: Table, delivery_id: str, files: Sequence[LakeFile], content_sha256: str
) -> Append:
    """Make files part of a table, in one snapshot that names the delivery.

    A run that was killed before the ledger knew of its snapshot finds it done. One that would
    now enter other cells (a code was issued meanwhile) takes the place of the first: nobody has
    read that, for no ledger accepted it.

    Args:
        table: The table.
        delivery_id: Whose cells.
        files: The files that have them.
        content_sha256: What tells the same cells from others.
    """
    table.refresh()
    standing = standing_append(table, delivery_id)
    if standing is not None and standing.content_sha256 == content_sha256:
        return standing
    rows = sum(file.rows for file in files)
    properties = {DELIVERY: delivery_id, CONTENT: content_sha256}
    with table.transaction() as transaction:
        if standing is not None:
            transaction.delete(among("delivery_id", [delivery_id]))
        update = transaction.update_snapshot(snapshot_properties=properties)
        with update.fast_append() as producer:
            for file in files:
                producer.append_data_file(
                    parquet_file_to_data_file(table.io, table.metadata, file.path)
                )
    done = standing_append(table, delivery_id)
    if done is None or done.rows != rows:
        raise LakeError(
            f"{delivery_id}: {rows:,} rows were to be appended and the lake's snapshot has "
            f"{done.rows if done else 0:,}; nothing was accepted, run it again"
        )
    return done


def standing_append(table: Table, delivery_id: str) -> Append | None:
    """Return the last append of a delivery that the table's history has, or None."""
    for snapshot in reversed(history(table)):
        summary = snapshot.summary
        if summary is not None and summary[DELIVERY] == delivery_id:
            return Append(
                snapshot.snapshot_id,
                int(summary["added-records"] or 0),
                str(summary[CONTENT]),
            )
    return None


def content_hash(parts: Sequence[str]) -> str:
    """Return the hash that tells the same cells from others."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def history(table: Table) -> list[Snapshot]:
    """Return the snapshots that led to the current one, the first one first."""
    by_id = {snapshot.snapshot_id: snapshot for snapshot in table.snapshots()}
    chain = []
    current = table.current_snapshot()
    while current is not None:
        chain.append(current)
        current = by_id.get(current.parent_snapshot_id or -1)
    return chain[::-1]
