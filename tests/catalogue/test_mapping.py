"""The mapping loses nothing: what was declared and computed comes back from the graph equal."""

import pytest
from rdflib import Graph, URIRef

from janus_warehouse.catalogue.graphs import dataset_iri
from janus_warehouse.catalogue.kinds import Context
from janus_warehouse.catalogue.mapping import AGENT, CONTACT, DATASET, LEGAL_BASIS, PURPOSE
from janus_warehouse.catalogue.namespaces import new_graph

NAMES = [
    "assay_measurements",
    "cancer_cases",
    "donors_and_samples",
    "farming_exposure",
    "follow_up",
    "nhanes_reference",
    "survey_variables",
]


@pytest.fixture(scope="module")
def context(facts):
    return Context("https://janus.example.org/", facts.vocabularies)


def through_the_graph(shape, record, context):
    iri = URIRef("https://janus.example.org/dataset/thing/1")
    graph = new_graph()
    shape.write(graph, iri, record, context)
    text = graph.serialize(format="turtle")
    return shape.read(Graph().parse(data=text, format="turtle"), iri, context)


def test_there_are_the_datasets_that_these_tests_know(facts):
    assert sorted(facts.datasets) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_declared_facts_come_back_equal(name, facts, context):
    record = facts.datasets[name].record()

    assert through_the_graph(DATASET, record, context) == record


@pytest.mark.parametrize("name", NAMES)
def test_the_published_document_says_the_whole_record(name, facts, given, edition, context):
    graph = edition.datasets[name]
    record = dict(edition.records[name])
    record.pop("sources", None)
    for table in record["variables"]["tables"].values():
        assert table["columns"], "a table without columns would come back equal too"

    assert DATASET.read(graph, dataset_iri(name, given), context) == record


@pytest.mark.parametrize(
    ("part", "shape", "count"),
    [
        ("agents", AGENT, 5),
        ("contact_points", CONTACT, 1),
        ("purposes", PURPOSE, 2),
        ("legal_bases", LEGAL_BASIS, 2),
    ],
)
def test_what_datasets_refer_to_comes_back_equal(part, shape, count, facts, context):
    records = facts.records(part)

    assert len(records) == count
    for record in records.values():
        assert through_the_graph(shape, record, context) == record


def test_every_key_of_a_shape_is_written_once(facts):
    keys = [line.key for line in DATASET.properties]

    assert len(keys) == len(set(keys))
