"""The gate refuses what the profile refuses, and nothing else gets in its place."""

import importlib.util
import sys

import pyshacl
import pytest
from rdflib import RDF, SH, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, FOAF

from janus_warehouse.catalogue.errors import CatalogueRefusedError
from janus_warehouse.catalogue.gate import breaches, load_shapes, refuse_breaches
from janus_warehouse.catalogue.graphs import dataset_iri
from janus_warehouse.catalogue.iris import mint
from janus_warehouse.catalogue.namespaces import CSVW, CV, DCAT, DCATAP, HEALTH, VCARD

OFFICIAL = ("non-public-shapes.ttl", "range.ttl", "mdr-vocabularies.shape.ttl")

MANDATORY = {
    "title": DCTERMS.title,
    "description": DCTERMS.description,
    "access rights": DCTERMS.accessRights,
    "applicable legislation": DCATAP.applicableLegislation,
    "identifier": DCTERMS.identifier,
    "theme": DCAT.theme,
    "health data access body": HEALTH.hdab,
    "health category": HEALTH.healthCategory,
    "structured data": HEALTH.hasStructuredData,
    "variables": HEALTH.hasVariables,
    "distribution": DCAT.distribution,
    "contact point": DCAT.contactPoint,
    "keyword": DCAT.keyword,
    "type": DCTERMS.type,
    "provenance": DCTERMS.provenance,
}
INSIDE = {
    "access address of a distribution": (DCAT.Distribution, DCAT.accessURL),
    "legislation of a distribution": (DCAT.Distribution, DCATAP.applicableLegislation),
    "name of an agent": (FOAF.Agent, FOAF.name),
    "contact of an agent": (FOAF.Agent, CV.contactPoint),
    "page of an agent's contact": (CV.ContactPoint, CV.contactPage),
    "address of a contact point": (VCARD.Kind, VCARD.hasURL),
    "table of the variables": (CSVW.TableGroup, CSVW.table),
    "columns of a table": (CSVW.Table, CSVW.column),
    "title of a table": (CSVW.Table, DCTERMS.title),
    "name of a column": (CSVW.Column, CSVW.name),
    "title of a column": (CSVW.Column, CSVW.title),
    "description of a column": (CSVW.Column, DCTERMS.description),
    "datatype of a column": (CSVW.Column, CSVW.datatype),
}


@pytest.fixture
def spoilt(edition):
    """The document of a dataset, to be spoilt."""
    return Graph() + edition.datasets["cancer_cases"]


@pytest.fixture(scope="module")
def official(shared):
    """The published shapes, as the published loader repairs them."""
    folder = shared / "shapes"
    spec = importlib.util.spec_from_file_location("load_shapes", folder / "load_shapes.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["load_shapes"] = module
    spec.loader.exec_module(module)
    graph, _ = module.load([str(folder / "healthdcat-ap-r8" / name) for name in OFFICIAL])
    assert len(list(graph.subjects(RDF.type, SH.NodeShape))) > 20
    return graph


def official_violations(graph, official):
    _, report, _ = pyshacl.validate(graph, shacl_graph=official, advanced=True, inplace=False)
    nested = set(report.objects(None, SH.detail))
    return [
        result
        for result in report.subjects(SH.resultSeverity, SH.Violation)
        if result not in nested
    ]


def test_every_document_of_an_edition_passes(edition, shapes):
    assert len(edition.documents) == 8
    refuse_breaches(edition.documents, shapes)


@pytest.mark.parametrize("what", sorted(MANDATORY))
def test_a_dataset_without_a_mandatory_property_is_refused(what, spoilt, shapes, given):
    iri = dataset_iri("cancer_cases", given)
    spoilt.remove((iri, MANDATORY[what], None))

    found = breaches(spoilt, shapes)

    assert {breach.focus for breach in found} == {str(iri)}
    assert str(MANDATORY[what]) in {breach.path for breach in found}


@pytest.mark.parametrize("what", sorted(INSIDE))
def test_a_part_without_a_mandatory_property_is_refused(what, spoilt, shapes):
    kind, predicate = INSIDE[what]
    node = min(spoilt.subjects(RDF.type, kind))
    assert (node, predicate, None) in spoilt
    spoilt.remove((node, predicate, None))

    assert str(node) in {breach.focus for breach in breaches(spoilt, shapes)}


@pytest.mark.parametrize("what", sorted({*MANDATORY} - {"title", "description"}))
def test_the_official_shapes_refuse_it_too(what, spoilt, official, given):
    assert not official_violations(spoilt, official)
    spoilt.remove((dataset_iri("cancer_cases", given), MANDATORY[what], None))

    assert official_violations(spoilt, official)


@pytest.mark.parametrize(
    ("predicate", "value", "message"),
    [
        pytest.param(
            DCTERMS.accessRights,
            URIRef("http://publications.europa.eu/resource/authority/access-right/PUBLIC"),
            "NON_PUBLIC",
            id="two access rights",
        ),
        pytest.param(HEALTH.numberOfRecords, Literal("many"), "whole number", id="count in words"),
        pytest.param(
            DCTERMS.conformsTo, URIRef("https://example.org/own"), "EHDS list", id="own standard"
        ),
        pytest.param(
            HEALTH.healthCategory, URIRef("https://example.org/EINS"), "scheme", id="own category"
        ),
        pytest.param(DCTERMS.title, Literal("A second", "en"), "one in English", id="two titles"),
    ],
)
def test_a_wrong_value_is_refused(predicate, value, message, spoilt, shapes, given):
    spoilt.add((dataset_iri("cancer_cases", given), predicate, value))

    assert any(message in breach.message for breach in breaches(spoilt, shapes))


def test_a_blank_node_is_refused(spoilt, shapes, given):
    spoilt.parse(data="[] a <http://xmlns.com/foaf/0.1/Agent> .", format="turtle")

    assert any("blank nodes" in breach.message for breach in breaches(spoilt, shapes))


def test_an_empty_catalogue_is_refused(edition, shapes):
    graph = Graph() + edition.catalogue
    graph.remove((mint("https://janus.example.org/", "catalogue"), DCAT.dataset, None))

    assert [b.path for b in breaches(graph, shapes)] == [str(DCAT.dataset)]


def test_the_refusal_lists_document_node_path_and_reason(spoilt, shapes, given):
    iri = dataset_iri("cancer_cases", given)
    spoilt.remove((iri, DCAT.keyword, None))

    with pytest.raises(CatalogueRefusedError) as caught:
        refuse_breaches([("datasets/cancer_cases.ttl", spoilt)], shapes)

    assert str(caught.value) == (
        "nothing was published: expected 0 breaches of metadata/shapes, found 1:\n"
        f"datasets/cancer_cases.ttl: {iri} · {DCAT.keyword} · a keyword is needed"
    )


def test_a_gate_without_shapes_is_closed(tmp_path):
    with pytest.raises(CatalogueRefusedError, match="expected SHACL shapes"):
        load_shapes(tmp_path)
