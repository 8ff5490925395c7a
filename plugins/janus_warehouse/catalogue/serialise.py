"""Turtle and JSON-LD, byte for byte the same for the same graph.

There are no blank nodes, so sorting by IRI orders everything; a harvester that compares two
harvests sees a change only where something changed.
"""

import json
from typing import Any

from rdflib import RDF, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from janus_warehouse.catalogue.errors import CatalogueRefusedError
from janus_warehouse.catalogue.namespaces import PREFIXES


def to_turtle(graph: Graph) -> bytes:
    """Return the graph as Turtle in UTF-8, ending with a newline."""
    _refuse_blank_nodes(graph)
    return graph.serialize(format="turtle").strip().encode() + b"\n"


def to_jsonld(graph: Graph) -> bytes:
    """Return the graph as JSON-LD; its context is inside, so a reader needs no network."""
    _refuse_blank_nodes(graph)
    nodes = [_node(graph, subject) for subject in sorted(set(graph.subjects()), key=str)]
    context = {prefix: str(namespace) for prefix, namespace in sorted(PREFIXES.items())}
    document = {"@context": context, "@graph": nodes}
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def _refuse_blank_nodes(graph: Graph) -> None:
    blank = sum(isinstance(term, BNode) for triple in graph for term in triple)
    if blank:
        raise CatalogueRefusedError(
            f"expected an IRI for everything, found {blank} blank nodes: harvesters drop them, and "
            "their order changes from run to run"
        )


def _node(graph: Graph, subject: Node) -> dict[str, Any]:
    node: dict[str, Any] = {"@id": str(subject)}
    types = sorted(_short(o) for o in graph.objects(subject, RDF.type))
    if types:
        node["@type"] = types
    for predicate in sorted(set(graph.predicates(subject)) - {RDF.type}, key=str):
        terms = sorted(graph.objects(subject, predicate), key=lambda term: term.n3())
        node[_short(predicate)] = [_value(term) for term in terms]
    return node


def _value(term: Node) -> dict[str, str]:
    if isinstance(term, Literal):
        value = {"@value": str(term)}
        if term.language:
            value["@language"] = term.language
        elif term.datatype:
            value["@type"] = _short(term.datatype)
        return value
    return {"@id": str(term)}


def _short(iri: Node) -> str:
    """Return a prefixed name where one of our prefixes fits, otherwise the IRI."""
    assert isinstance(iri, URIRef)
    fitting = [
        (len(str(namespace)), prefix, str(namespace))
        for prefix, namespace in PREFIXES.items()
        if str(iri).startswith(str(namespace))
    ]
    if not fitting:
        return str(iri)
    _, prefix, namespace = max(fitting)
    local = str(iri)[len(namespace) :]
    return f"{prefix}:{local}" if local and "/" not in local else str(iri)
