"""The gate: what breaks our own shapes is not published.

Our shapes are in `metadata/shapes`, one file per profile and version, written from what the
profiles ask for. They ask more than the official ones where a reader of ours needs it (both
languages, no blank nodes), and they run in this process, so no publication depends on a server.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rdflib import RDF, SH, Graph

from janus_warehouse.catalogue.errors import CatalogueRefusedError

LISTED = 40
"""How many breaches an error lists; the rest are counted."""


@dataclass(frozen=True, order=True)
class Breach:
    """One thing that a shape does not accept: about what, which property, why."""

    focus: str
    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.focus} · {self.path} · {self.message}"


def load_shapes(folder: Path) -> Graph:
    """Return our shapes.

    Raises:
        CatalogueRefusedError: There are none: a gate without shapes would let anything through.
    """
    shapes = Graph()
    for path in sorted(folder.glob("*.ttl")):
        shapes.parse(path, format="turtle")
    if not list(shapes.subjects(RDF.type, SH.NodeShape)):
        raise CatalogueRefusedError(f"expected SHACL shapes in {folder}, found none")
    return shapes


def breaches(graph: Graph, shapes: Graph) -> list[Breach]:
    """Return every breach of the shapes, sorted; an empty list when the graph conforms."""
    import pyshacl

    conforms, report, _ = pyshacl.validate(
        graph, shacl_graph=shapes, do_owl_imports=False, advanced=False, inplace=False
    )
    if conforms:
        return []
    assert isinstance(report, Graph)
    return sorted(
        {_breach(report, result) for result in report.subjects(RDF.type, SH.ValidationResult)}
    )


def refuse_breaches(documents: Iterable[tuple[str, Graph]], shapes: Graph) -> None:
    """Check several graphs.

    Raises:
        CatalogueRefusedError: Some do not conform; the message lists file, node, path and why.
    """
    found = [f"{name}: {breach}" for name, graph in documents for breach in breaches(graph, shapes)]
    if found:
        more = f"\n… and {len(found) - LISTED} more" if len(found) > LISTED else ""
        raise CatalogueRefusedError(
            f"nothing was published: expected 0 breaches of metadata/shapes, found {len(found)}:\n"
            + "\n".join(found[:LISTED])
            + more
        )


def _breach(report: Graph, result) -> Breach:
    path = report.value(result, SH.resultPath)
    return Breach(
        focus=str(report.value(result, SH.focusNode)),
        path=_path(report, path),
        message=str(report.value(result, SH.resultMessage) or ""),
    )


def _path(report: Graph, path) -> str:
    if path is None:
        return "(the node itself)"
    inverse = report.value(path, SH.inversePath)
    if inverse is not None:
        return f"^{inverse}"
    alternatives = report.value(path, SH.alternativePath)
    if alternatives is not None:
        return "|".join(str(step) for step in report.items(alternatives))
    return str(path)
