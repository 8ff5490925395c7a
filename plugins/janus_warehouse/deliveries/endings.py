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
    """Forget what was fetched and unpacked, archive a settled return, and write the reports."""
    if delivery.source == RETURNS:
        _forget_work(connection, delivery)
        _archive(delivery)
    forget_local_copy(delivery)
    write_reports(delivery.delivery_id)


def make_up_for(connection: psycopg.Connection, delivery: Delivery) -> None:
    """Do what a crash kept from being done for a settled delivery."""
    from janus_warehouse.assays.archive import is_archived
    from janus_warehouse.deliveries.report import is_reported

    if delivery.source == RETURNS and not is_archived(delivery.delivery_id):
        _forget_work(connection, delivery)
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


def _forget_work(connection: psycopg.Connection, delivery: Delivery) -> None:
    """Remove what was unpacked, and lake files of runs that were killed.

    It comes before the archive, whose lack tells the next look that something was left out.
    """
    from janus_warehouse.assays.platforms import IN_LAKE
    from janus_warehouse.assays.unpacking import forget_unpacked

    tables = ledger.tables_of(connection, delivery.delivery_id)
    for sha256 in {table.sha256 for table in tables}:
        forget_unpacked(sha256)
    if delivery.is_settled and ledger.platform_of(connection, delivery.delivery_id) in IN_LAKE:
        from janus_warehouse.assays.lake.strays import forget_strays_of

        forget_strays_of(delivery.delivery_id)


def _archive(delivery: Delivery) -> None:
    """Keep the native files of a settled return, encrypted; an earlier try gives way."""
    from janus_warehouse.assays.archive import archive_folder
    from janus_warehouse.deliveries.landing import local_folder

    folder = local_folder(delivery)
    if delivery.is_settled and folder.exists():
        archive_folder(delivery.delivery_id, folder)
