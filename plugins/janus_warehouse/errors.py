"""Errors a data manager can act on. Messages count and locate; they never show a value."""


class WarehouseError(Exception):
    """Base of every error this project raises on purpose."""


class NotAvailableError(WarehouseError):
    """Something the work needs is not installed, not running or not reachable."""


class ContractError(WarehouseError):
    """A contract file that cannot be used; every problem is listed with file and line."""


class DeliveryRefusedError(WarehouseError):
    """A delivery that must not enter; the message is what the sender reads."""


class DeliveryNotReadyError(WarehouseError):
    """A delivery that is still being copied: nothing is wrong yet, look again later."""


class UnknownDeliveryError(WarehouseError):
    """No delivery of that id is in the ledger or the landing zone."""
