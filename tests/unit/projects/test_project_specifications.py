"""Specifications: strict, told with file and line, compiled without a word of their own SQL."""

import pytest
from psycopg import sql

from janus_warehouse.platform.settings import get_settings
from janus_warehouse.projects import (
    ProjectSpecificationError,
    UnknownProjectError,
    load_project,
    load_projects,
)
from janus_warehouse.projects.cohort import cohort_query
from janus_warehouse.projects.loading import read_project, specification_sha256
from janus_warehouse.projects.specification import Cohort

GOOD = """\
specification: 1
project_id: study
title: A study
ethics_reference: REK 1
legal_basis: GDPR
purpose: Something good.
valid_until: 2099-12-31
recipients:
  - {name: Some Body, institution: Some Place}
cohort:
  collection: janus
datasets:
  - name: donors
    mart: dim_donors
    description: Donors.
    columns: [sex_code, birth_date]
    dates: {birth_date: year}
"""


def write(tmp_path, text, name="study"):
    path = tmp_path / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_reads_a_good_specification(tmp_path):
    project = read_project(write(tmp_path, GOOD)).project

    assert project.project_id == "study"
    assert project.formats == ("parquet", "csv")
    assert load_projects(tmp_path) == [project]


def test_the_examples_of_the_repository_are_good():
    projects = load_projects(get_settings().metadata_dir / "projects")

    assert {project.cohort.collection for project in projects} == {"janus", "nhanes"}
    assert len(projects) == 4


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param(
            "collection: janus",
            "colection: janus",
            "study.yaml:10: cohort.collection",
            id="misspelt key missing",
        ),
        pytest.param(
            "collection: janus",
            "collection: janus\n  sql: drop",
            "study.yaml:12: cohort.sql: Extra inputs",
            id="unknown key",
        ),
        pytest.param(
            "collection: janus",
            "collection: janus; drop",
            "study.yaml:11: cohort.collection",
            id="not a name",
        ),
        pytest.param(
            "collection: janus",
            "collection: janus\n  sex: both",
            "study.yaml:12: cohort.sex",
            id="unknown sex",
        ),
        pytest.param(
            "collection: janus",
            "collection: janus\n  birth_years: {first: 1960, last: 1950}",
            "first must not be after last",
            id="years turned round",
        ),
        pytest.param(
            "collection: janus",
            "collection: janus\n  cases: {topography: [62]}",
            "study.yaml:12: cohort.cases.topography.0",
            id="topography",
        ),
        pytest.param(
            "[sex_code, birth_date]", "[]", "study.yaml:16: datasets.0.columns", id="no columns"
        ),
        pytest.param(
            "[sex_code, birth_date]",
            "[birth_date, birth_date]",
            "columns given twice: birth_date",
            id="twice",
        ),
        pytest.param(
            "[sex_code, birth_date]",
            "[sex_code]",
            "dates of columns that are not listed: birth_date",
            id="date of nothing",
        ),
        pytest.param(
            "{birth_date: year}",
            "{birth_date: decade}",
            "study.yaml:17: datasets.0.dates.birth_date",
            id="precision",
        ),
        pytest.param(
            "name: donors", "name: codebook", "name taken by a file of every extract", id="reserved"
        ),
        pytest.param(
            "name: donors", "name: ../donors", "study.yaml:13: datasets.0.name", id="a path"
        ),
        pytest.param(
            "project_id: study",
            "project_id: other",
            "study.yaml:2: project_id: expected the name of the file",
            id="other file",
        ),
        pytest.param(
            "valid_until: 2099-12-31",
            "valid_until: soon",
            "study.yaml:7: valid_until",
            id="no date",
        ),
        pytest.param(
            "title: A study",
            "title: A study\ntitle: Another",
            "study.yaml:4: title: given twice",
            id="key twice",
        ),
        pytest.param("title: A study", "title: [", "not YAML", id="not YAML"),
    ],
)
def test_names_file_line_and_key_of_what_is_wrong(tmp_path, old, new, message):
    assert old in GOOD
    with pytest.raises(ProjectSpecificationError) as caught:
        read_project(write(tmp_path, GOOD.replace(old, new)))
    assert message in str(caught.value)


def test_tells_all_problems_of_all_files_at_once(tmp_path):
    write(tmp_path, GOOD.replace("purpose: Something good.", "purpose: x"), "study")
    write(tmp_path, GOOD.replace("title: A study", "title: x").replace("recipients", "r"), "other")

    with pytest.raises(ProjectSpecificationError) as caught:
        load_projects(tmp_path)

    assert len(str(caught.value).splitlines()) == 4


def test_an_unknown_project_lists_the_known(tmp_path):
    write(tmp_path, GOOD)

    with pytest.raises(UnknownProjectError, match="there are: study"):
        load_project("../study", tmp_path)


def test_hash_is_of_what_is_said_and_not_how(tmp_path):
    plain = read_project(write(tmp_path, GOOD)).project
    commented = read_project(write(tmp_path, "# new\n" + GOOD)).project
    changed = read_project(write(tmp_path, GOOD.replace("year}", "month}"))).project

    assert specification_sha256(plain) == specification_sha256(commented)
    assert specification_sha256(plain) != specification_sha256(changed)


def test_no_value_of_a_cohort_becomes_sql():
    evil = "x'; drop table marts.dim_donors; --"
    years = {"first": 1903, "last": 1904}
    cohort = Cohort(
        collection="janus",
        sex="male",
        birth_years={"first": 1901, "last": 1902},
        donor_groups=("telltale_group",),
        cases={"topography": ("C62",), "behaviour_codes": (evil,), "diagnosed": years},
        drawn={"first": 1905, "last": 1906},
        has_survey_answers=(evil,),
        has_measurements=(evil,),
    )
    compiled = cohort_query(cohort, "release_2022_1")
    text = compiled.query.as_string(None)

    assert isinstance(compiled.query, sql.Composed)
    for value in ("drop", "telltale", "C62", "janus", *map(str, range(1901, 1907))):
        assert value not in text
    flat = str(compiled.parameters)
    for value in ("drop", "telltale", "C62", "janus", *map(str, range(1901, 1907))):
        assert value in flat
    assert text.count("%(") == len(compiled.parameters)
    assert set(compiled.reads) == {
        "dim_donors",
        "dim_draws",
        "fct_cancer_cases",
        "fct_survey_answers",
        "fct_measurements",
    }
