"""Where the names of things come from: every IRI of ours is minted here and nowhere else."""

import re
from urllib.parse import quote

from rdflib import URIRef

from janus_warehouse.catalogue.errors import CatalogueMetadataError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def mint(base: str, kind: str, name: str = "", version: str = "", part: str = "") -> URIRef:
    """Return the IRI `<base><kind>[/<name>[/<version>[/<part>]]]`.

    The same arguments give the same IRI for ever: a dataset of a release keeps its name when the
    warehouse moves to another server, because `base` is a setting.

    Args:
        base: Where our names live, ending in `/` or `#`.
        kind: What is named: `dataset`, `agent`, `delivery`, `catalogue`, …
        name: Which one of the kind.
        version: Which edition; the name of the release for a dataset.
        part: A thing that has no life of its own, such as `temporal` or `distribution/csv`.

    Raises:
        CatalogueMetadataError: A name or version that would need escaping, so that two writings
            of one name could be two IRIs.
    """
    for word in (name, version):
        if word and not NAME.fullmatch(word):
            raise CatalogueMetadataError(
                f'"{word}" cannot be part of an IRI: expected letters, digits, ".", "_" and "-"'
            )
    steps = [step for step in (kind, name, version, quote(part, safe="/-._")) if step]
    return URIRef(base + "/".join(steps))
