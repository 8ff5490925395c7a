"""Tables that count people are refused to projects: small counts never leave."""

from datetime import UTC, datetime

import pytest

from janus_warehouse.projects.checking import _dataset_problems
from janus_warehouse.projects.specification import Dataset
from janus_warehouse.releases.manifest import Column, Release, Table

MARTS = {
    "dim_analytes": ("analyte_id",),
    "dim_draws": ("draw_id", "donor_id"),
    "fct_lead_times": ("draw_id", "donor_id", "tumour_id"),
    "fct_case_flags": ("tumour_id", "rule_code", "donor_id"),
    "fct_case_check_counts": ("collection_id", "rule_code", "numerator"),
    "fct_person_years": ("collection_id", "sex_code", "persons"),
    "fct_incidence_rates": ("collection_id", "cancer_entity_code", "cases"),
}


COUNTS = {"fct_case_check_counts", "fct_person_years", "fct_incidence_rates"}


@pytest.fixture
def release():
    tables = {
        name: Table(name, 1, "", (), tuple(Column(column, "text", "") for column in columns))
        for name, columns in MARTS.items()
    }
    return Release("2022.1", datetime.now(UTC), "", None, (), tables, {}, "")


@pytest.mark.parametrize("mart", sorted(MARTS))
def test_only_facts_with_a_donor_leave(release, mart):
    column = MARTS[mart][0]
    dataset = Dataset(name="asked", mart=mart, description="What is asked.", columns=(column,))

    told = [message for _, message in _dataset_problems(0, dataset, release)]

    refused = [message for message in told if "counts people" in message]
    assert bool(refused) == (mart in COUNTS)
