"""Building the catalogue of a release: computed, checked at the gate, published at once."""

import logging
from dataclasses import dataclass
from pathlib import Path

from janus_warehouse.catalogue.declared import load_declared
from janus_warehouse.catalogue.edition import make_edition
from janus_warehouse.catalogue.gate import load_shapes, refuse_breaches
from janus_warehouse.catalogue.publication import publish
from janus_warehouse.catalogue.reading import read_input
from janus_warehouse.platform.settings import get_settings

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class CatalogueResult:
    """What was published: the catalogue file, the names of the datasets, the size of the graph."""

    path: Path
    datasets: tuple[str, ...]
    triples: int


def build_catalogue(release_name: str) -> CatalogueResult:
    """Publish the catalogue of a release under `<home>/catalogue`.

    The same release and metadata give the same bytes, and nothing changes then. When anything is
    wrong the catalogue that was published before stays as it was.

    Raises:
        UnknownReleaseError: There is no such release.
        MetadataError: The declared facts cannot be used; with file and line.
        CatalogueInputError: The release does not hold what the declared facts say.
        CatalogueRefusedError: The catalogue breaks our shapes; every breach is listed.
    """
    settings = get_settings()
    facts = load_declared(settings.metadata_dir)
    edition = make_edition(facts, read_input(release_name, facts))
    refuse_breaches(edition.documents, load_shapes(settings.metadata_dir / "shapes"))
    publish(edition.files, settings.catalogue_dir, release_name)
    result = CatalogueResult(
        path=settings.catalogue_dir / "catalogue.ttl",
        datasets=tuple(edition.records),
        triples=len(edition.catalogue),
    )
    logger.info(
        "catalogue of release %s: %d datasets, %d triples",
        release_name,
        len(result.datasets),
        result.triples,
    )
    return result
