"""What is done when a delivery has come to its end, or waits for a person: archive and reports.

Each of it can be done again: what a crash left out is made up for at the next look.
"""

import psycopg

from janus_warehouse.deliveries import ledger
from janus_warehouse.deliveries.landing import forget_local_copy
from janus_warehouse.deliveries.ledger import Delivery

RETURNS = "laboratories"
"""The source of laboratories' returns, whose native files are unpacked before they land."""


def wrap_up(connection: psycopg.Connection, delivery: Delivery) -> None:
    """Archive a settled return, forget what was fetched and unpacked, and write the reports."""
    if delivery.source == RETURNS:
        _archive(delivery, again=True)
    forget_local_copy(delivery)
    if delivery.source == RETURNS:
        from janus_warehouse.assays.unpacking import forget_unpacked

        for table in ledger.tables_of(connection, delivery.delivery_id):
            forget_unpacked(table.sha256)
    write_reports(delivery.delivery_id)


def make_up_for(delivery: Delivery) -> None:
    """Do what a crash kept from being done for a settled delivery."""
    from janus_warehouse.deliveries.report import is_reported

    if delivery.source == RETURNS:
        _archive(delivery, again=False)
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


def _archive(delivery: Delivery, *, again: bool) -> None:
    """Keep the native files of a settled return, encrypted.

    Args:
        delivery: The return.
        again: Whether it was judged just now, so that what was kept of an earlier try gives way.
    """
    from janus_warehouse.assays.archive import archive_folder, is_archived
    from janus_warehouse.deliveries.landing import local_folder

    if not delivery.is_settled or (is_archived(delivery.delivery_id) and not again):
        return
    folder = local_folder(delivery)
    if folder.exists():
        archive_folder(delivery.delivery_id, folder)
