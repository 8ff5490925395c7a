"""What every model of the dbt project keeps, and that what is generated is current."""

from pathlib import Path

import pytest
import yaml

from janus_warehouse.warehouse.generate import generated_files, stale_files

MODELS = Path(__file__).parents[2] / "dbt_project" / "models"
MARTS = sorted((MODELS / "marts").glob("*/*.sql"))
BY_HAND = sorted(path for path in MODELS.rglob("*.sql") if "_generated" not in path.parts)
LONGEST_NAME = 63


def described(path: Path) -> dict:
    return yaml.safe_load(path.with_suffix(".yml").read_text(encoding="utf-8"))


def test_generated_files_are_current():
    assert len(generated_files()) > 60
    assert stale_files() == []


def test_there_are_the_marts_we_think_there_are():
    assert [path.stem for path in MARTS] == [
        "dim_analyte_identifiers", "dim_analytes", "dim_assay_runs", "dim_shipments",
        "fct_assay_corrections", "fct_assay_qc", "fct_measurements", "fct_reference_concentrations",
        "dim_collections", "dim_donors", "dim_draws", "dim_tubes", "dim_cancer_entities",
        "dim_case_checks", "dim_municipalities", "dim_site_groups", "fct_cancer_case_changes",
        "fct_cancer_case_history", "fct_cancer_cases", "fct_cancer_cases_as_known",
        "fct_case_check_counts", "fct_case_flags", "fct_death_history", "fct_farm_holdings",
        "fct_farming_exposure", "fct_follow_up", "fct_follow_up_history", "fct_lead_times",
        "fct_migration_history", "fct_multiple_primaries", "fct_occupations",
        "fct_residence_history", "fct_vital_status_history", "fct_age_specific_rates",
        "fct_incidence_rates", "fct_person_years", "fct_standardised_incidence_ratios",
        "fct_completeness", "fct_survey_answers", "fct_survey_attendances", "fct_survey_drift",
        "fct_survey_plausibility", "fct_component_stability", "fct_measurement_cautions",
        "fct_tube_accounts", "fct_tube_findings", "fct_tube_movements",
    ]  # fmt: skip


@pytest.mark.parametrize("path", MARTS, ids=lambda path: path.stem)
def test_a_mart_has_a_group_a_key_and_typed_columns(path):
    (model,) = described(path)["models"]

    assert model["name"] == path.stem
    assert model["config"]["group"]
    assert [rule["type"] for rule in model["constraints"]] == ["primary_key"]
    assert all(column["data_type"] and column["description"] for column in model["columns"])
    assert {"personal_data"} <= set(model["config"]["meta"])


RULELESS = {"dim_collections"}


@pytest.mark.parametrize(
    "path", [path for path in MARTS if path.stem not in RULELESS], ids=lambda path: path.stem
)
def test_a_mart_with_rules_has_unit_and_data_tests(path):
    document = described(path)

    assert document["unit_tests"]
    assert document["models"][0]["data_tests"]


@pytest.mark.parametrize("path", BY_HAND, ids=lambda path: path.stem)
def test_a_model_says_what_a_row_is(path):
    assert path.read_text(encoding="utf-8").startswith("-- One row per ")
    assert path.with_suffix(".yml").exists()


@pytest.mark.parametrize("path", BY_HAND, ids=lambda path: path.stem)
def test_a_model_invents_no_identifiers(path):
    assert "row_number" not in path.read_text(encoding="utf-8")


def test_unit_test_names_fit_a_postgresql_relation():
    names = [
        test["name"]
        for path in MODELS.rglob("*.yml")
        for test in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("unit_tests", [])
    ]

    assert len(names) > 20
    assert [name for name in names if len(name) > LONGEST_NAME] == []
    assert len(names) == len(set(names))
