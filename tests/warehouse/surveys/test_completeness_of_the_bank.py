"""The made-up bank's survey variables are as complete as its answer key says, cell by cell.

The key comes from an oracle that reads the delivered files and the codebooks, not the rules.
"""

import psycopg
import pytest

from janus_warehouse.demo.answer_key import survey_cells
from janus_warehouse.surveys import load_harmonisation
from janus_warehouse.synthetic import ANSWER_KEY

SURVEYS = ("oslo_1972", "counties_1974", "counties_1985", "age40_1990", "hubro_2000", "red_cross")


@pytest.fixture(scope="module")
def matrix(surveyed_bank):
    """Give the cells of every survey, as the demo counts them."""
    with psycopg.connect(surveyed_bank.url) as connection:
        return survey_cells(connection, surveyed_bank.landing / ANSWER_KEY)


@pytest.mark.parametrize("survey", SURVEYS)
def test_every_cell_of_the_matrix_is_what_the_answer_key_says(surveyed_bank, matrix, survey):
    told = surveyed_bank.key.completeness[survey]

    cells = matrix[survey]
    different = {
        variable: (cells[variable], outcomes)
        for variable, outcomes in told.items()
        if cells[variable] != outcomes
    }

    assert different == {}, "found in the warehouse, expected by the key"
    assert len(told) >= 15


@pytest.mark.parametrize("survey", SURVEYS)
def test_what_the_answer_key_does_not_tell_was_asked_of_nobody(surveyed_bank, matrix, survey):
    told = surveyed_bank.key.completeness[survey]

    untold = {v: cells for v, cells in matrix[survey].items() if v not in told}

    assert {outcome for cells in untold.values() for outcome in cells} == {"not_asked"}
    rules = load_harmonisation()
    assert set(untold) | set(told) == set(rules.variables)


@pytest.mark.parametrize("survey", SURVEYS)
def test_attenders_are_the_rows_that_entered(surveyed_bank, survey):
    folder = "red_cross/donors-form" if survey == "red_cross" else f"health_surveys/{survey}"
    (answer,) = surveyed_bank.key.delivery(folder).tables

    ((attenders,),) = surveyed_bank.query(
        "select count(*) from marts.survey_answers_wide where survey_id = %s", survey
    )

    assert attenders == answer.accepted


def test_the_key_has_every_reason_so_that_none_goes_untested(surveyed_bank):
    told = {
        outcome
        for cells in surveyed_bank.key.completeness.values()
        for outcomes in cells.values()
        for outcome in outcomes
    }

    assert told == {
        "values", "not_asked", "not_answered", "refused", "unknown", "out_of_range",
        "inconsistent", "not_applicable",
    }  # fmt: skip


def test_the_key_has_what_only_the_register_s_age_and_sex_contradict(surveyed_bank):
    told = surveyed_bank.key.completeness

    assert "inconsistent" in told["hubro_2000"]["years_since_stopping"]
    assert "inconsistent" in told["counties_1985"]["pregnant"]
