"""What cannot be told of tubes."""

from janus_warehouse.errors import NotAvailableError, WarehouseError


class UnknownTubeError(WarehouseError, LookupError):
    """No inventory, shipment or project of that name is known."""


class NoTubeMartsError(NotAvailableError):
    """The marts of tubes have not been built."""
