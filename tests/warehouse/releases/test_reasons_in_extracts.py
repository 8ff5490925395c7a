"""A missing answer leaves with its reason, in rows and in columns."""

import csv
import shutil

import pytest

from janus_warehouse.extracts import build_extract
from janus_warehouse.projects import ProjectRefusedError, check_project
from janus_warehouse.releases import cut_release

LONG = "    columns: [survey_id, variable, value_original, value, missing_reason]\n"
BEFORE = "  - name: cancer_cases\n"
WIDE = """\
  - name: surveys
    mart: survey_answers_wide
    description: One row per donor and survey.
    columns: [survey_id, {columns}]
"""
EVERYBODY = "  donor_groups: [survey, red_cross]"
BOTH = "smoking_status, smoking_status_missing, diabetes, diabetes_missing"


@pytest.fixture
def asking(marts, projects):
    """Give a function that writes a project with answers in columns too; the release is cut."""
    cut_release("2022.1")

    def write(columns: str = BOTH, **replaced: str) -> str:
        wide = WIDE.format(columns=columns)
        return projects(cohort=EVERYBODY, replace={BEFORE: wide + BEFORE, **replaced})

    return write


def rows(extract, dataset: str) -> list[dict[str, str]]:
    with (extract.folder / f"{dataset}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_missing_answer_leaves_with_its_reason(asking):
    extract = build_extract(asking(), "2022.1")
    long, wide = rows(extract, "survey_answers"), rows(extract, "surveys")

    # Of 300 donors one has withdrawn.
    assert len(long) == len(wide) == 299
    assert {(row["value"] == "", row["missing_reason"]) for row in long} == {
        (True, "not_asked"), (False, ""),
    }  # fmt: skip
    for name in ("smoking_status", "diabetes"):
        pairs = {(row[name] == "", row[f"{name}_missing"]) for row in wide}
        assert pairs == {(True, "not_asked"), (False, "")}
    assert {(row["donor_pseudonym"], row["value"], row["missing_reason"]) for row in long} == {
        (row["donor_pseudonym"], row["smoking_status"], row["smoking_status_missing"])
        for row in wide
    }
    assert set(wide[0]) == {"donor_pseudonym", "survey_id", *BOTH.split(", ")}


def test_who_withdraws_leaves_the_answers_in_columns_too(asking, marts):
    project = asking()
    before = build_extract(project, "2022.1")
    then = rows(before, "surveys")
    shutil.copytree(before.folder, before.folder.with_name("before"))
    marts.query("insert into governance.withdrawals values ('donor-19', '2026-01-01')")

    now = rows(build_extract(project, "2022.1"), "surveys")

    assert len(now) == len(then) - 1
    assert [row for row in then if row not in now] != []
    assert all(row in then for row in now)


def test_the_codebook_tells_of_each_answer_and_its_reason(asking):
    extract = build_extract(asking(), "2022.1")
    with (extract.folder / "codebook.csv").open(encoding="utf-8", newline="") as file:
        book = {row["variable"]: row for row in csv.DictReader(file) if row["dataset"] == "surveys"}

    assert set(book) == {"donor_pseudonym", "survey_id", *BOTH.split(", ")}
    smoking = book["smoking_status"]
    assert (smoking["label_nb"], smoking["label_en"]) == ("Røyking", "Smoking")
    assert smoking["codes"] == "0 = never"
    present = [row for row in rows(extract, "surveys") if row["smoking_status"] != ""]
    assert int(smoking["values"]) == len(present)


@pytest.mark.parametrize("columns", ["smoking_status", "smoking_status, diabetes_missing"])
def test_an_answer_without_its_reason_is_refused_with_its_place(asking, columns):
    with pytest.raises(ProjectRefusedError) as caught:
        check_project(asking(columns))

    assert "datasets.3.columns.1" in str(caught.value)
    assert "smoking_status is asked for without smoking_status_missing" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_an_answer_in_rows_without_its_reason_is_refused(asking):
    project = asking(**{LONG: LONG.replace(", missing_reason", "")})

    with pytest.raises(ProjectRefusedError, match="value is asked for without missing_reason"):
        check_project(project)
