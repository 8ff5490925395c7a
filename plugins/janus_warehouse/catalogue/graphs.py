"""Two views of one set of records: a document per dataset, and the whole catalogue.

A dataset's document holds no `dcat:Catalog`: the European validator reads a catalogue as one more
dataset and finds it lacking everything a dataset must have. For the same reason it names no other
dataset as `dct:source`, which would have to be described in full; the catalogue does.
"""

from collections.abc import Iterable, Mapping

from rdflib import Graph, URIRef

from janus_warehouse.catalogue import completeness
from janus_warehouse.catalogue.declared import DeclaredFacts
from janus_warehouse.catalogue.inputs import CatalogueInput
from janus_warehouse.catalogue.iris import mint
from janus_warehouse.catalogue.kinds import Context, Part, Ref
from janus_warehouse.catalogue.mapping import (
    AGENT,
    CATALOGUE,
    CONTACT,
    DATASET,
    DELIVERY,
    LEGAL_BASIS,
    METRIC,
    PURPOSE,
    RELEASE,
    Record,
    Shape,
)
from janus_warehouse.catalogue.namespaces import new_graph
from janus_warehouse.catalogue.vocabularies import describe_concepts

CATALOGUE_ONLY = ("sources",)
"""Keys of a dataset that its own document leaves out."""


def dataset_graph(name: str, record: Record, facts: DeclaredFacts, given: CatalogueInput) -> Graph:
    """Return the document of one dataset: everything it refers to is described in it."""
    shown = {key: value for key, value in record.items() if key not in CATALOGUE_ONLY}
    graph = new_graph()
    _write_dataset(graph, name, shown, facts, given)
    describe_concepts(graph, facts.vocabularies)
    return graph


def catalogue_graph(
    records: Mapping[str, Record], facts: DeclaredFacts, given: CatalogueInput
) -> Graph:
    """Return the catalogue with all its datasets."""
    graph = new_graph()
    for name, record in records.items():
        _write_dataset(graph, name, record, facts, given)
    record = facts.catalogue_record() | {
        "identifier": str(mint(given.base_iri, "catalogue")),
        "issued": given.release.created_at,
        "modified": given.release.created_at,
        "datasets": [str(dataset_iri(name, given)) for name in records],
    }
    iri = mint(given.base_iri, "catalogue")
    context = Context(given.base_iri, facts.vocabularies)
    CATALOGUE.write(graph, iri, record, context)
    _write_referred(graph, CATALOGUE, record, _known(facts, given), context)
    describe_concepts(graph, facts.vocabularies)
    return graph


def dataset_iri(name: str, given: CatalogueInput) -> URIRef:
    """Return the IRI of a dataset as it is in this release."""
    return mint(given.base_iri, "dataset", name, given.release.name)


def _write_dataset(
    graph: Graph, name: str, record: Record, facts: DeclaredFacts, given: CatalogueInput
) -> None:
    context = Context(given.base_iri, facts.vocabularies)
    DATASET.write(graph, dataset_iri(name, given), record, context)
    _write_referred(graph, DATASET, record, _known(facts, given), context)


def _known(
    facts: DeclaredFacts, given: CatalogueInput
) -> Mapping[str, tuple[Shape, Mapping[str, Record]]]:
    """Return, for each kind of thing that is referred to by name, its shape and its records."""
    release = given.release
    return {
        "agent": (AGENT, facts.records("agents")),
        "contact": (CONTACT, facts.records("contact_points")),
        "purpose": (PURPOSE, facts.records("purposes")),
        "legal-basis": (LEGAL_BASIS, facts.records("legal_bases")),
        "metric": (METRIC, {completeness.METRIC: completeness.METRIC_RECORD}),
        "delivery": (
            DELIVERY,
            {
                delivery.delivery_id: {
                    "identifier": delivery.delivery_id,
                    "title": {
                        "nb": f"Leveranse fra {delivery.source} per {delivery.as_of}",
                        "en": f"Delivery of {delivery.source} as of {delivery.as_of}",
                    },
                }
                for delivery in release.deliveries
            },
        ),
        "release": (
            RELEASE,
            {
                release.name: {
                    "identifier": release.name,
                    "label": {
                        "nb": f"Frysing av utgave {release.name}",
                        "en": f"Freezing of release {release.name}",
                    },
                    "ended": release.created_at,
                    "software_version": release.code_version,
                }
            },
        ),
    }


def _write_referred(
    graph: Graph,
    shape: Shape,
    record: Record,
    known: Mapping[str, tuple[Shape, Mapping[str, Record]]],
    context: Context,
) -> None:
    """Describe every agent, purpose, delivery … that the record or a part of it names."""
    for key, _, kind in shape.properties:
        if isinstance(kind, Part) and record.get(key):
            for part in record[key].values() if kind.many else [record[key]]:
                _write_referred(graph, kind.shape, part, known, context)
        if isinstance(kind, Ref) and record.get(key):
            of, records = known[kind.kind]
            for name in _names(record[key]):
                of.write(graph, mint(context.base, kind.kind, name), records[name], context)


def _names(value: str | list[str]) -> Iterable[str]:
    return value if isinstance(value, list) else [value]
