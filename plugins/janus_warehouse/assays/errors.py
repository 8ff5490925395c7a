"""What can go wrong with a laboratory's file, told in the laboratory's words."""

from janus_warehouse.errors import DeliveryRefusedError, NotAvailableError


class UnknownLayoutError(DeliveryRefusedError):
    """No reader knows the file, or the file is not laid out as its format says."""


class NoMartsError(NotAvailableError):
    """The marts that something is read from have not been built, or are of an older edition."""
