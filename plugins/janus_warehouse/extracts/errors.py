"""What can be wrong with an extract; messages count and locate, they never show a value."""

from janus_warehouse.errors import WarehouseError


class ExtractError(WarehouseError):
    """An extract that cannot be built or trusted."""


class IdentityNumberFoundError(ExtractError):
    """A delivered column holds something that looks like a national identity number."""


class SliceRefusedError(ExtractError):
    """A slice of the lake that nobody has approved, or that a release does not have."""


class UnknownExtractError(ExtractError):
    """No extract of that project and release was built here."""
