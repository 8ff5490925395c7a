"""The rule files of the bank's own surveys: every rule is asked, explained and shown."""

from collections import Counter

import pytest

from janus_warehouse.surveys import Harmonisation, Survey, load_harmonisation

# Those that the synthetic bank delivers. A survey that is added need not stand here.
SURVEYS = (
    "oslo_1972", "counties_1974", "counties_1985", "age40_1990", "hubro_2000", "red_cross",
)  # fmt: skip


@pytest.fixture(scope="module")
def harmonisation() -> Harmonisation:
    return load_harmonisation()


@pytest.fixture(params=SURVEYS)
def survey(request, harmonisation) -> Survey:
    return harmonisation.surveys[request.param]


def test_they_are_surveys_of_the_bank(harmonisation):
    found = {name for name, one in harmonisation.surveys.items() if one.collection == "janus"}

    assert set(SURVEYS) <= found


def test_every_rule_has_a_question_and_a_value_as_example(survey):
    assert len(survey.rules) >= 10
    for variable, rule in survey.rules.items():
        assert rule.question, f"{survey.survey_id}: {variable} has no question"
        assert any(example.value is not None for example in rule.examples), variable


def test_every_reason_of_a_rule_has_an_example(survey):
    for variable, rule in survey.rules.items():
        shown = {example.missing for example in rule.examples}
        given = {*rule.missing.values(), *(entry.reason for entry in rule.missing_when)}
        assert given <= shown, f"{survey.survey_id}: {variable} shows no {sorted(given - shown)}"


def test_several_surveys_tell_something_of_each_family(harmonisation):
    told = Counter(
        family
        for survey in harmonisation.surveys.values()
        if survey.collection == "janus"
        for family in {harmonisation.variables[name].topic for name in survey.rules}
    )

    assert set(told) == {variable.topic for variable in harmonisation.variables.values()}
    assert min(told.values()) >= 2, told
