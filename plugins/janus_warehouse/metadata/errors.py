"""What can be wrong with `metadata/`."""

from janus_warehouse.errors import WarehouseError


class MetadataError(WarehouseError):
    """A definition that cannot be used; every problem stands on its own line, `file:line: what`."""
