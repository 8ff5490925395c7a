"""Errors about the quality of returns."""

from janus_warehouse.errors import WarehouseError


class NoQualityError(WarehouseError):
    """The delivery is no return whose results count."""
