"""A whole edition of the catalogue in memory: its graphs and every file of it."""

import logging
from dataclasses import dataclass, replace

from rdflib import Graph

from janus_warehouse.catalogue.declared import DeclaredFacts
from janus_warehouse.catalogue.describe import dataset_files, describe_dataset
from janus_warehouse.catalogue.errors import CatalogueInputError
from janus_warehouse.catalogue.graphs import catalogue_graph, dataset_graph
from janus_warehouse.catalogue.inputs import CatalogueInput
from janus_warehouse.catalogue.mapping import Record
from janus_warehouse.catalogue.notices import with_notices
from janus_warehouse.catalogue.pages import catalogue_page, dataset_page
from janus_warehouse.catalogue.serialise import to_jsonld, to_turtle

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Edition:
    """What is published: records, graphs, and files by their path inside the catalogue."""

    records: dict[str, Record]
    catalogue: Graph
    datasets: dict[str, Graph]
    files: dict[str, bytes]

    @property
    def documents(self) -> list[tuple[str, Graph]]:
        """Every graph that is published, with the name of its file."""
        named = [(f"datasets/{name}.ttl", graph) for name, graph in self.datasets.items()]
        return [("catalogue.ttl", self.catalogue), *named]


def make_edition(facts: DeclaredFacts, given: CatalogueInput) -> Edition:
    """Return the edition of a release; the same release gives the same bytes.

    A dataset that has nobody in the release is left out: its collection was not delivered.

    Raises:
        CatalogueInputError: The release lacks what a dataset says is in it, or holds nobody.
    """
    facts = with_notices(_with_people(facts, given), given)
    files: dict[str, bytes] = {}
    for name, dataset in facts.datasets.items():
        files |= dataset_files(name, dataset, given)
    records = {
        name: describe_dataset(name, facts.datasets, given, files) for name in facts.datasets
    }
    datasets = {name: dataset_graph(name, record, facts, given) for name, record in records.items()}
    catalogue = catalogue_graph(records, facts, given)
    for name, graph in datasets.items():
        files[f"datasets/{name}.ttl"] = to_turtle(graph)
        files[f"datasets/{name}.jsonld"] = to_jsonld(graph)
        files[f"datasets/{name}.html"] = dataset_page(name, records[name], facts, given, files)
    files["catalogue.ttl"] = to_turtle(catalogue)
    files["catalogue.jsonld"] = to_jsonld(catalogue)
    files["index.html"] = catalogue_page(records, facts, given)
    return Edition(records, catalogue, datasets, files)


def _with_people(facts: DeclaredFacts, given: CatalogueInput) -> DeclaredFacts:
    held = {
        name: dataset
        for name, dataset in facts.datasets.items()
        if given.counts[name].individuals > 0
    }
    for name in sorted(set(facts.datasets) - set(held)):
        logger.warning(
            "dataset %s is left out: release %s holds nobody of it", name, given.release.name
        )
    if not held:
        raise CatalogueInputError(
            f"expected people in at least one of {len(facts.datasets)} datasets, release "
            f"{given.release.name} holds none; cut a release after a build on accepted deliveries"
        )
    return replace(facts, datasets=held)
