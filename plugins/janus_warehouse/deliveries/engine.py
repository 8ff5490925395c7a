"""The ingest engine: verify, load, check, hold, accept or refuse; each step safe to repeat.

A delivery's state in the ledger says what is done; a step that was killed left no trace,
because each is one transaction. Steps of one delivery never run twice at once: whoever comes
second waits for the lock and finds the work done.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from janus_warehouse.contracts import Contract, load_contracts
from janus_warehouse.contracts.sync import sync_contracts
from janus_warehouse.deliveries import ledger
from janus_warehouse.deliveries.check import check_delivery
from janus_warehouse.deliveries.decisions import standing_decision
from janus_warehouse.deliveries.endings import RETURNS as RETURNS
from janus_warehouse.deliveries.endings import make_up_for, wrap_up
from janus_warehouse.deliveries.landing import forget_local_copy, scan_landing
from janus_warehouse.deliveries.leaning import leans_on, waits_for
from janus_warehouse.deliveries.ledger import Delivery
from janus_warehouse.deliveries.load import is_landed, verify_and_load
from janus_warehouse.deliveries.outcome import ENDS, Outcome, outcome_of, waiting_outcome
from janus_warehouse.deliveries.settle import accept, refresh_statistics, refuse
from janus_warehouse.deliveries.tolerance import require_tolerable
from janus_warehouse.errors import (
    DeliveryNotReadyError,
    DeliveryRefusedError,
    NotAvailableError,
    UnknownDeliveryError,
    WarehouseError,
)
from janus_warehouse.platform.database import Role, connect
from janus_warehouse.platform.progress import Progress

log = logging.getLogger(__name__)

_ORDER = ("received", "verified", "loaded", "checked", "held", "accepted")
_PROGRESS_SECONDS = 0.5


def load(delivery_id: str) -> Outcome:
    """Verify a delivery's files and land their rows."""
    return _advance(delivery_id, "loaded")


def check(delivery_id: str) -> Outcome:
    """Count the failing rows of every rule, after what the delivery leans on is settled."""
    return _advance(delivery_id, "checked")


def settle(delivery_id: str) -> Outcome:
    """Accept the delivery, its failing rows in quarantine, or hold or refuse it; then report."""
    return _advance(delivery_id, "accepted")


def ingest(delivery_id: str) -> Outcome:
    """Bring a delivery from the landing zone to its end.

    A refusal is an outcome, not an exception: it stands in the ledger with its reason. So is
    `held`: a linkage that is in doubt waits until somebody has decided (`decide`).

    Raises:
        DeliveryNotReadyError: A file is still being copied.
        UnknownDeliveryError: The ledger has no such delivery.
    """
    return _advance(delivery_id, "accepted")


def _advance(delivery_id: str, target: str, visiting: frozenset[str] = frozenset()) -> Outcome:
    with _values_kept_back(delivery_id), connect(Role.loader, autocommit=True) as connection:
        delivery = _found(connection, delivery_id)
        if delivery.is_settled:
            make_up_for(connection, delivery)
            return outcome_of(delivery)
        contracts = _contracts_of(delivery)
        if target != "loaded":
            for other in leans_on(connection, delivery, contracts):
                if other.delivery_id not in visiting:
                    _advance(other.delivery_id, "accepted", visiting | {delivery_id})
            if held := waits_for(connection, delivery, contracts):
                return waiting_outcome(delivery, held)
        with _locked(connection, delivery_id), _reporting(delivery_id) as on_progress:
            delivery = _steps(connection, delivery_id, contracts, target, on_progress)
    return outcome_of(delivery)


def retry(delivery_id: str) -> None:
    """Put a refused delivery back to the start, after what it lacked has come.

    A linkage that arrived before its persons is refused for unknown persons, and its sender has
    nothing to mend.

    Raises:
        WarehouseError: The delivery was not refused, so there is nothing to try again.
    """
    from janus_warehouse.deliveries.report import remove_report

    with connect(Role.loader) as connection:
        delivery = ledger.get(connection, delivery_id)
        if delivery.state != "refused":
            raise WarehouseError(
                f"{delivery_id} is {delivery.state}; only a refused delivery is tried again"
            )
        if delivery.superseded_by is not None:
            raise WarehouseError(
                f"{delivery_id} was corrected by {delivery.superseded_by}; try that one again"
            )
        ledger.reopen(connection, delivery, delivery.folder)
    remove_report(delivery_id)


@contextmanager
def _values_kept_back(delivery_id: str) -> Iterator[None]:
    """Pass on what went wrong in the database without its message, which may quote a row.

    Raises:
        NotAvailableError: The server went away or gave way; the same step may be run again.
        WarehouseError: Any other fault of the database.
    """
    try:
        yield
    except psycopg.OperationalError as error:
        raise NotAvailableError(
            f"{delivery_id}: the database went away in mid-work ({type(error).__name__}); "
            "nothing was kept of the step, run it again"
        ) from None
    except psycopg.Error as error:
        raise WarehouseError(
            f"{delivery_id}: the database refused a step ({type(error).__name__}); nothing was "
            "kept of it. The contract allows what its column types cannot hold: correct the "
            "contract, or tell the maintainers"
        ) from None


def _found(connection: psycopg.Connection, delivery_id: str) -> Delivery:
    """Return the delivery, looking into the landing zone if the ledger has not met it yet."""
    try:
        return ledger.get(connection, delivery_id)
    except UnknownDeliveryError:
        scan_landing()
        return ledger.get(connection, delivery_id)


def _steps(
    connection: psycopg.Connection,
    delivery_id: str,
    contracts: dict[str, Contract],
    target: str,
    on_progress: Callable[[str, int, int], None],
) -> Delivery:
    delivery = _with_landed_rows(connection, delivery_id, contracts)
    try:
        while not delivery.is_settled and _ORDER.index(delivery.state) < _ORDER.index(target):
            if delivery.state == "received":
                verify_and_load(connection, delivery, contracts, on_progress)
            elif delivery.state == "loaded":
                check_delivery(connection, delivery, contracts, on_progress)
            elif not _enter(connection, delivery, contracts, on_progress):
                delivery = ledger.get(connection, delivery_id)
                break
            delivery = ledger.get(connection, delivery_id)
            log.info("%s is %s, %s rows", delivery_id, delivery.state, delivery.rows_received)
    except DeliveryRefusedError as error:
        _write_failing_rows(connection, delivery, contracts)
        refuse(connection, delivery, error)
        delivery = ledger.get(connection, delivery_id)
        log.warning("%s is refused", delivery_id)
    except DeliveryNotReadyError:
        forget_local_copy(delivery)  # it was fetched too early
        raise
    if delivery.state in ENDS:
        wrap_up(connection, delivery)
    return delivery


def _enter(
    connection: psycopg.Connection,
    delivery: Delivery,
    contracts: dict[str, Contract],
    on_progress: Callable[[str, int, int], None],
) -> bool:
    """Accept a checked delivery; tell False when it is held for a person instead."""
    from janus_warehouse.assays.gate import examine
    from janus_warehouse.linkages.figures import take_figures
    from janus_warehouse.linkages.holding import ComparisonOutdatedError, waits_for_decision

    if delivery.state == "checked":
        on_progress("compare", 0, 1)
        take_figures(connection, delivery, contracts)
        examine(connection, delivery, contracts)
        require_tolerable(connection, delivery, contracts)
        _write_failing_rows(connection, delivery, contracts)
    if waits_for_decision(connection, delivery, contracts):
        return False
    try:
        accept(connection, delivery, contracts, on_progress)
        tables = ledger.tables_of(connection, delivery.delivery_id)
        refresh_statistics([contracts[table.table_name] for table in tables])
    except ComparisonOutdatedError as error:
        log.info("%s", error)  # the loop compares it with what has entered meanwhile
    return True


def _with_landed_rows(
    connection: psycopg.Connection, delivery_id: str, contracts: dict[str, Contract]
) -> Delivery:
    """Return the delivery, back at `received` if a crash took its landed rows."""
    delivery = ledger.get(connection, delivery_id)
    enters = False
    if delivery.state == "held":
        # Without a decision nothing is done, and what is refused needs no rows.
        decision = standing_decision(connection, delivery_id)
        enters = decision is not None and decision.is_accepted
    if delivery.state in ("loaded", "checked") or enters:
        tables = ledger.tables_of(connection, delivery_id)
        if not is_landed(connection, tables, contracts):
            with connection.transaction():
                ledger.change_state(connection, delivery, "received")
            delivery = ledger.get(connection, delivery_id)
    return delivery


def _contracts_of(delivery: Delivery) -> dict[str, Contract]:
    contracts = load_contracts()
    sync_contracts(contracts)
    return {c.table: c for c in contracts if c.source == delivery.source}


@contextmanager
def _locked(connection: psycopg.Connection, delivery_id: str) -> Iterator[None]:
    """Hold the delivery against every other process; a lost connection lets go of it."""
    connection.execute("select pg_advisory_lock(hashtextextended(%s, 0))", [delivery_id])
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", [delivery_id])


@contextmanager
def _reporting(delivery_id: str) -> Iterator[Callable[[str, int, int], None]]:
    """Give a callback that writes progress at most every half second."""
    progress, last = Progress(delivery_id), {"at": 0.0}

    def on_progress(step: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now - last["at"] >= _PROGRESS_SECONDS:
            last["at"] = now
            progress.step(step, done, total)

    try:
        yield on_progress
    finally:
        progress.finish()


def _write_failing_rows(
    connection: psycopg.Connection, delivery: Delivery, contracts: dict[str, Contract]
) -> None:
    from janus_warehouse.deliveries.report import write_failing_rows

    if delivery.state == "checked":
        write_failing_rows(connection, delivery, contracts)
