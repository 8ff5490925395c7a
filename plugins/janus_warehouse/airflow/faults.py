"""Which faults Airflow tries again: those of the machinery, never those of the data."""

from collections.abc import Iterator
from contextlib import contextmanager

from janus_warehouse.errors import DeliveryNotReadyError, NotAvailableError, WarehouseError

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
