"""What can go wrong with a laboratory's file, told in the laboratory's words."""

from janus_warehouse.errors import DeliveryRefusedError


class UnknownLayoutError(DeliveryRefusedError):
    """No reader knows the file, or the file is not laid out as its format says."""
