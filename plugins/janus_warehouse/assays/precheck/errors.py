"""Errors of a check before sending."""

from janus_warehouse.errors import NotAvailableError, WarehouseError


class NoReturnError(WarehouseError):
    """A folder that holds no return, or a list that is none of a shipment."""


class NothingKnownError(NotAvailableError):
    """Neither a warehouse nor the list of what was sent is there to check a return against."""
