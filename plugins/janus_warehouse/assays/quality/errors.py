"""Errors about the quality of returns."""

from janus_warehouse.errors import NotAvailableError, WarehouseError


class NoQualityError(WarehouseError):
    """The delivery is no return whose results count."""


class NoQualityMartsError(NotAvailableError):
    """The marts that the page is made from have not been built."""
