"""No answer leaves without the reason why it may be missing."""

import pytest

from janus_warehouse.projects.reasons import reason_problems
from janus_warehouse.projects.specification import Dataset
from janus_warehouse.releases.manifest import Column, Table

ANSWERS = ("donor_id", "variable", "value_original", "value", "missing_reason")


def told(*asked: str, held: tuple[str, ...] = ANSWERS) -> list[tuple[tuple, str]]:
    table = Table("fct_survey_answers", 1, "", (), tuple(Column(c, "text", "") for c in held))
    dataset = Dataset(name="answers", mart=table.name, description="Answers.", columns=asked)
    return list(reason_problems(("datasets", 0), dataset, table))


@pytest.mark.parametrize("column", ["value", "value_original"])
def test_an_answer_as_given_or_harmonised_needs_its_reason(column):
    [(place, message)] = told("donor_id", column)

    assert place == ("datasets", 0, "columns", 1)
    assert message.startswith(f"{column} is asked for without missing_reason: list it too")


def test_both_with_their_reason_may_leave():
    assert told("donor_id", "value", "value_original", "missing_reason") == []


def test_where_a_mart_knows_no_reason_none_is_asked_for():
    assert told("donor_id", "value", held=("donor_id", "value")) == []
