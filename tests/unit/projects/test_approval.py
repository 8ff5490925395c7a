"""Two datasets that are right by themselves must not tell together what was not approved."""

from datetime import UTC, datetime

import pytest
import yaml
from pydantic import ValidationError

from janus_warehouse.projects.approval import approval_problems
from janus_warehouse.projects.specification import Project
from janus_warehouse.releases.manifest import Column, Release, Table

MARTS = {
    "dim_donors": ("donor_id",),
    "dim_draws": ("draw_id", "donor_id", "draw_date"),
    "fct_cancer_cases": ("tumour_id", "donor_id", "topography_code", "incidence_date"),
    "fct_case_flags": ("tumour_id", "donor_id", "rule_code"),
    "fct_lead_times": ("draw_id", "donor_id", "tumour_id", "lead_days"),
}
LUNG = (
    "cases: {mart: fct_cancer_cases, columns: [tumour_id], "
    "only: {topography_code: {starting_with: [C34]}}}"
)


@pytest.fixture
def release():
    tables = {
        name: Table(name, 1, "", (), tuple(Column(column, "text", "") for column in columns))
        for name, columns in MARTS.items()
    }
    return Release("2022.1", datetime.now(UTC), "", None, (), tables, {}, "")


def project(*datasets):
    listed = [
        {"name": name, "description": "What is asked."} | facts
        for each in datasets
        for name, facts in yaml.safe_load(each).items()
    ]
    return Project.model_validate(
        {
            "specification": 1, "project_id": "study", "title": "A study", "purpose": "Good.",
            "ethics_reference": "REK 1", "legal_basis": "GDPR", "valid_until": "2099-12-31",
            "recipients": [{"name": "Some Body", "institution": "Some Place"}],
            "cohort": {"collection": "janus"}, "datasets": listed,
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        pytest.param("columns: [rule_code]", "say `tumours_of: cases`", id="all tumours"),
        pytest.param("columns: [rule_code], tumours_of: cases", None, id="those of the cases"),
        pytest.param(
            "columns: [rule_code], only: {rule_code: {values: [A-B]}}", None, id="by name"
        ),
    ],
)
def test_tumours_that_one_dataset_holds_back_are_not_in_another(release, flags, told):
    asked = project(LUNG, f"flags: {{mart: fct_case_flags, {flags}}}")

    problems = list(approval_problems(asked, release))

    assert len(problems) == (told is not None)
    if told:
        assert problems[0][0] == ("datasets", 1, "mart")
        assert told in problems[0][1]


def test_all_tumours_may_be_told_of_when_nothing_is_held_back(release):
    asked = project(
        "cases: {mart: fct_cancer_cases, columns: [tumour_id]}",
        "flags: {mart: fct_case_flags, columns: [rule_code]}",
    )

    assert list(approval_problems(asked, release)) == []


@pytest.mark.parametrize(
    ("dataset", "told"),
    [
        pytest.param("donors: {mart: dim_donors, columns: [donor_id], tumours_of: cases}",
                     "dim_donors has no tumours", id="no tumours here"),
        pytest.param("leads: {mart: fct_lead_times, columns: [lead_days], tumours_of: draws}",
                     "dim_draws of draws has no tumours", id="no tumours there"),
        pytest.param("leads: {mart: fct_lead_times, columns: [lead_days], tumours_of: flags}",
                     "name cases", id="a chain"),
    ],
)  # fmt: skip
def test_tumours_of_what_has_none_are_refused(release, dataset, told):
    asked = project(
        LUNG,
        "draws: {mart: dim_draws, columns: [draw_id]}",
        "flags: {mart: fct_case_flags, columns: [rule_code], tumours_of: cases}",
        dataset,
    )

    [(_, message)] = approval_problems(asked, release)
    assert told in message


@pytest.mark.parametrize("name", ["itself", "nobody"])
def test_tumours_of_names_another_dataset(name):
    with pytest.raises(ValidationError, match="tumours_of names no other dataset"):
        project(f"itself: {{mart: fct_lead_times, columns: [lead_days], tumours_of: {name}}}")


@pytest.mark.parametrize(
    ("drawn", "diagnosed", "told"),
    [
        pytest.param(
            "exact", "month", "exact draw_date tells the exact incidence_date", id="drawn"
        ),
        pytest.param("year", "exact", "exact incidence_date tells the exact draw", id="diagnosed"),
        pytest.param("month", "year", None, id="neither"),
        pytest.param("exact", "exact", None, id="both"),
    ],
)
def test_an_exact_time_between_gives_no_date_away(release, drawn, diagnosed, told):
    asked = project(
        f"draws: {{mart: dim_draws, columns: [draw_date], dates: {{draw_date: {drawn}}}}}",
        "cases: {mart: fct_cancer_cases, columns: [incidence_date], "
        f"dates: {{incidence_date: {diagnosed}}}}}",
        "leads: {mart: fct_lead_times, columns: [lead_days]}",
    )

    problems = list(approval_problems(asked, release))

    assert len(problems) == (told is not None)
    if told:
        assert problems[0][0] == ("datasets", 2, "columns", 0)
        assert told in problems[0][1]
