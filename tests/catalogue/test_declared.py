"""Declared facts that do not fit are refused with file, line and what is known instead."""

from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from janus_warehouse.catalogue.declared import Dataset, load_declared
from janus_warehouse.catalogue.errors import CatalogueMetadataError
from janus_warehouse.catalogue.mapping import DATASET

REPO = Path(__file__).parents[2]
COMPUTED = {
    "number_of_records",
    "number_of_individuals",
    "min_typical_age",
    "max_typical_age",
    "temporal",
    "variables",
    "deliveries",
    "sources",
    "issued",
    "modified",
    "version",
    "analytics",
    "samples",
}


def change(metadata, old, new, file="datasets/cancer_cases.yaml"):
    path = metadata / file
    text = path.read_text()
    path.write_text(text.replace(old, new, 1))
    return next(i for i, line in enumerate(text.splitlines(), 1) if old in line)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param("type: STATISTICAL", "kind: STATISTICAL", "kind: Extra inputs", id="unknown"),
        pytest.param("themes: [HEAL]", "themes: [HELTH]", "themes.0: .*HELTH.*HEAL", id="code"),
        pytest.param(
            "hdab: health_data_service", "hdab: nobody", "hdab: .*nobody.*cancer_registry", id="ref"
        ),
        pytest.param(
            "collected_by: [HEALTH_REGISTRIES]",
            "collected_by: [GUESSING]",
            "collected_by.0: .*GUESSING.*HEALTH_SURVEY",
            id="activity",
        ),
        pytest.param(
            "temporal_resolution: P1D", "temporal_resolution: daily", "temporal_resol", id="form"
        ),
        pytest.param(
            "access_page: https", "access_page: ftp", "access_page: .*pattern", id="address"
        ),
        pytest.param(
            "creator: cancer_registry", "publisher: niph", "given twice", id="key given twice"
        ),
        pytest.param(
            "column: age_at_diagnosis_years}", "years: 3}", "age.column: Field required", id="lacks"
        ),
    ],
)
def test_a_wrong_fact_is_refused_with_its_line(metadata, old, new, message):
    line = change(metadata, old, new)

    with pytest.raises(CatalogueMetadataError, match=message) as caught:
        load_declared(metadata)

    assert f"cancer_cases.yaml:{line}: " in str(caught.value)


def test_all_problems_of_all_files_are_told_at_once(metadata):
    change(metadata, "themes: [HEAL]", "themes: [NONE]")
    change(metadata, "themes: [HEAL]", "themes: [NEVER]", "datasets/follow_up.yaml")
    change(metadata, "publisher: niph_catalogue", "publisher: nobody", "catalogue.yaml")

    with pytest.raises(CatalogueMetadataError) as caught:
        load_declared(metadata)

    assert [Path(line.split(":")[0]).name for line in str(caught.value).splitlines()] == [
        "catalogue.yaml",
        "cancer_cases.yaml",
        "follow_up.yaml",
    ]


def test_a_file_that_is_not_yaml_is_refused_with_its_line(metadata):
    (metadata / "datasets" / "follow_up.yaml").write_text("title: {nb: [\n")

    with pytest.raises(CatalogueMetadataError, match=r"follow_up\.yaml:2: not YAML"):
        load_declared(metadata)


def test_an_empty_file_is_refused(metadata):
    (metadata / "datasets" / "follow_up.yaml").write_text("")

    with pytest.raises(CatalogueMetadataError, match=r"follow_up\.yaml:1: .*found none"):
        load_declared(metadata)


def test_no_dataset_at_all_is_refused(metadata):
    for path in (metadata / "datasets").glob("*.yaml"):
        path.unlink()

    with pytest.raises(CatalogueMetadataError, match="at least one dataset"):
        load_declared(metadata)


@pytest.mark.parametrize("key", sorted(COMPUTED))
def test_what_is_computed_cannot_be_declared(key, metadata):
    assert key in {line.key for line in DATASET.properties}, "the mapping knows the key"
    path = metadata / "datasets" / "cancer_cases.yaml"
    facts = yaml.safe_load(path.read_text()) | {key: 1}

    with pytest.raises(ValidationError) as caught:
        Dataset.model_validate(facts)

    assert [error["loc"] for error in caught.value.errors()] == [(key,)]


def marts():
    """Return the columns of each mart, as its yml declares them."""
    folder = REPO / "dbt_project" / "models"
    models = [
        model
        for path in [*folder.glob("marts/*/*.yml"), *folder.glob("_generated/marts/*.yml")]
        for model in yaml.safe_load(path.read_text()).get("models", [])
    ]
    return {m["name"]: {column["name"] for column in m["columns"]} for m in models}


def test_every_mart_but_counts_is_in_a_dataset_of_the_catalogue(facts):
    listed = {table for dataset in facts.datasets.values() for table in dataset.content.tables}
    counts = {
        mart
        for mart, columns in marts().items()
        if mart.startswith("fct_") and not {"donor_id", "draw_id"} & columns
    }

    assert counts == {
        "fct_age_specific_rates",
        "fct_assay_corrections",
        "fct_assay_qc",
        "fct_case_check_counts",
        "fct_completeness",
        "fct_component_stability",
        "fct_incidence_rates",
        "fct_person_years",
        "fct_reference_concentrations",
        "fct_standardised_incidence_ratios",
        "fct_survey_drift",
        "fct_survey_plausibility",
    }
    # The matrix is published: behind the small-count guard.
    assert listed == set(marts()) - (counts - {"fct_completeness"}) - {"dim_collections"}
