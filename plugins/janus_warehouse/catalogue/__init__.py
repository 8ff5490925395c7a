"""The catalogue: what the warehouse holds, said in DCAT so that other catalogues can harvest it.

`build_catalogue(release_name)` writes it; `docs/catalogue.md` tells a catalogue owner about it.
Imports are deferred, because rdflib and pySHACL are slow to load and most commands need neither.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from janus_warehouse.catalogue.build import CatalogueResult


def build_catalogue(release_name: str) -> "CatalogueResult":
    """Write, check and publish the catalogue of a release; see `catalogue.build`."""
    from janus_warehouse.catalogue.build import build_catalogue as build

    return build(release_name)


__all__ = ["build_catalogue"]
