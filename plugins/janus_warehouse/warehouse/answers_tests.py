"""Tests of the answers, written from the rule files: their examples, and that no code is forgotten.

An example becomes an attender of a dbt unit test; `answer_examples` says which share one. A rule
that a survey inherits is tested where it was written, unless its columns are of another kind.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from janus_warehouse.metadata import Variable
from janus_warehouse.surveys import Example, Harmonisation, Survey
from janus_warehouse.surveys.names import CODES_TEST, EXAMPLES_TEST
from janus_warehouse.surveys.outcomes import DONOR_SEX
from janus_warehouse.warehouse.answer_examples import Together, told_elsewhere, unit_tests_of
from janus_warehouse.warehouse.answers_sql import answers_model, asks_for_donor
from janus_warehouse.warehouse.dbt_sources import document, staging_name

_DELIVERY = "examples"
Row = dict[str, Any]


def answer_test_files(harmonisation: Harmonisation) -> dict[str, str]:
    """Return the yml of each survey's view, with its tests, by path below `_generated`."""
    return {
        f"answers/{answers_model(name)}.yml": _document(survey, harmonisation)
        for name, survey in harmonisation.surveys.items()
    }


def _document(survey: Survey, harmonisation: Harmonisation) -> str:
    model: Row = {
        "name": answers_model(survey.survey_id),
        "description": f"One row per attender of {survey.survey_id}: the value, the original "
        "answer and the reason of a missing value of each variable that it tells.",
    }
    if coded := [name for name, rule in survey.rules.items() if rule.rule == "recode"]:
        arguments = {"survey": survey.survey_id, "variables": coded}
        name = CODES_TEST.format(survey=survey.survey_id)
        named = {"name": name, "arguments": arguments}
        model["data_tests"] = [{"every_code_is_mapped": named}]
    content: Row = {"models": [model]}
    if unit_tests := list(_unit_tests(survey, harmonisation)):
        content["unit_tests"] = unit_tests
    origin = f"metadata/harmonisation/{survey.collection}/{survey.path.name}"
    return document(origin, content)


def _unit_tests(survey: Survey, harmonisation: Harmonisation) -> Iterator[Row]:
    tests = unit_tests_of(survey, harmonisation, variables_tested(survey, harmonisation))
    for number, test in enumerate(tests, start=1):
        given = [
            {name: value for example in attender.examples.values()
             for name, value in example.given.items()}
            for attender in test.attenders
        ]  # fmt: skip
        yield {
            "name": EXAMPLES_TEST.format(survey=survey.survey_id, number=number),
            "description": f"The examples of {', '.join(test.names)}.",
            "model": answers_model(survey.survey_id),
            "given": _inputs(survey, harmonisation, given),
            "expect": {"rows": list(_expected(test, harmonisation.variables))},
        }


def variables_tested(survey: Survey, harmonisation: Harmonisation) -> list[str]:
    """Return the variables with examples that no earlier survey tests by the same rule."""
    surveys = list(harmonisation.surveys.values())
    earlier = [s for s in surveys[: surveys.index(survey)] if s.collection == survey.collection]
    return [
        name
        for name, rule in survey.rules.items()
        if rule.examples and not any(told_elsewhere(survey, other, name) for other in earlier)
    ]


def _expected(test: Together, variables: dict[str, Variable]) -> Iterator[Row]:
    for number, attender in enumerate(test.attenders, start=1):
        row: Row = {"donor_id": f"E{number}"}
        for name in test.names:
            row |= _outcome(variables[name], attender.examples[name])
        yield row


def _outcome(variable: Variable, example: Example) -> Row:
    value = example.value
    if value is not None and variable.is_number:
        # With as many decimals as the model writes: dbt compares the numbers as text.
        value = f"{Decimal(value):.{variable.decimals or 0}f}"
    return {variable.name: value, f"{variable.name}__missing": example.missing}


def _inputs(survey: Survey, harmonisation: Harmonisation, given: list[Row]) -> list[Row]:
    """Return the rows of each table that the model reads; all but the first may lack a person."""
    inputs = []
    for position, contract in enumerate(survey.contracts):
        own = {column.name for column in contract.kept_columns}
        rows = []
        for number, answers in enumerate(given, start=1):
            told = {name: value for name, value in answers.items() if name in own}
            if position == 0 or told:
                rows.append(
                    {"donor_id": f"E{number}", "collection_id": survey.collection,
                     "delivery_id": _DELIVERY, "line_number": number, **told}
                )  # fmt: skip
        inputs.append({"input": f"ref('{staging_name(contract)}')", "rows": rows})
    if asks_for_donor(survey, harmonisation):
        persons = [
            {"donor_id": f"E{number}", "collection_id": survey.collection,
             "sex_code": answers[DONOR_SEX]}
            for number, answers in enumerate(given, start=1)
            if DONOR_SEX in answers
        ]  # fmt: skip
        inputs.append({"input": "ref('int_donors__persons')", "rows": persons})
    return inputs
