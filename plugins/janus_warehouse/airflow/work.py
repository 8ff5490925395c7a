"""The frame around our work in a task: what is tried again, and how long the work itself took."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from janus_warehouse.errors import (
    DeliveryNotReadyError,
    DeliveryRefusedError,
    NotAvailableError,
    WarehouseError,
)
from janus_warehouse.platform.faults import database_fault, places

if TYPE_CHECKING:
    from janus_warehouse.deliveries import Outcome

PASSING_FAULTS = (NotAvailableError, DeliveryNotReadyError)
"""A server that is away comes back, and a copy ends; a bad file stays bad."""

JOB = "airflow"
log = logging.getLogger(__name__)


@contextmanager
def warehouse_work() -> Iterator[None]:
    """Note when our work in this task begins and ends, and never repeat what cannot mend itself.

    The times, in `ops.progress`, tell Airflow's own share of a run from ours.

    Raises:
        AirflowFailException: An error of the data: any `WarehouseError` but a passing fault.
        DatabaseFaultError: An error of the database, without its message, which may quote
            values; where it arose is logged.
    """
    from airflow.sdk.exceptions import AirflowFailException

    from janus_warehouse.platform.progress import Progress

    progress, step = Progress(JOB), _this_task()
    progress.step(step, 0, 1)
    try:
        yield
        progress.step(step, 1, 1, "done")
    except WarehouseError as error:
        progress.step(step, 1, 1, "failed")
        if isinstance(error, PASSING_FAULTS):
            raise
        raise AirflowFailException(str(error)) from None
    except Exception as error:
        fault = database_fault(error)
        if fault is None:
            raise
        log.error("%s", places(error))
        # The server may be what is away, so this cannot be what raises.
        with suppress(Exception):
            progress.step(step, 1, 1, "failed")
        raise fault from None


def _this_task() -> str:
    from airflow.sdk import get_current_context

    task = get_current_context()["ti"]
    return f"{task.dag_id}/{task.run_id}/{task.task_id}/{task.map_index}"


def stop_when_refused(outcome: "Outcome") -> None:
    """Stop the chain of a delivery that the ledger holds as refused.

    Raises:
        DeliveryRefusedError: It is refused; the message is the one its sender reads.
    """
    if outcome.state == "refused":
        raise DeliveryRefusedError(outcome.reason)


def skip_when_waiting(outcome: "Outcome") -> None:
    """Skip the rest of a delivery's chain while what it leans on is held for a person.

    Raises:
        AirflowSkipException: It waits; the next run takes it up again.
    """
    from airflow.sdk.exceptions import AirflowSkipException

    if outcome.waits:
        raise AirflowSkipException(outcome.reason)
