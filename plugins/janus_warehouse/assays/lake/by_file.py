"""Wide returns file by file: what there is to stage before a delivery is loaded, and one of it.

Whatever cannot be staged here is left to load, which judges the delivery and tells its sender.
"""

import logging
from collections.abc import Iterable, Iterator
from contextlib import suppress

import psycopg

from janus_warehouse.assays.lake.stage import Stage
from janus_warehouse.assays.lake.staging import stage_one
from janus_warehouse.assays.unpacking import folder_fingerprint, native_paths, place_of
from janus_warehouse.contracts import load_contracts
from janus_warehouse.deliveries import ledger
from janus_warehouse.deliveries.landing import forget_local_copy, local_folder
from janus_warehouse.deliveries.ledger import Delivery, DeliveryTable
from janus_warehouse.errors import DeliveryRefusedError, UnknownDeliveryError
from janus_warehouse.platform.database import Role, connect

log = logging.getLogger(__name__)


def files_to_stage(delivery_ids: Iterable[str]) -> list[dict[str, str]]:
    """Return delivery and name of each native file whose cells go to the lake.

    A return whose folder is not what its manifest says (it is still being copied, or will be
    refused) has none.

    Args:
        delivery_ids: Deliveries of the ledger; those that do not go to the lake have none.
    """
    with connect(Role.loader) as connection:
        return [
            {"delivery_id": delivery_id, "file": name}
            for delivery_id in delivery_ids
            for name in _names(connection, delivery_id)
        ]


def stage_native_file(delivery_id: str, file: str) -> Stage:
    """Stage one file of a return where load looks for it, unless it is staged already.

    Args:
        delivery_id: The delivery.
        file: The file's name in the folder of native files, as `files_to_stage` gives it.

    Raises:
        DeliveryRefusedError: The file cannot be read, is gone, or holds a cell twice.
        UnknownDeliveryError: The ledger has no such delivery, or it does not go to the lake.
    """
    with connect(Role.loader) as connection:
        delivery = ledger.get(connection, delivery_id)
        table = _lake_table(connection, delivery)
    if table is None:
        raise UnknownDeliveryError(f"{delivery_id} has no table whose cells go to the lake")
    folder = local_folder(delivery) / table.path
    if not (folder / file).is_file():
        raise DeliveryRefusedError(f"{file}: not there any more; send the return again")
    return stage_one(folder, folder / file, place_of(table.sha256))


def _names(connection: psycopg.Connection, delivery_id: str) -> Iterator[str]:
    delivery = ledger.get(connection, delivery_id)
    table = _lake_table(connection, delivery)
    if table is None or delivery.is_settled:
        return
    folder = local_folder(delivery) / table.path
    # What is staged lies under the hash of the manifest: nothing else may get there.
    if not folder.is_dir() or folder_fingerprint(folder)[0] != table.sha256:
        log.info("%s is left to load: it is not what its manifest says", delivery_id)
        forget_local_copy(delivery)
        return
    with suppress(DeliveryRefusedError):  # no file of results, which load says to the sender
        yield from [path.relative_to(folder).as_posix() for path in native_paths(folder)]


def _lake_table(connection: psycopg.Connection, delivery: Delivery) -> DeliveryTable | None:
    """Return the table of a delivery whose cells go to the lake, or None."""
    in_lake = {c.table for c in load_contracts() if c.source == delivery.source and c.is_in_lake}
    tables = ledger.tables_of(connection, delivery.delivery_id)
    return next((table for table in tables if table.table_name in in_lake), None)
