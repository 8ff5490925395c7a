"""Which faults Airflow tries again: those of the machinery, never those of the data."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from janus_warehouse.errors import (
    DeliveryNotReadyError,
    DeliveryRefusedError,
    NotAvailableError,
    WarehouseError,
)

if TYPE_CHECKING:
    from janus_warehouse.deliveries import Outcome

PASSING_FAULTS = (NotAvailableError, DeliveryNotReadyError)
"""A server that is away comes back, and a copy ends; a bad file stays bad."""


@contextmanager
def no_retry_for_bad_data() -> Iterator[None]:
    """Turn an error of the data into a failure that Airflow does not try again.

    Raises:
        AirflowFailException: Any other `WarehouseError`, with its message.
    """
    from airflow.sdk.exceptions import AirflowFailException

    try:
        yield
    except PASSING_FAULTS:
        raise
    except WarehouseError as error:
        raise AirflowFailException(str(error)) from None


def stop_when_refused(outcome: "Outcome") -> None:
    """Stop the chain of a delivery that the ledger holds as refused.

    Raises:
        DeliveryRefusedError: It is refused; the message is the one its sender reads.
    """
    if outcome.state == "refused":
        raise DeliveryRefusedError(outcome.reason)
