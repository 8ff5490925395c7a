"""What can go wrong with the catalogue, said so that its owner can mend it."""

from janus_warehouse.errors import WarehouseError
from janus_warehouse.metadata.errors import MetadataError


class CatalogueMetadataError(MetadataError):
    """Declared facts that cannot be used; every problem is listed with file and line."""


class CatalogueInputError(WarehouseError):
    """The release does not hold what the declared facts say is in it."""


class CatalogueRefusedError(WarehouseError):
    """A catalogue that breaks our shapes; nothing was published, and each breach is listed."""


class UnreadableRdfError(WarehouseError, ValueError):
    """A file that is not the RDF it claims to be; the message names file and line."""
