"""Which flagged tumours an extract holds: the house's rule, and what a specification says more."""

import csv

import pytest

from janus_warehouse.extracts import build_extract
from janus_warehouse.projects import ProjectRefusedError
from janus_warehouse.releases import cut_release

FLAGS = """
create table marts.dim_case_checks (rule_code text primary key, excluded_from_extracts boolean);
insert into marts.dim_case_checks values ('IARC-NEVER', true), ('IARC-RARE', false);
create table marts.fct_case_flags (
    collection_id text, tumour_id text, rule_code text, donor_id text,
    primary key (collection_id, tumour_id, rule_code)
);
insert into marts.fct_case_flags values
('janus', 'tumour-6', 'IARC-NEVER', 'donor-6'), ('janus', 'tumour-6', 'IARC-RARE', 'donor-6'),
('janus', 'tumour-12', 'IARC-RARE', 'donor-12'), ('nhanes', 'tumour-18', 'IARC-NEVER', 'donor-18');
"""
CASES = "      topography_code: {starting_with: [C34]}\n"
ALL = 15


@pytest.fixture
def flagged(marts):
    """Give a release in which one tumour is beyond belief and two are rare."""
    marts.query(FLAGS)
    cut_release("2022.1")
    return marts


def count(extract) -> int:
    with (extract.folder / "cancer_cases.csv").open(encoding="utf-8", newline="") as file:
        return len(list(csv.DictReader(file)))


@pytest.mark.parametrize(
    ("flags", "left"),
    [
        pytest.param("", ALL - 1, id="the house's rule"),
        pytest.param("    flags: {keep: [IARC-NEVER]}\n", ALL, id="kept by name"),
        pytest.param("    flags: {leave_out: [IARC-RARE]}\n", ALL - 2, id="left out by name"),
        pytest.param("    flags: {leave_out: [IARC-RARE], keep: [IARC-NEVER]}\n", ALL - 2,
                     id="one flag is enough"),
    ],
)  # fmt: skip
def test_an_extract_leaves_out_flagged_tumours(flagged, projects, flags, left):
    extract = build_extract(projects(replace={CASES: CASES + flags}), "2022.1")

    assert count(extract) == left


def test_an_older_release_without_flags_gives_all_its_tumours(marts, projects):
    cut_release("2022.1")

    assert count(build_extract(projects(), "2022.1")) == ALL


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        pytest.param(CASES, CASES + "    flags: {keep: [IARC-NEVR]}\n",
                     "not in dim_case_checks.rule_code of this release: IARC-NEVR",
                     id="no such rule"),
        pytest.param("    columns: [analyte_id, analyte_name, unit]\n",
                     "    columns: [analyte_id, analyte_name, unit]\n"
                     "    flags: {keep: [IARC-NEVER]}\n",
                     "dim_analytes has no tumours", id="no tumours"),
    ],
)  # fmt: skip
def test_flags_that_can_do_nothing_are_refused(flagged, projects, old, new, told):
    with pytest.raises(ProjectRefusedError, match=told):
        build_extract(projects(replace={old: new}), "2022.1")


def test_flags_of_a_release_that_has_none_are_refused(marts, projects):
    cut_release("2022.1")
    project = projects(replace={CASES: CASES + "    flags: {keep: [IARC-NEVER]}\n"})

    with pytest.raises(ProjectRefusedError, match="has no fct_case_flags: it was cut before"):
        build_extract(project, "2022.1")
