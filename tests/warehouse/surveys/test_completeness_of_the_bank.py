"""The made-up bank's survey variables are as complete as its answer key says, cell by cell.

The key comes from an oracle that reads the delivered files and the codebooks, not the rules.
"""

from collections import defaultdict

import pytest

from janus_warehouse.surveys import load_harmonisation

SURVEYS = ("oslo_1972", "counties_1974", "counties_1985", "age40_1990", "hubro_2000", "red_cross")
CELLS = """
select variable, coalesce(missing_reason, 'values'), count(*)
from marts.fct_survey_answers where survey_id = %s group by 1, 2
"""


def found(bank, survey: str) -> dict[str, dict[str, int]]:
    cells: dict[str, dict[str, int]] = defaultdict(dict)
    for variable, outcome, count in bank.query(CELLS, survey):
        cells[variable][outcome] = count
    return dict(cells)


@pytest.mark.parametrize("survey", SURVEYS)
def test_every_cell_of_the_matrix_is_what_the_answer_key_says(surveyed_bank, survey):
    told = surveyed_bank.key.completeness[survey]

    cells = found(surveyed_bank, survey)
    different = {
        variable: (cells[variable], outcomes)
        for variable, outcomes in told.items()
        if cells[variable] != outcomes
    }

    assert different == {}, "found in the warehouse, expected by the key"
    assert len(told) >= 15


@pytest.mark.parametrize("survey", SURVEYS)
def test_what_the_answer_key_does_not_tell_was_asked_of_nobody(surveyed_bank, survey):
    told = surveyed_bank.key.completeness[survey]

    untold = {v: cells for v, cells in found(surveyed_bank, survey).items() if v not in told}

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
