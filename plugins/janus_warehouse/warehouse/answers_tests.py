"""Tests of the answers, written from the rule files: their examples, and that no code is forgotten.

An example becomes an attender of a dbt unit test. Variables that read no common column share the
attenders, so that a survey needs a handful of queries and not one for each variable: the first
attender is the first example of each of them, the second the second one, and so on.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from janus_warehouse.metadata import Variable
from janus_warehouse.surveys import Example, Harmonisation, Rule, Survey
from janus_warehouse.surveys.outcomes import DONOR_SEX
from janus_warehouse.surveys.words import named_columns
from janus_warehouse.warehouse.answer_expressions import is_number
from janus_warehouse.warehouse.answers_sql import answers_model, asks_for_donor, texts_of
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
        named = {"name": f"{survey.survey_id}_maps_every_code", "arguments": arguments}
        model["data_tests"] = [{"every_code_is_mapped": named}]
    content: Row = {"models": [model]}
    if unit_tests := list(_unit_tests(survey, harmonisation)):
        content["unit_tests"] = unit_tests
    origin = f"metadata/harmonisation/{survey.collection}/{survey.path.name}"
    return document(origin, content)


def _unit_tests(survey: Survey, harmonisation: Harmonisation) -> Iterator[Row]:
    for number, names in enumerate(variables_together(survey, harmonisation), start=1):
        given, expected = _attenders(survey, harmonisation, names)
        yield {
            "name": f"{survey.survey_id}_answers_as_its_examples_say_{number}",
            "description": f"The examples of {', '.join(names)}.",
            "model": answers_model(survey.survey_id),
            "given": _inputs(survey, harmonisation, given),
            "expect": {"rows": expected},
        }


def variables_together(survey: Survey, harmonisation: Harmonisation) -> list[list[str]]:
    """Return the variables that have examples, in groups that do not meddle with each other.

    Two meddle when they read a common column, or when a cross-check of both may blank one.
    """
    groups: list[tuple[list[str], set[str]]] = []
    for name, rule in survey.rules.items():
        if not rule.examples:
            continue
        read = _read(survey, rule)
        read |= {
            f"{check} checks"
            for check, content in harmonisation.checks_in(survey).items()
            if content.blanks and name in content.of
        }
        for names, taken in groups:
            if not read & taken:
                names.append(name)
                taken |= read
                break
        else:
            groups.append(([name], read))
    return [names for names, _ in groups]


def _read(survey: Survey, rule: Rule) -> set[str]:
    """Return the columns that a rule or one of its examples names."""
    columns = {*survey.tables_of_columns, DONOR_SEX}
    read = set(rule.columns)
    for text in texts_of(rule):
        read |= named_columns(text, columns)
    return read.union(*(example.given for example in rule.examples))


def _attenders(
    survey: Survey, harmonisation: Harmonisation, names: list[str]
) -> tuple[list[Row], list[Row]]:
    """Return what each attender answers, and what must come of it."""
    given, expected = [], []
    most = max(len(survey.rules[name].examples) for name in names)
    for number in range(most):
        answers: Row = {}
        outcome: Row = {"donor_id": f"E{number + 1}"}
        for name in names:
            examples = survey.rules[name].examples
            # One with fewer examples repeats its last: every row says something of every variable.
            example = examples[min(number, len(examples) - 1)]
            answers |= example.given
            outcome |= _outcome(harmonisation.variables[name], example)
        given.append(answers)
        expected.append(outcome)
    return given, expected


def _outcome(variable: Variable, example: Example) -> Row:
    value = example.value
    if value is not None and is_number(variable):
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
