"""Opening a seal: once everything is back, by the curator, for a reason, for all to see."""

from dataclasses import dataclass

from janus_warehouse.assays.shipments.errors import SealedError
from janus_warehouse.assays.shipments.ledger import Progress, list_progress
from janus_warehouse.assays.shipments.seal import unseal
from janus_warehouse.platform.database import Role, connect
from janus_warehouse.platform.settings import get_settings


@dataclass(frozen=True)
class Opened:
    """What opening a shipment gave: study codes by status, duplicates included."""

    shipment_id: str
    cases: int
    controls: int


def open_shipment(shipment_id: str, *, reason: str) -> Opened:
    """Open the seal of a shipment and write its status into `governance.opened_status`.

    The database hands the seal out only if every code has a result, or a reason why it has none,
    by accepted returns, and it writes the opening into the audit chain in the same transaction.

    Args:
        shipment_id: Its name.
        reason: Why it is opened, in a sentence.

    Raises:
        UnknownShipmentError: None of that name was made here.
        SealedError: Codes are not back yet, it was opened before, or no reason was given.
    """
    [progress] = list_progress(shipment_id)
    _refuse_too_early(progress, reason)
    with connect(Role.curator) as connection:
        row = connection.execute(
            "select governance.open_seal(%s, %s, %s)", [shipment_id, get_settings().actor, reason]
        ).fetchone()
        assert row is not None, "the function gives the seal or raises"
        status = unseal(shipment_id, row[0]).status
        columns = [status[name].to_list() for name in status.columns]
        connection.execute(
            "insert into governance.opened_status "
            "(shipment_id, study_code, matched_status, set_number, duplicate_of) "
            "select %s, * from unnest(%s::text[], %s::text[], %s::int[], %s::text[])",
            [shipment_id, *columns],
        )
    cases = int((status["matched_status"] == "case").sum())
    return Opened(shipment_id, cases, status.height - cases)


def _refuse_too_early(progress: Progress, reason: str) -> None:
    """Raise with what is missing, in words; the database would refuse it as well."""
    shipment, codes = progress.shipment, progress.codes
    name = shipment.shipment_id
    if shipment.state == "opened":
        raise SealedError(
            f"{name} was opened on {shipment.opened_at:%Y-%m-%d} by {shipment.opened_by}; its "
            "status is in governance.opened_status and, after the next build, in dim_shipments"
        )
    if not reason.strip():
        raise SealedError(f"{name}: say why it is opened, with --reason; nothing was opened")
    if shipment.state == "making":
        raise SealedError(
            f"{name} was not finished: run the same `janus shipment make` again; nothing was opened"
        )
    if not progress.is_complete:
        raise SealedError(
            f"{name} stays sealed: of {progress.total:,} codes {codes['result']:,} have results "
            f"and {codes['reason']:,} a reason why not; {progress.total - progress.back:,} are not "
            f"back. `janus ingest` takes in what waits; ask {shipment.laboratory} for the rest "
            f"(`janus shipment show {name}`)"
        )
