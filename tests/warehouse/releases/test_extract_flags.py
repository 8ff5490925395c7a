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
('janus', 'tumour-12', 'IARC-RARE', 'donor-12'), ('janus', 'tumour-4', 'IARC-RARE', 'donor-4'),
('nhanes', 'tumour-18', 'IARC-NEVER', 'donor-18');
"""
CASES = "      topography_code: {starting_with: [C34]}\n"
ALL = 15


@pytest.fixture
def flagged(marts):
    """Give a release in which one tumour is beyond belief and two are rare."""
    marts.query(FLAGS)
    cut_release("2022.1")
    return marts


ANALYTES = "  - name: analytes\n"
FLAGGED = """\
  - name: case_flags
    mart: fct_case_flags
    description: Flags of the tumours above.
    columns: [tumour_id, rule_code]
    tumours_of: cancer_cases
"""


def rows(extract, dataset):
    with (extract.folder / f"{dataset}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def count(extract) -> int:
    return len(rows(extract, "cancer_cases"))


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


def test_flags_are_delivered_of_the_approved_tumours_only(flagged, projects):
    # Tumour 4 is no lung cancer, tumour 6 is left out, and both are of men of the cohort.
    extract = build_extract(projects(replace={ANALYTES: FLAGGED + ANALYTES}), "2022.1")

    [flag] = rows(extract, "case_flags")
    cases = {
        row["tumour_pseudonym"]: row["donor_pseudonym"] for row in rows(extract, "cancer_cases")
    }
    assert flag["rule_code"] == "IARC-RARE"
    assert cases[flag["tumour_pseudonym"]] == flag["donor_pseudonym"]


def test_flags_of_every_tumour_are_refused_beside_restricted_cases(flagged, projects):
    asked = FLAGGED.replace("    tumours_of: cancer_cases\n", "")

    with pytest.raises(ProjectRefusedError, match=r"tumours that cancer_cases holds back"):
        build_extract(projects(replace={ANALYTES: asked + ANALYTES}), "2022.1")


def test_a_tumour_that_the_other_dataset_keeps_out_by_a_flag_is_out_here_too(flagged, projects):
    cases = CASES + "    flags: {leave_out: [IARC-RARE]}\n"
    extract = build_extract(
        projects(replace={CASES: cases, ANALYTES: FLAGGED + ANALYTES}), "2022.1"
    )

    assert rows(extract, "case_flags") == []


def test_the_recipient_is_told_which_rules_leave_tumours_out(flagged, projects):
    cases = CASES + "    flags: {leave_out: [IARC-RARE]}\n"
    extract = build_extract(projects(replace={CASES: cases}), "2022.1")

    readme = (extract.folder / "README.txt").read_text("utf-8")
    assert "Which tumours are left out?" in readme
    assert "  cancer_cases: IARC-NEVER, IARC-RARE\n" in readme


def test_nothing_is_said_of_tumours_where_there_are_no_flags(marts, projects):
    cut_release("2022.1")

    readme = (build_extract(projects(), "2022.1").folder / "README.txt").read_text("utf-8")
    assert "left out?" not in readme


def test_the_codebook_tells_what_a_site_group_is(flagged, projects):
    flagged.query(
        "create table marts.dim_site_groups (site_group_code text, label_en text, "
        "display_order int); insert into marts.dim_site_groups values ('other', 'other', 2), "
        "('lung', 'lung and trachea', 1); "
        "alter table marts.fct_cancer_cases add site_group_code text default 'lung'"
    )
    cut_release("2022.2")
    columns = "columns: [tumour_id, incidence_date, topography_code"
    extract = build_extract(projects(replace={columns: f"{columns}, site_group_code"}), "2022.2")

    [told] = [row for row in rows(extract, "codebook") if row["variable"] == "site_group_code"]
    assert told["codes"] == "lung = lung and trachea; other = other"
