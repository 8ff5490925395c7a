"""Errors of the generator."""

from janus_warehouse.errors import WarehouseError


class InvalidPlanError(WarehouseError, ValueError):
    """A scale or seed that no bank can be made from."""
