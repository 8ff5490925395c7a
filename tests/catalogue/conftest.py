"""A small made-up release, so that no test here needs a database or the network."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from survey_cells import CELLS

from janus_warehouse.catalogue.declared import load_declared
from janus_warehouse.catalogue.edition import make_edition
from janus_warehouse.catalogue.gate import load_shapes
from janus_warehouse.catalogue.inputs import CatalogueInput, Counts, release_facts

REPO = Path(__file__).parents[2]
METADATA = REPO / "metadata"
SHARED = Path(os.environ.get("JANUS_SHARED", REPO.parent / "shared"))

COLUMNS = {
    "dim_analytes": [("analyte_id", "text"), ("name", "text"), ("unit", "text")],
    "dim_analyte_identifiers": [("analyte_id", "text"), ("identifier", "text")],
    "dim_assay_runs": [("collection_id", "text"), ("run_id", "text"), ("n_values", "bigint")],
    "dim_donors": [("collection_id", "text"), ("donor_id", "text"), ("sex_code", "text")],
    "fct_tube_accounts": [("collection_id", "text"), ("donor_id", "text"), ("state", "text")],
    "fct_tube_findings": [("collection_id", "text"), ("donor_id", "text"), ("note", "text")],
    "fct_tube_movements": [("collection_id", "text"), ("donor_id", "text"), ("kind", "text")],
    "dim_draws": [
        ("collection_id", "text"),
        ("donor_id", "text"),
        ("draw_date", "date"),
        ("age_at_draw_years", "numeric(5,2)"),
    ],
    "dim_shipments": [("collection_id", "text"), ("study_code", "text"), ("donor_id", "text")],
    "dim_tubes": [("collection_id", "text"), ("tube_barcode", "text"), ("volume_ul", "integer")],
    "fct_cancer_cases": [
        ("collection_id", "text"),
        ("tumour_id", "text"),
        ("donor_id", "text"),
        ("incidence_date", "date"),
        ("age_at_diagnosis_years", "double precision"),
    ],
    "fct_farm_holdings": [("collection_id", "text"), ("donor_id", "text")],
    "fct_farming_exposure": [
        ("collection_id", "text"),
        ("donor_id", "text"),
        ("age_at_first_farming_years", "smallint"),
    ],
    "fct_follow_up": [
        ("collection_id", "text"),
        ("donor_id", "text"),
        ("age_at_entry_years", "smallint"),
        ("exit_date", "date"),
    ],
    "fct_lead_times": [
        ("collection_id", "text"),
        ("draw_id", "text"),
        ("tumour_id", "text"),
        ("lead_days", "integer"),
    ],
    "fct_measurement_cautions": [
        ("collection_id", "text"),
        ("donor_id", "text"),
        ("statement_id", "text"),
    ],
    "fct_measurements": [
        ("collection_id", "text"),
        ("donor_id", "text"),
        ("analyte_id", "text"),
        ("value", "numeric"),
    ],
    "fct_occupations": [("collection_id", "text"), ("donor_id", "text")],
    "dim_surveys": [("survey_id", "text"), ("first_year", "integer"), ("last_year", "integer")],
    "fct_completeness": [
        ("collection_id", "text"),
        ("survey_id", "text"),
        ("variable", "text"),
        ("n_attenders", "integer"),
        ("n_values", "integer"),
    ],
    "fct_survey_answers": [
        ("collection_id", "text"),
        ("donor_id", "text"),
        ("variable", "text"),
        ("value", "text"),
    ],
}
# Beside these: tables of which nothing is computed, a dimension without a collection and facts.
COLUMNS |= {
    name: [("code", "text"), ("label_en", "text")]
    for name in (
        "dim_cancer_entities", "dim_case_checks", "dim_municipalities", "dim_site_groups",
        "dim_survey_rules", "dim_variables",
    )
}  # fmt: skip
COLUMNS["survey_answers_wide"] = [("collection_id", "text"), ("donor_id", "text")]
COLUMNS |= {
    f"fct_{name}": [("collection_id", "text"), ("donor_id", "text"), ("known_from", "date")]
    for name in (
        "cancer_case_changes", "cancer_case_history", "cancer_cases_as_known", "case_flags",
        "death_history", "follow_up_history", "migration_history", "multiple_primaries",
        "residence_history", "survey_attendances", "vital_status_history",
    )
}  # fmt: skip
SOURCES = {
    "fct_cancer_cases": "raw_cancer_registry.cases",
    "fct_farm_holdings": "raw_census.holdings",
    "fct_farming_exposure": "raw_census.holdings",
    "fct_occupations": "raw_census.occupations",
    "fct_follow_up": "raw_population_register.residents",
    "fct_cancer_case_changes": "raw_cancer_registry.cases",
    "fct_cancer_case_history": "raw_cancer_registry.cases",
    "fct_cancer_cases_as_known": "raw_cancer_registry.cases",
    "fct_case_flags": "raw_cancer_registry.cases",
    "fct_multiple_primaries": "raw_cancer_registry.cases",
    "fct_death_history": "raw_cause_of_death.deaths",
    "fct_migration_history": "raw_population_register.migrations",
    "fct_residence_history": "raw_population_register.residents",
    "fct_vital_status_history": "raw_population_register.residents",
    "fct_follow_up_history": "raw_population_register.residents",
    "dim_donors": "raw_biobank.donors",
    "dim_tubes": "raw_biobank.tubes",
}


def release_manifest():
    return {
        "release_name": "2022.1",
        "code_version": "abc1234",
        "deliveries": [
            delivery("biobank", "2022-12-31"),
            delivery("cancer_registry", "2022-12-31"),
            delivery("population_register", "2022-12-31"),
            delivery("nhanes_survey", "2006-12-31", "nhanes"),
        ],
        "definitions": {
            "variables": {
                "age_at_diagnosis_years": {
                    "label": {"nb": "Alder ved diagnose", "en": "Age at diagnosis"},
                    "description": {"nb": "Fylte hele år.", "en": "Completed years of age."},
                    "type": "integer",
                    "unit": "a",
                }
            }
        },
        "tables": {
            table: {
                "rows": 100,
                "sha256": "0" * 63 + "1",
                "description": f"One row per thing of {table}.",
                "columns": [
                    {"name": name, "type": kind, "description": f"The {name} of the thing."}
                    for name, kind in columns
                ],
            }
            for table, columns in COLUMNS.items()
        },
    }


def delivery(source, as_of, collection="janus"):
    return {
        "id": f"{source}-{as_of}-0123456789",
        "source": source,
        "collection_id": collection,
        "as_of": as_of,
        "content_sha256": "0" * 64,
    }


def dbt_manifest():
    """As dbt writes it, as far as we read it: marts over a staging model over a raw table."""
    nodes, sources = {}, {}
    for table in COLUMNS:
        staging = f"model.janus.stg_{table}"
        parents = [staging, *(["model.janus.dim_donors"] if table.startswith("fct_") else [])]
        nodes[f"model.janus.{table}"] = {
            "resource_type": "model",
            "name": table,
            "columns": {},
            "depends_on": {"nodes": parents},
        }
        raw = f"source.janus.{SOURCES.get(table, 'raw_health_surveys.oslo_1972')}"
        nodes[staging] = {
            "resource_type": "model",
            "name": f"stg_{table}",
            "columns": {},
            "depends_on": {"nodes": [raw]},
        }
        source, name = raw.split(".")[2:]
        source = source.removeprefix("raw_")
        sources[raw] = {"source_name": "raw", "name": f"{source}__{name}"}
    return {"nodes": nodes, "sources": sources}


COUNTS = Counts(
    records=1234,
    individuals=900,
    first_ages={19: 1, 20: 3, 21: 40, 60: 856},
    last_ages={22: 40, 60: 852, 80: 6, 97: 2},
    first_years={1972: 2, 1973: 898},
    last_years={1990: 898, 2003: 2},
    cells={
        ("1970-1974", "men"): 300,
        ("1970-1974", "women"): 3,
        ("1975-1979", "men"): 250,
        ("1975-1979", "women"): 200,
        ("1980-1984", "men"): 77,
        ("1980-1984", "women"): 70,
    },
)


MATRICES = ("nhanes_reference", "survey_variables")


@pytest.fixture(scope="session")
def facts():
    return load_declared(METADATA)


@pytest.fixture(scope="session")
def given(facts):
    release = release_facts(
        "2022.1", datetime(2026, 3, 2, 8, 30, tzinfo=UTC), release_manifest(), dbt_manifest()
    )
    return CatalogueInput(
        release, dict.fromkeys(facts.datasets, COUNTS), "https://janus.example.org/", 5,
        completeness=dict.fromkeys(MATRICES, CELLS),
    )  # fmt: skip


@pytest.fixture(scope="session")
def edition(facts, given):
    return make_edition(facts, given)


@pytest.fixture(scope="session")
def shapes():
    return load_shapes(METADATA / "shapes")


@pytest.fixture
def metadata(tmp_path):
    """A copy of the declared facts that a test may spoil."""
    return Path(shutil.copytree(METADATA, tmp_path / "metadata"))


@pytest.fixture(scope="session")
def shared():
    if not (SHARED / "shapes" / "validate.py").exists():
        pytest.skip(f"NOT CHECKED: the published shapes are not at {SHARED}; set JANUS_SHARED")
    return SHARED


@pytest.fixture(autouse=True)
def no_network(socket_disabled):
    """Nothing here may reach for the network; an RDF library would like to."""
