"""Errors of the tools for surveys; none of them shows a value of a person."""

from janus_warehouse.errors import WarehouseError


class ScaffoldError(WarehouseError):
    """A file or codebook from which nothing can be proposed."""
