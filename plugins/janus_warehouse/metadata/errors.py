"""What can be wrong with `metadata/`."""

from janus_warehouse.errors import WarehouseError


class MetadataError(WarehouseError):
    """A definition that cannot be used; every problem stands on its own line, `file:line: what`."""


class UnitError(WarehouseError):
    """A unit that is no UCUM, or two units of which one cannot become the other."""
