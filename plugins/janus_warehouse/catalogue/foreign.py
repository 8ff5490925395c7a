"""Reading RDF that somebody else wrote: whole, or not at all with file and line."""

import json
import re
from pathlib import Path
from typing import Any
from xml.sax import SAXParseException

from rdflib import Graph
from rdflib.exceptions import ParserError

from janus_warehouse.catalogue.errors import UnreadableRdfError

FORMATS = {
    ".ttl": "turtle",
    ".rdf": "xml",
    ".xml": "xml",
    ".jsonld": "json-ld",
    ".json": "json-ld",
    ".nt": "nt",
}


def read_rdf(path: Path) -> Graph:
    """Return the graph of a Turtle, RDF/XML, JSON-LD or N-Triples file, told by its suffix.

    Nothing is fetched from the network; a JSON-LD file whose context is elsewhere is refused.

    Raises:
        UnreadableRdfError: The file is missing, of another kind, or does not parse. The message
            says where and why, and quotes nothing of the content.
    """
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise UnreadableRdfError(
            f"{path}: expected a file ending in {', '.join(FORMATS)}, found {path.suffix!r}"
        )
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableRdfError(f"{path}: cannot be read ({error.strerror})") from None
    try:
        if kind == "json-ld":
            _refuse_remote_context(path, json.loads(content))
        return Graph(bind_namespaces="none").parse(data=content, format=kind)
    except UnreadableRdfError:
        raise
    except (SyntaxError, ValueError, ParserError, SAXParseException, KeyError) as error:
        line, reason = _where_and_why(error)
        raise UnreadableRdfError(
            f"{path.name}:{line or '?'}: not readable as {kind}: {reason}. Nothing of the file was "
            "used; ask its publisher for a file that parses"
        ) from None


def _where_and_why(error: Exception) -> tuple[int | None, str]:
    """Return the line (from 1) and the reason, without the excerpt that parsers like to quote."""
    text = str(error)
    line = getattr(error, "lineno", None)
    if isinstance(error, SAXParseException):
        return error.getLineNumber(), error.getMessage()
    if line is None and (found := re.search(r"line (\d+)", text)):
        line = int(found.group(1))
    if found := re.search(r"Bad syntax \((.*?)\) at", text, re.DOTALL):
        return line, found.group(1)
    reason = getattr(error, "msg", None) or text.splitlines()[0] if text else type(error).__name__
    return line, str(reason)[:120]


def _refuse_remote_context(path: Path, document: Any) -> None:
    if isinstance(document, dict):
        contexts = document.get("@context", [])
        for context in contexts if isinstance(contexts, list) else [contexts]:
            if isinstance(context, str):
                raise UnreadableRdfError(
                    f"{path.name}: its JSON-LD context is at another address, and nothing is "
                    "fetched from the network: put the context into the file"
                )
        for value in document.values():
            _refuse_remote_context(path, value)
    elif isinstance(document, list):
        for value in document:
            _refuse_remote_context(path, value)
