"""What a build tells of the made-up bank's surveys: the matrix, the page, and what looks wrong."""

import json
import re
from collections import defaultdict
from decimal import Decimal

import psycopg
import pytest
from typer.testing import CliRunner

from janus_warehouse.cli import app

MARTS = {
    "completeness": "fct_completeness",
    "plausibility": "fct_survey_plausibility",
    "drift": "fct_survey_drift",
}
NUMBERS = """
select variable, previous_survey_id, survey_id, finding, likely_factor, suspect_survey_id
from intermediate.int_drift__numbers
"""
CODES = """
select variable, previous_survey_id, survey_id, finding, swapped_codes, suspect_survey_id
from intermediate.int_drift__codes
"""


@pytest.fixture(scope="module")
def document(surveyed_bank):
    path = surveyed_bank.home / "reports" / "surveys" / "completeness.json"
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def page(surveyed_bank):
    return surveyed_bank.home / "reports" / "surveys" / "index.html"


def test_the_matrix_is_what_the_answer_key_says(surveyed_bank):
    reasons = ["not_asked", "not_answered", "refused", "unknown", "out_of_range", "inconsistent",
               "not_applicable"]  # fmt: skip
    columns = ", ".join(["n_values", *(f"n_{reason}" for reason in reasons)])
    found = defaultdict(dict)
    for survey, variable, *counts in surveyed_bank.query(
        f"select survey_id, variable, {columns} from marts.fct_completeness"
    ):
        told = dict(zip(["values", *reasons], counts, strict=True))
        found[survey][variable] = {outcome: count for outcome, count in told.items() if count}

    for survey, cells in surveyed_bank.key.completeness.items():
        assert {variable: found[survey][variable] for variable in cells} == cells


@pytest.mark.parametrize("part", MARTS)
def test_the_document_says_what_the_mart_says(surveyed_bank, document, part):
    with psycopg.connect(surveyed_bank.url) as connection:
        cursor = connection.execute(f"select * from marts.{MARTS[part]}")
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, map(plain, row), strict=True)) for row in cursor]

    def key(row):
        return [str(row[name]) for name in names]

    assert len(rows) > 10
    assert sorted(document[part], key=key) == sorted(rows, key=key)


def plain(value):
    return float(value) if isinstance(value, Decimal) else value


def test_the_figure_is_that_of_the_cells(document):
    told = [c for c in document["completeness"] if c["n_attenders"] and c["rule"] != "impossible"]
    values = sum(cell["n_values"] for cell in told)
    possible = sum(cell["n_attenders"] - cell["n_not_applicable"] for cell in told)
    figure = document["completeness_of_standardised_variables"]

    assert (figure["values"], figure["answers_possible"]) == (values, possible)
    assert figure["percent"] == pytest.approx(100 * values / possible, abs=0.05)
    assert 50 < figure["percent"] < 100


def test_every_survey_has_every_variable_before_it_is_delivered(document):
    cells = {(cell["survey_id"], cell["variable"]) for cell in document["completeness"]}
    surveys = {survey for survey, _ in cells}
    awaited = [c for c in document["completeness"] if c["survey_id"] == "nhanes_2003"]

    assert len(cells) == len(surveys) * len({variable for _, variable in cells})
    assert {cell["n_attenders"] for cell in awaited} == {0}


def test_a_bank_without_faults_looks_right(document):
    found = {row["finding"] for row in document["drift"]}

    assert found <= {"none", "too_few"}
    assert document["suspects"] == []


@pytest.mark.parametrize(
    ("survey", "variable", "spoilt", "factor"),
    [
        pytest.param("counties_1985", "weight_kg", "(answer::numeric * 2.2046)::text", "2.2046",
                     id="pounds"),
        pytest.param("age40_1990", "total_cholesterol_mmol_l", "(answer::numeric / 38.67)::text",
                     "38.67", id="converted twice"),
        pytest.param("counties_1974", "height_cm", "(answer::numeric * 10)::text", "10",
                     id="millimetres"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("is_out_of_range", [False, True], ids=["in range", "out of range"])
def test_a_survey_in_another_unit_is_found(
    surveyed_bank, survey, variable, spoilt, factor, is_out_of_range
):
    reason = "'out_of_range'" if is_out_of_range else "null"
    found = drift_after(
        surveyed_bank,
        f"update intermediate.int_answers__counts set answer = {spoilt}, missing_reason = {reason} "
        "where survey_id = %s and variable = %s and missing_reason is null",
        [survey, variable],
        NUMBERS,
    )

    assert found == {(variable, "unit_changed", Decimal(factor), survey)}


def test_swapped_codes_are_found(surveyed_bank):
    found = drift_after(
        surveyed_bank,
        "update intermediate.int_answers__counts set answer = case answer when 'no' then 'yes' "
        "else 'no' end where survey_id = %s and variable = %s and missing_reason is null",
        ["age40_1990", "diabetes"],
        CODES,
    )

    assert found == {("diabetes", "codes_swapped", "no, yes", "age40_1990")}


def drift_after(bank, spoil: str, parameters: list[str], query: str) -> set[tuple]:
    """Return the findings once the counts of a survey are spoilt; nothing of it stays."""
    with psycopg.connect(bank.url) as connection:
        assert connection.execute(spoil, parameters).rowcount > 1
        rows = connection.execute(query).fetchall()
        connection.rollback()
    return {
        (variable, finding, what, suspect)
        for variable, _, _, finding, what, suspect in rows
        if finding not in ("none", "too_few")
    }


def test_the_report_can_be_written_again(surveyed_bank, page, monkeypatch):
    from janus_warehouse.platform import database
    from janus_warehouse.platform.settings import get_settings

    before = page.read_bytes()
    page.unlink()
    for name, value in (
        ("JANUS_HOME", str(surveyed_bank.home)),
        ("JANUS_DATABASE_URL", surveyed_bank.url),
        ("JANUS_SECRET_KEY", "a key for tests only"),
    ):
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    database._engine.cache_clear()
    try:
        done = CliRunner().invoke(app, ["survey", "report"])
    finally:
        get_settings.cache_clear()
        database._engine.cache_clear()

    assert done.exit_code == 0, done.output
    assert page.read_bytes() == before


TRIAL = """
<script>
const visible = () => [...document.querySelectorAll("#heat tr[data-words]")]
  .filter((row) => !row.hidden && !row.parentElement.hidden);
const told = { all: visible().length };
document.getElementById("word").value = "SMOKING";
document.getElementById("word").dispatchEvent(new Event("input"));
told.filtered = visible().length;
document.getElementById("word").value = "";
document.getElementById("family").value = "body";
document.getElementById("family").dispatchEvent(new Event("input"));
told.family = visible().length;
document.querySelectorAll("#surveys th button")[3].click();
told.attenders = [...document.querySelectorAll("#surveys tbody tr")]
  .map((row) => parseInt(row.cells[3].textContent.replace(/,/g, "")));
document.body.dataset.told = JSON.stringify(told);
</script>
"""


def test_the_page_filters_and_sorts_in_a_browser(page, document, tmp_path, shown_in_browser):
    trial = tmp_path / "trial.html"
    trial.write_text(page.read_text(encoding="utf-8") + TRIAL, encoding="utf-8")
    shown = shown_in_browser(trial)
    told = json.loads(re.search(r'data-told="([^"]*)"', shown)[1].replace("&quot;", '"'))
    variables = {cell["variable"] for cell in document["completeness"]}

    assert told["all"] == len(variables)
    assert 0 < told["filtered"] < told["all"] and 0 < told["family"] < told["all"]
    assert told["attenders"] == sorted(told["attenders"])
    assert shown.count("<svg") > 50
    assert re.findall(r"(?:src|href)=\"(?:https?:)?//", shown) == []


def test_the_page_holds_counts_and_no_donor(surveyed_bank, page):
    donors = {
        name for (name,) in surveyed_bank.query("select donor_id from marts.survey_answers_wide")
    }
    text = page.read_text(encoding="utf-8")

    assert len(donors) > 100
    assert not [donor for donor in donors if donor in text]
