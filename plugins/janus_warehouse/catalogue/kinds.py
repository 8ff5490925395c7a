"""The kinds of values in the RDF mapping; each knows the way to the graph and the way back.

A kind turns the plain value of a record (text, numbers, codes, lists, nested records) into RDF
terms and the terms into the same value, so that no mapping is written twice. A list comes back
sorted, because a graph has no order.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from rdflib import RDF, XSD, Graph, Literal, URIRef
from rdflib.term import Node

from janus_warehouse.catalogue.iris import mint

if TYPE_CHECKING:
    from janus_warehouse.catalogue.mapping import Shape
    from janus_warehouse.catalogue.vocabularies import Vocabulary

LANGUAGES = ("en", "nb")


@dataclass(frozen=True)
class Context:
    """What the kinds need to know beside the value."""

    base: str
    vocabularies: Mapping[str, "Vocabulary"]


class Kind(Protocol):
    """A kind of value."""

    def write(self, graph: Graph, subject: URIRef, value: Any, context: Context) -> Iterable[Node]:
        """Return the terms that say `value` of `subject`; adds what else must be said."""

    def read(self, graph: Graph, subject: URIRef, terms: list[Node], context: Context) -> Any:
        """Return the value that the terms say, None when they say nothing of this kind."""


@dataclass(frozen=True)
class Text:
    """`{"en": …, "nb": …}`: one text in each language, or a list of texts when `many`."""

    many: bool = False

    def write(self, graph, subject, value, context):
        for language, texts in value.items():
            for text in texts if self.many else [texts]:
                yield Literal(text, language)

    def read(self, graph, subject, terms, context):
        texts: dict[str, Any] = {}
        for term in sorted(t for t in terms if isinstance(t, Literal) and t.language):
            language = str(term.language)
            if self.many:
                texts.setdefault(language, []).append(str(term))
            else:
                texts[language] = str(term)
        return texts or None


@dataclass(frozen=True)
class Plain:
    """A text that belongs to no language."""

    many: bool = False

    def write(self, graph, subject, value, context):
        for text in value if self.many else [value]:
            yield Literal(text)

    def read(self, graph, subject, terms, context):
        return _one_or_many(self.many, (str(term) for term in terms if isinstance(term, Literal)))


@dataclass(frozen=True)
class Typed:
    """A whole number, yes or no, a moment, a duration or a hash: a literal with an XSD type."""

    datatype: URIRef

    def write(self, graph, subject, value, context):
        if isinstance(value, datetime):
            value = value.isoformat(timespec="seconds")
        if isinstance(value, bool):
            value = str(value).lower()
        yield Literal(value, datatype=self.datatype)

    def read(self, graph, subject, terms, context):
        if not terms:
            return None
        text = str(terms[0])
        if self.datatype == XSD.boolean:
            return text == "true"
        if self.datatype == XSD.nonNegativeInteger:
            return int(text)
        if self.datatype == XSD.decimal:
            return Decimal(text)
        return datetime.fromisoformat(text) if self.datatype == XSD.dateTime else text


@dataclass(frozen=True)
class Iri:
    """The IRI of something described elsewhere; `types` says in the graph what it is."""

    many: bool = False
    types: tuple[URIRef, ...] = ()

    def write(self, graph, subject, value, context):
        for iri in value if self.many else [value]:
            for name in self.types:
                graph.add((URIRef(iri), RDF.type, name))
            yield URIRef(iri)

    def read(self, graph, subject, terms, context):
        return _one_or_many(self.many, (str(term) for term in terms if isinstance(term, URIRef)))


@dataclass(frozen=True)
class Code:
    """The code of a concept in a controlled vocabulary."""

    vocabulary: str
    many: bool = False

    def write(self, graph, subject, value, context):
        vocabulary = context.vocabularies[self.vocabulary]
        return [vocabulary.iri(code) for code in (value if self.many else [value])]

    def read(self, graph, subject, terms, context):
        vocabulary = context.vocabularies[self.vocabulary]
        codes = (vocabulary.code(term) for term in terms if isinstance(term, URIRef))
        return _one_or_many(self.many, (code for code in codes if code))


@dataclass(frozen=True)
class Ref:
    """The name of something of ours that has its own record: an agent, a purpose, a delivery."""

    kind: str
    many: bool = False

    def write(self, graph, subject, value, context):
        return [mint(context.base, self.kind, name) for name in (value if self.many else [value])]

    def read(self, graph, subject, terms, context):
        start = f"{context.base}{self.kind}/"
        names = (str(t)[len(start) :] for t in terms if str(t).startswith(start))
        return _one_or_many(self.many, names)


@dataclass(frozen=True)
class Part:
    """A record inside the record; its IRI is that of its owner plus `segment`.

    When `many`, the value is a dict: the key of each record ends its IRI.
    """

    shape: "Shape"
    segment: str
    many: bool = False

    def write(self, graph, subject, value, context):
        for name, record in value.items() if self.many else [("", value)]:
            iri = URIRef(f"{subject}/{self.segment}" + (f"/{name}" if name else ""))
            self.shape.write(graph, iri, record, context)
            yield iri

    def read(self, graph, subject, terms, context):
        start = f"{subject}/{self.segment}"
        records = {
            str(term)[len(start) + 1 :]: self.shape.read(graph, term, context)
            for term in sorted(terms)
            if isinstance(term, URIRef) and str(term).startswith(start)
        }
        if not records:
            return None
        return records if self.many else next(iter(records.values()))


def _one_or_many(many: bool, values: Iterable[str]) -> Any:
    ordered = sorted(values)
    if not ordered:
        return None
    return ordered if many else ordered[0]
