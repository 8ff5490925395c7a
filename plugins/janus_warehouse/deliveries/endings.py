"""What is done when a delivery has come to its end, or waits for a person: archive and reports.

Each of it can be done again: what a crash left out is made up for at the next look.
"""

import logging

import psycopg

from janus_warehouse.deliveries import ledger
from janus_warehouse.deliveries.landing import forget_local_copy
from janus_warehouse.deliveries.ledger import Delivery

log = logging.getLogger(__name__)

RETURNS = "laboratories"
"""The source of laboratories' returns, whose native files are unpacked before they land."""


def wrap_up(connection: psycopg.Connection, delivery: Delivery) -> None:
    """Archive a settled return, forget what was fetched and unpacked, and write the reports."""
    if delivery.source == RETURNS:
        _archive(delivery)
    forget_local_copy(delivery)
    if delivery.source == RETURNS:
        from janus_warehouse.assays.unpacking import forget_unpacked

        for table in ledger.tables_of(connection, delivery.delivery_id):
            forget_unpacked(table.sha256)
    write_reports(delivery.delivery_id)


def make_up_for(connection: psycopg.Connection, delivery: Delivery) -> None:
    """Do what a crash kept from being done for a settled delivery."""
    from janus_warehouse.assays.archive import is_archived
    from janus_warehouse.deliveries.report import is_reported

    if delivery.source == RETURNS and not is_archived(delivery.delivery_id):
        if _is_as_it_was_judged(connection, delivery):
            _archive(delivery)
        else:
            log.warning(
                "%s is not archived: its files are not those that were accepted. Lay those into "
                "%s again and run `janus ingest %s`",
                delivery.delivery_id, delivery.folder, delivery.delivery_id,
            )  # fmt: skip
        forget_local_copy(delivery)
    if not is_reported(delivery.delivery_id, delivery.state):
        write_reports(delivery.delivery_id)


def write_reports(delivery_id: str) -> None:
    """Write every report of a delivery and the indexes."""
    from janus_warehouse.assays.gate.report import write_gate_report
    from janus_warehouse.deliveries.data_docs import write_index
    from janus_warehouse.deliveries.report import write_report
    from janus_warehouse.linkages.report import write_linkage_report

    write_linkage_report(delivery_id)
    write_gate_report(delivery_id)
    write_report(delivery_id)
    write_index()


def _is_as_it_was_judged(connection: psycopg.Connection, delivery: Delivery) -> bool:
    """Tell whether the files of an accepted return are still those that were accepted.

    A refused one may have been refused for not fitting its manifest, so nothing is asked of it.
    """
    from janus_warehouse.deliveries.landing import local_folder
    from janus_warehouse.deliveries.readers.source import fingerprint

    if delivery.state == "refused":
        return True
    folder = local_folder(delivery)
    declared = {(t.path, t.sha256) for t in ledger.tables_of(connection, delivery.delivery_id)}
    return all(
        (folder / path).exists() and fingerprint(folder / path)[0] == sha256
        for path, sha256 in declared
    )


def _archive(delivery: Delivery) -> None:
    """Keep the native files of a settled return, encrypted; an earlier try gives way."""
    from janus_warehouse.assays.archive import archive_folder
    from janus_warehouse.deliveries.landing import local_folder

    folder = local_folder(delivery)
    if delivery.is_settled and folder.exists():
        archive_folder(delivery.delivery_id, folder)
