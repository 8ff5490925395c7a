"""The published completeness matrix: what it tells, and what it withholds."""

import csv
import io
from decimal import Decimal

import pytest
from rdflib import RDF, XSD, Literal, URIRef
from rdflib.namespace import DCTERMS, SKOS
from survey_cells import CELLS, cell

from janus_warehouse.catalogue.completeness import (
    METRIC,
    published_completeness,
    quality_measurements,
    shown_counts,
)
from janus_warehouse.catalogue.graphs import dataset_iri
from janus_warehouse.catalogue.namespaces import DQV, HEALTH


@pytest.mark.parametrize(
    ("attenders", "values", "shown"),
    [
        pytest.param(900, 880, (900, 880), id="both large"),
        pytest.param(900, 4, None, id="few have a value"),
        pytest.param(900, 0, None, id="nobody has a value"),
        pytest.param(900, 896, None, id="few lack one"),
        pytest.param(900, 900, None, id="nobody lacks one"),
        pytest.param(10, 5, (10, 5), id="just enough"),
    ],
)
def test_a_cell_is_withheld_when_few_have_or_lack_a_value(attenders, values, shown):
    assert shown_counts(cell("oslo_1972", "height_cm", attenders, values), 5) == shown


def test_the_figure_is_of_those_concerned_in_the_cells_that_are_shown():
    # 300 of the 400 smokers and 880 of 900; the rest is withheld, impossible or not delivered.
    assert published_completeness(CELLS, 5) == Decimal("90.8")


def test_a_few_spared_people_cannot_be_had_from_the_figure():
    spared = [cell("oslo_1972", "children_born", 100, 50, not_applicable=4)]

    assert published_completeness(spared, 5) == Decimal("50.0")


def test_nothing_is_measured_where_nothing_may_be_shown():
    assert quality_measurements([cell("hubro_2000", "weight_kg", 90, 3)], 5, "urn:x") == {}
    assert quality_measurements([], 5, "urn:x") == {}


def test_the_file_tells_every_cell_and_withholds_counts(edition):
    text = edition.files["datasets/survey_variables/completeness.csv"].decode()
    found = {
        (row["survey"], row["variable"]): (row["attenders"], row["percent_missing"], row["counts"])
        for row in csv.DictReader(io.StringIO(text))
    }

    assert found == {
        ("oslo_1972", "cigarettes_per_day"): ("900", "66.7", "shown"),
        ("oslo_1972", "crp_mg_l"): ("", "", "none"),
        ("oslo_1972", "height_cm"): ("", "", "withheld"),
        ("oslo_1972", "weight_kg"): ("900", "2.2", "shown"),
        ("hubro_2000", "height_cm"): ("", "", "none"),
        ("hubro_2000", "weight_kg"): ("", "", "withheld"),
    }


def test_the_measurement_names_its_metric_and_its_dataset(edition, given):
    graph = edition.datasets["survey_variables"]
    dataset = dataset_iri("survey_variables", given)
    [measurement] = graph.objects(dataset, DQV.hasQualityMeasurement)
    [metric] = graph.objects(measurement, DQV.isMeasurementOf)

    assert metric == URIRef(f"https://janus.example.org/metric/{METRIC}")
    assert graph.value(measurement, DQV.value) == Literal("90.8", datatype=XSD.decimal)
    assert graph.value(measurement, DQV.computedOn) == dataset
    assert (metric, RDF.type, DQV.Metric) in graph
    assert {text.language for text in graph.objects(metric, SKOS.definition)} == {"nb", "en"}
    assert any(
        str(graph.value(file, DCTERMS.title)).startswith(("Completeness", "Kompletthet"))
        for file in graph.objects(dataset, HEALTH.analytics)
    )


def test_only_datasets_with_the_matrix_are_measured(edition):
    assert {name for name, record in edition.records.items() if "measures" in record} == {
        "nhanes_reference", "survey_variables",
    }  # fmt: skip
