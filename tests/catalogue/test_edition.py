"""An edition: a reference document, the same bytes every time, and no small count anywhere."""

import csv
import dataclasses
import hashlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import DCTERMS, PROV, RDF

from janus_warehouse.catalogue.edition import make_edition
from janus_warehouse.catalogue.errors import CatalogueInputError
from janus_warehouse.catalogue.gate import refuse_breaches
from janus_warehouse.catalogue.graphs import dataset_iri
from janus_warehouse.catalogue.inputs import Counts
from janus_warehouse.catalogue.namespaces import ADMS, DCAT, HEALTH

HERE = Path(__file__).parent
GOLDEN = HERE / "golden" / "cancer_cases.ttl"

FINGERPRINT = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from datetime import UTC, datetime
from conftest import *
release = release_facts(
    "2022.1", datetime(2026, 3, 2, 8, 30, tzinfo=UTC), release_manifest(), dbt_manifest()
)
facts = load_declared(METADATA)
counts = dict.fromkeys(facts.datasets, COUNTS)
cells = dict.fromkeys(MATRICES, CELLS)
given = CatalogueInput(release, counts, "https://janus.example.org/", 5, cells)
for path, content in sorted(make_edition(facts, given).files.items()):
    print(path, hashlib.sha256(content).hexdigest())
"""


def with_counts(given, **changes):
    counts = {name: dataclasses.replace(counts, **changes) for name, counts in given.counts.items()}
    return dataclasses.replace(given, counts=counts)


def test_the_document_of_a_dataset_is_the_reference(edition):
    found = edition.files["datasets/cancer_cases.ttl"].decode()
    if os.environ.get("UPDATE_GOLDENS"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(found)

    assert found == GOLDEN.read_text()


def test_another_process_writes_the_same_bytes(edition):
    expected = [
        f"{path} {hashlib.sha256(content).hexdigest()}"
        for path, content in sorted(edition.files.items())
    ]
    for seed in ("1", "2"):
        found = subprocess.run(
            [sys.executable, "-c", FINGERPRINT, str(HERE)],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert found.stdout.splitlines() == expected


def test_turtle_and_jsonld_say_the_same(edition):
    for name in ["catalogue", *(f"datasets/{name}" for name in edition.datasets)]:
        turtle = Graph().parse(data=edition.files[f"{name}.ttl"], format="turtle")
        jsonld = Graph().parse(data=edition.files[f"{name}.jsonld"], format="json-ld")
        assert len(turtle) > 200
        assert isomorphic(turtle, jsonld)


def test_everything_has_an_iri(edition):
    for _, graph in edition.documents:
        assert not [term for triple in graph for term in triple if isinstance(term, BNode)]


def test_a_dataset_document_holds_one_dataset_and_no_catalogue(edition, given):
    for name, graph in edition.datasets.items():
        assert list(graph.subjects(RDF.type, DCAT.Dataset)) == [dataset_iri(name, given)]
        assert not list(graph.subjects(RDF.type, DCAT.Catalog))


def test_the_catalogue_holds_every_dataset(edition, given):
    listed = set(edition.catalogue.objects(None, DCAT.dataset))

    assert listed == {dataset_iri(name, given) for name in edition.records}
    assert listed == set(edition.catalogue.subjects(RDF.type, DCAT.Dataset))


def test_counts_for_analysis_are_not_offered_as_the_data(edition):
    graph = edition.catalogue
    derived = set(graph.objects(None, HEALTH.analytics)) | set(graph.objects(None, ADMS.sample))

    assert len(derived) >= 12
    assert not derived & set(graph.objects(None, DCAT.distribution))


def test_figures_are_those_of_the_release(edition):
    record = edition.records["cancer_cases"]

    assert record["number_of_records"] == 1234
    assert record["number_of_individuals"] == 900
    assert record["issued"].isoformat() == "2026-03-02T08:30:00+00:00"


def test_the_typical_age_and_period_do_not_point_at_one_person(edition):
    # One donor of 19 and three of 20 are fewer than five; so are the two of 97.
    record = edition.records["cancer_cases"]

    assert (record["min_typical_age"], record["max_typical_age"]) == (21, 80)
    assert record["temporal"]["start"].date().isoformat() == "1973-01-01"
    assert record["temporal"]["end"].date().isoformat() == "1990-12-31"


def test_a_period_does_not_end_after_the_release(facts, given):
    edition = make_edition(facts, with_counts(given, last_years={2026: 900}))

    assert edition.records["cancer_cases"]["temporal"]["end"].date().isoformat() == "2026-03-02"


def test_a_dataset_of_few_people_has_no_figures(facts, given):
    few = Counts(
        records=321, individuals=4, first_ages={40: 4}, last_ages={41: 4}, cells={("all", "men"): 4}
    )
    counts = dict.fromkeys(given.counts, few)
    edition = make_edition(facts, dataclasses.replace(given, counts=counts))

    for _, graph in edition.documents:
        for predicate in (
            HEALTH.numberOfRecords,
            HEALTH.numberOfUniqueIndividuals,
            HEALTH.minTypicalAge,
            HEALTH.maxTypicalAge,
            DCTERMS.temporal,
        ):
            assert not list(graph.objects(None, predicate))
    assert b"321" not in edition.files["datasets/cancer_cases.ttl"]
    assert b"withheld" in edition.files["datasets/cancer_cases.html"]


def test_a_dataset_of_nobody_is_left_out_and_not_referred_to(facts, given, caplog):
    counts = {**given.counts, "follow_up": Counts(records=0, individuals=0)}
    edition = make_edition(facts, dataclasses.replace(given, counts=counts))

    assert sorted(edition.records) == sorted(set(facts.datasets) - {"follow_up"})
    assert not [path for path in edition.files if "follow_up" in path and "sample" not in path]
    assert b"dataset/follow_up" not in edition.files["catalogue.ttl"]
    assert "dataset follow_up is left out" in caplog.text


def test_a_release_of_nobody_is_refused(facts, given):
    counts = dict.fromkeys(given.counts, Counts(records=0, individuals=0))

    with pytest.raises(CatalogueInputError, match="at least one of 7 datasets"):
        make_edition(facts, dataclasses.replace(given, counts=counts))


def test_the_published_counts_withhold_the_small_one_and_its_company(edition):
    text = edition.files["datasets/cancer_cases/counts.csv"].decode()
    rows = {(row["group"], row["sex"]): row for row in csv.DictReader(io.StringIO(text))}

    assert rows["total", "total"]["individuals"] == "900"
    withheld = {key for key, row in rows.items() if row["status"] == "withheld"}
    assert withheld == {
        ("1970-1974", "men"),
        ("1970-1974", "women"),
        ("1980-1984", "men"),
        ("1980-1984", "women"),
    }
    assert all(rows[key]["individuals"] == "" for key in withheld)


def test_a_public_file_is_described_with_its_true_size_and_hash(edition):
    seen = 0
    for record in edition.records.values():
        for file in [*record["samples"].values(), *record["analytics"].values()]:
            path = file["download_url"].removeprefix("https://janus.example.org/catalogue/")
            content = edition.files[path]
            assert file["byte_size"] == len(content)
            assert file["checksum"]["value"] == hashlib.sha256(content).hexdigest()
            seen += 1
    assert seen >= 12


def test_lineage_names_the_deliveries_of_the_collection_only(edition, given):
    graph = edition.datasets["cancer_cases"]
    iri = dataset_iri("cancer_cases", given)

    assert sorted(str(o) for o in graph.objects(iri, PROV.wasDerivedFrom)) == [
        "https://janus.example.org/delivery/biobank-2022-12-31-0123456789",
        "https://janus.example.org/delivery/cancer_registry-2022-12-31-0123456789",
    ]


def test_a_dataset_names_the_dataset_it_is_built_from_in_the_catalogue_only(edition, given):
    iri, source = dataset_iri("cancer_cases", given), dataset_iri("donors_and_samples", given)

    assert list(edition.catalogue.objects(iri, DCTERMS.source)) == [source]
    assert not list(edition.datasets["cancer_cases"].objects(iri, DCTERMS.source))


def test_a_defined_variable_is_told_in_both_languages_with_its_unit(edition):
    tables = edition.records["cancer_cases"]["variables"]["tables"]
    column = tables["fct_cancer_cases"]["columns"]["age_at_diagnosis_years"]
    dictionary = edition.files["datasets/cancer_cases/variables.csv"].decode().splitlines()

    assert column["title"] == {"nb": "Alder ved diagnose", "en": "Age at diagnosis"}
    assert column["description"]["nb"] == "Fylte hele år."
    assert (
        "fct_cancer_cases,age_at_diagnosis_years,double,a,Alder ved diagnose,Age at diagnosis,"
        "Fylte hele år.,Completed years of age."
    ) in dictionary


def test_sample_rows_are_made_up_from_the_types(edition):
    text = edition.files["datasets/cancer_cases/sample_fct_cancer_cases.csv"].decode()

    assert text.splitlines()[:2] == [
        "collection_id,tumour_id,donor_id,incidence_date,age_at_diagnosis_years",
        "example_1,example_1,example_1,2000-01-01,0.5",
    ]


def test_the_page_tells_search_engines_what_it_is_without_a_remote_context(edition):
    page = edition.files["datasets/cancer_cases.html"].decode()
    about = json.loads(page.split('<script type="application/ld+json">')[1].split("</script>")[0])

    assert about["@context"] == {"@vocab": "https://schema.org/"}
    assert about["@type"] == "Dataset"
    assert {file["contentSize"] for file in about["distribution"]} >= {
        f"{len(edition.files['datasets/cancer_cases/counts.csv'])} B"
    }


def test_a_text_cannot_break_out_of_the_page(facts, given):
    dataset = facts.datasets["cancer_cases"]
    title = dataset.title.model_copy(update={"en": "</script><script>alert(1)</script>"})
    spoilt = facts.datasets | {"cancer_cases": dataset.model_copy(update={"title": title})}
    edition = make_edition(dataclasses.replace(facts, datasets=spoilt), given)

    assert b"<script>alert" not in edition.files["datasets/cancer_cases.html"]
    assert b"<script>alert" not in edition.files["index.html"]


def test_a_table_that_the_release_lacks_is_told(facts, given):
    tables = {k: v for k, v in given.release.tables.items() if k != "fct_cancer_cases"}
    release = dataclasses.replace(given.release, tables=tables)

    with pytest.raises(CatalogueInputError, match=r"dataset cancer_cases .* fct_cancer_cases, wh"):
        make_edition(facts, dataclasses.replace(given, release=release))


def test_a_column_without_a_description_is_told(facts, given):
    table = given.release.tables["fct_cancer_cases"]
    silent = dataclasses.replace(table.columns[1], description={})
    table = dataclasses.replace(table, columns=(table.columns[0], silent))
    tables = {**given.release.tables, "fct_cancer_cases": table}
    release = dataclasses.replace(given.release, tables=tables)

    with pytest.raises(CatalogueInputError, match=r"1 have none: fct_cancer_cases\.tumour_id"):
        make_edition(facts, dataclasses.replace(given, release=release))


def test_labels_are_given_in_the_languages_of_the_catalogue(edition):
    titles = [t for t in edition.catalogue.objects(None, DCTERMS.title) if isinstance(t, Literal)]

    assert {t.language for t in titles} == {"nb", "en"}


def test_the_iris_start_where_the_setting_says(facts, given):
    moved = make_edition(facts, dataclasses.replace(given, base_iri="https://data.example.net/x/"))

    for _, graph in moved.documents:
        assert URIRef("https://janus.example.org/agent/niph") not in set(graph.all_nodes())
        assert URIRef("https://data.example.net/x/agent/niph") in set(graph.all_nodes())


def test_made_up_people_are_said_to_be_made_up_and_others_are_not(facts, given, shapes):
    release = dataclasses.replace(given.release, made_up=frozenset({"janus"}))
    edition = make_edition(facts, dataclasses.replace(given, release=release))

    refuse_breaches(edition.documents, shapes)
    others = {
        name for name, dataset in facts.datasets.items() if dataset.content.collection != "janus"
    }
    assert others
    for name, record in edition.records.items():
        page = edition.files[f"datasets/{name}.html"].decode()
        (iri,) = edition.datasets[name].subjects(RDF.type, DCAT.Dataset)
        told = {
            text.language: str(text) for text in edition.datasets[name][iri : DCTERMS.description]
        }
        for text in (page, told["en"], record["description"]["en"]):
            assert ("made up (test population)" in text) == (name not in others)
        assert ("oppdiktet (testpopulasjon)" in told["nb"]) == (name not in others)
    index = edition.files["index.html"].decode()
    assert "collection janus are made up" in index and "samlingen janus er oppdiktet" in index
    assert b"collection janus are made up" in edition.files["catalogue.ttl"]


def test_nothing_is_said_of_people_who_may_be_real(edition):
    assert not [path for path, content in edition.files.items() if b"test population" in content]
