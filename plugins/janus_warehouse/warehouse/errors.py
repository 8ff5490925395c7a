"""What can go wrong with a build."""

from janus_warehouse.errors import WarehouseError


class BuildFailedError(WarehouseError):
    """A model or a check of the house failed; the message names it and how many rows, no value."""


class UnknownSelectionError(BuildFailedError):
    """What was asked to be built by hand is no model; nothing was built."""
