"""What can go wrong with the lake."""

from janus_warehouse.errors import WarehouseError


class NothingInTheLakeError(WarehouseError):
    """The lake has nothing of what is asked for; says what it has."""


class LakeError(WarehouseError):
    """The lake is not as the ledger says, or a reader broke its promise."""
