"""What can go wrong with a shipment; messages count lines and show neither donors nor status."""

from janus_warehouse.errors import UnknownDeliveryError, WarehouseError


class ShipmentRefusedError(WarehouseError):
    """A shipment that must not be made; every reason is listed with its mend."""


class UnknownShipmentError(UnknownDeliveryError):
    """No shipment of that name was made here."""


class SealedError(WarehouseError):
    """A seal that may not be opened yet; says what is still missing."""


class LeakError(WarehouseError):
    """Files for a laboratory that tell more than they may; nothing was handed out."""
