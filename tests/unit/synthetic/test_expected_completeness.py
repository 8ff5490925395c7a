"""The completeness matrix of the answer key: adds up, is written down, counts a person once."""

from datetime import date

import polars as pl
import pytest
import yaml

from janus_warehouse.synthetic import ANSWER_KEY
from janus_warehouse.synthetic.completeness import matrix, survey_of
from janus_warehouse.synthetic.dirt import Planted
from janus_warehouse.synthetic.expected_late import expected
from janus_warehouse.synthetic.plan import Plan
from janus_warehouse.synthetic.world import make_world

FOLDERS = {
    "oslo_1972": "health_surveys/oslo_1972",
    "counties_1974": "health_surveys/counties_1974",
    "counties_1985": "health_surveys/counties_1985",
    "age40_1990": "health_surveys/age40_1990",
    "hubro_2000": "health_surveys/hubro_2000",
    "red_cross": "red_cross/donors-form",
}


@pytest.fixture(scope="module")
def world():
    return make_world(Plan.at(0.001), 1)


@pytest.mark.parametrize("survey", FOLDERS)
def test_outcomes_of_a_variable_add_up_to_the_rows_that_enter(bank, survey):
    (table,) = bank.key.delivery(FOLDERS[survey]).tables

    sums = {v: sum(outcomes.values()) for v, outcomes in bank.key.completeness[survey].items()}

    assert set(sums.values()) == {table.accepted}
    assert len(sums) >= 15


def test_the_written_key_has_the_matrix_and_says_its_version(bank):
    written = yaml.safe_load((bank.folder / ANSWER_KEY).read_text(encoding="utf-8"))

    assert written["answer_key"] == 4
    assert written["completeness"] == bank.key.completeness
    assert list(written["completeness"]) == list(FOLDERS)


def test_every_family_of_the_dictionary_is_asked_by_some_survey(bank):
    from janus_warehouse.metadata import load_survey_variables

    told = {v for variables in bank.key.completeness.values() for v in variables}
    unasked = {name: v.topic for name, v in load_survey_variables().items() if name not in told}

    # NHANES alone measures these.
    assert set(unasked) == {
        "arm_circumference_cm", "triceps_skinfold_mm", "crp_mg_l", "cotinine_ng_ml",
    }  # fmt: skip


def test_a_person_listed_twice_counts_with_the_latest_attendance(world):
    number = world.number_text[0]
    contract = world.contracts["red_cross", "donors_form"]
    blank = {column.name: None for column in contract.columns}
    rows = [
        {**blank, "person_number": number, "attended_date": day, "kjonn": "M", "snus": snus}
        for day, snus in (("02.01.1990", "J"), ("01.02.1991", "U"), ("31.12.1980", "J"))
    ]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(blank, pl.String))

    assert matrix(world, contract, frame, Planted(3))["uses_snus"] == {"not_answered": 1}


def test_quarantined_rows_count_for_nothing(world):
    contract = world.contracts["red_cross", "donors_form"]
    blank = {column.name: None for column in contract.columns}
    rows = [
        {**blank, "person_number": world.number_text[at], "attended_date": "02.01.1990",
         "snus": "J"}
        for at in range(3)
    ]  # fmt: skip
    planted = Planted(3)
    planted.lost = pl.Series([1]).to_numpy()

    found = matrix(world, contract, pl.DataFrame(rows, schema=dict.fromkeys(blank, pl.String)),
                   planted)  # fmt: skip

    assert found["uses_snus"] == {"values": 2}


def test_what_no_survey_is_has_no_matrix():
    assert survey_of("donors_form") == "red_cross"
    assert survey_of("donors") is None


def _oslo(**answers: float) -> pl.DataFrame:
    from janus_warehouse.contracts import load_contracts

    (contract,) = [c for c in load_contracts() if c.table == "hubro_2000"]
    row = dict.fromkeys((c.name for c in contract.columns), None) | answers
    schema = dict.fromkeys(row, pl.Float64)
    return pl.DataFrame([row], schema=schema).with_columns(
        attended_date=pl.lit((date(2001, 1, 1) - date(1970, 1, 1)).days), age=pl.lit(45)
    )


@pytest.mark.parametrize(
    ("answers", "variable", "outcome"),
    [
        ({"smoke": 3, "astart": 17}, "smoking_status", "inconsistent"),
        ({"smoke": 2, "astart": 17, "ystop": 40}, "years_since_stopping", "inconsistent"),
        ({"smoke": 2, "astart": 17, "ystop": 20}, "years_since_stopping", "values"),
        ({"smoke": -1, "ncig": 10}, "cigarettes_per_day", "unknown"),
        ({"smoke": 2, "ncig": -1}, "cigarettes_per_day", "not_applicable"),
        ({"alcfreq": 8}, "beer_glasses_per_week", "values"),
        ({"alcfreq": 8, "beer4w": 4}, "teetotaller", "inconsistent"),
        ({"alcfreq": 7, "beer4w": 4}, "teetotaller", "values"),
        ({"sex": 1, "pregn": 1}, "pregnant", "inconsistent"),
        ({"sex": 2, "menarch": 14, "nbirth": 1, "ageb1": 14}, "age_at_menarche_years",
         "inconsistent"),
        ({"sex": 2, "nbirth": 1, "ageb1": 9}, "age_at_first_birth_years", "out_of_range"),
        ({"sex": 2, "nbirth": 0}, "age_at_first_birth_years", "not_applicable"),
        ({"height": 170, "weight": 70}, "bmi_kg_m2", "values"),
        ({"height": 170}, "bmi_kg_m2", "not_answered"),
    ],
)  # fmt: skip
def test_the_oracle_agrees_with_what_a_person_says(answers, variable, outcome):
    frame = _oslo(**{"sex": 2, **answers})

    assert expected("hubro_2000", frame)[variable] == {outcome: 1}
