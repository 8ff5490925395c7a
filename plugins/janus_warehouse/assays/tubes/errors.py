"""What cannot be told of tubes."""

from janus_warehouse.errors import WarehouseError


class UnknownTubeError(WarehouseError, LookupError):
    """No inventory, shipment or project of that name is known."""
