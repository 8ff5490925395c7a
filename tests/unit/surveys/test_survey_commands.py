"""`janus survey check` and `janus survey show`: without a database, with file, line and SQL."""

import shutil

import pytest
from typer.testing import CliRunner

from janus_warehouse.cli import app
from janus_warehouse.platform.settings import REPO_ROOT, get_settings

RULES = "metadata/harmonisation/janus/oslo_1972.yaml"


def survey(*arguments):
    return CliRunner().invoke(app, ["survey", *arguments], env={"COLUMNS": "160"})


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """Give definitions of one's own, which the commands read."""
    for folder in ("metadata", "expectations"):
        shutil.copytree(REPO_ROOT / folder, tmp_path / folder)
    monkeypatch.setenv("JANUS_REPO_ROOT", str(tmp_path))
    get_settings.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    get_settings.cache_clear()


def broken(checkout, old, new):
    """Put a mistake into the rules of the Oslo study; return its line."""
    path = checkout / RULES
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_rules_that_are_well_are_counted_for_every_survey():
    done = survey("check")
    assert done.exit_code == 0
    names = [path.stem for path in (REPO_ROOT / "metadata/harmonisation").glob("*/*.yaml")]
    assert sorted(line.split(":")[0] for line in done.output.splitlines()) == sorted(names)
    assert survey("check", "oslo_1972").output.count("\n") == 1


def test_a_mistake_is_told_with_file_and_line_and_stops_the_check(checkout):
    line = broken(checkout, "columns: [hoyde]", "columns: [lengde]")
    for arguments in (("check",), ("check", "oslo_1972")):
        done = survey(*arguments)
        assert done.exit_code == 1
        assert f"{RULES}:{line}: rules.height_cm.columns" in done.output
        assert str(checkout) not in done.output


def test_a_mistake_of_another_survey_is_counted_and_stops_the_check_too(checkout):
    broken(checkout, "columns: [hoyde]", "columns: [lengde]")
    done = survey("check", "hubro_2000")
    assert done.exit_code == 1
    assert "1 problems in other files" in done.output
    assert RULES not in done.output


def test_a_todo_is_a_mistake(checkout):
    line = broken(checkout, "columns: [hoyde]", "columns: [hoyde]\n    note: TODO ask the sender")
    done = survey("check", "oslo_1972")
    assert f"{RULES}:{line + 1}: rules.height_cm.note: TODO" in done.output
    assert done.exit_code == 1


def test_a_todo_in_the_place_of_a_code_is_a_mistake(checkout):
    line = broken(checkout, 'missing: {"9": unknown}', "missing: {TODO: unknown}")
    assert (
        f"{RULES}:{line}: rules.smoking_status.missing.TODO" in survey("check", "oslo_1972").output
    )


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        pytest.param(("check", "osl"), "oslo_1972", id="check"),
        pytest.param(("show", "osl"), "oslo_1972", id="show"),
        pytest.param(("show", "oslo_1972", "hight"), "hight", id="variable"),
    ],
)
def test_a_name_that_does_not_exist_is_wrong_usage(arguments, named):
    done = survey(*arguments)
    assert done.exit_code == 2
    assert named in done.output


def test_a_survey_is_shown_with_every_rule_and_what_it_cannot_tell():
    shown = survey("show", "oslo_1972").output
    assert "1972–1973" in shown and "health_surveys.oslo_1972" in shown
    for part in ("smoking_status", "recode", "bmi_kg_m2", "derived", "impossible:", "hip_cm"):
        assert part in shown


def test_a_rule_is_shown_with_codes_outcomes_and_the_sql_of_the_model():
    shown = survey("show", "oslo_1972", "smoking_status").output
    assert "column roykn (ROYKN)" in shown
    assert "never smoked" in shown and "missing: unknown" in shown
    model = REPO_ROOT / "dbt_project/models/_generated/answers/int_answers__oslo_1972.sql"
    assert "when roykn = '3' then 'current'" in shown
    assert "when roykn = '3' then 'current'" in model.read_text()


def test_what_is_derived_or_impossible_says_so():
    assert "derived from" in survey("show", "oslo_1972", "bmi_kg_m2").output
    assert "impossible:" in survey("show", "oslo_1972", "hip_cm").output


def test_the_whole_view_is_shown_as_it_is_generated():
    model = REPO_ROOT / "dbt_project/models/_generated/answers/int_answers__oslo_1972.sql"
    assert survey("show", "oslo_1972", "--sql").output.strip() == model.read_text().strip()
