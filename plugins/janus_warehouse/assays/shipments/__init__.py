"""Shipments to laboratories: blinded, laid out, sealed and opened."""

from janus_warehouse.assays.shipments.errors import (
    LeakError,
    SealedError,
    ShipmentRefusedError,
    UnknownShipmentError,
)
from janus_warehouse.assays.shipments.layout import Design
from janus_warehouse.assays.shipments.ledger import (
    Progress,
    Shipment,
    codes_by_account,
    list_progress,
)
from janus_warehouse.assays.shipments.making import Made, laboratory_folder, make_shipment
from janus_warehouse.assays.shipments.opening import Opened, open_shipment
from janus_warehouse.assays.shipments.request import Request
from janus_warehouse.assays.shipments.reservations import free_tubes, reserve_tubes

__all__ = [
    "Design",
    "LeakError",
    "Made",
    "Opened",
    "Progress",
    "Request",
    "SealedError",
    "Shipment",
    "ShipmentRefusedError",
    "UnknownShipmentError",
    "codes_by_account",
    "free_tubes",
    "laboratory_folder",
    "list_progress",
    "make_shipment",
    "open_shipment",
    "reserve_tubes",
]
