"""The generated SQL against the rules worked out in Python, for every code a contract allows."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from answers_by_hand import attenders, outcome
from answers_runner import answers_of
from hypothesis import given
from hypothesis import strategies as st

from janus_warehouse.metadata import load_codelists
from janus_warehouse.metadata.units import convert_factor
from janus_warehouse.surveys import Survey, load_harmonisation
from janus_warehouse.warehouse.answers_sql import told

RULES = load_harmonisation()
CODELISTS = load_codelists()
TOGETHER = 150
ATTENDED = date(1985, 6, 1)
CONVERTED = [
    (survey.columns[rule.columns[0]], RULES.variables[name])
    for survey in RULES.surveys.values()
    for name, rule in survey.rules.items()
    if rule.rule == "direct" and RULES.variables[name].unit and survey.columns[rule.columns[0]].unit
]


def harmonised(connection, survey: Survey) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return each attender's answers beside what the generated SQL makes of them."""
    columns = [c for contract in survey.contracts for c in contract.kept_columns]
    people = {f"D{n}": person for n, person in enumerate(attenders(columns, TOGETHER, seed=1953))}
    tables = {
        contract.table: [
            {
                "donor_id": donor,
                **{c.name: person.get(c.name) for c in contract.kept_columns},
                **({survey.spec.attended_date: ATTENDED} if position == 0 else {}),
            }
            for donor, person in people.items()
            if position == 0 or any(person.get(c.name) is not None for c in contract.kept_columns)
        ]
        for position, contract in enumerate(survey.contracts)
    }
    donors = [
        {"donor_id": donor, "sex_code": str(1 + n % 2), "birth_date": date(1930 + n % 40, 5, 1)}
        for n, donor in enumerate(people)
    ]
    found = answers_of(connection, survey, RULES, tables, donors)
    assert len(found) == len(people)
    return [(people[row["donor_id"]], row) for row in found]


@pytest.mark.parametrize("name", RULES.surveys)
def test_whatever_a_contract_allows_has_a_value_in_its_range_or_list_or_a_reason(database, name):
    survey = RULES.surveys[name]
    reasons = CODELISTS["missing_reason"].values

    for _, row in harmonised(database, survey):
        for variable in (RULES.variables[v] for v in told(survey, RULES)):
            value, reason = row[variable.name], row[f"{variable.name}__missing"]
            assert (value is None) == (reason is not None), variable.name
            assert reason is None or reason in reasons, (variable.name, reason)
            if value is None:
                continue
            if variable.codelist is not None:
                assert value in CODELISTS[variable.codelist].values, variable.name
            if variable.range is not None:
                limits = variable.range
                assert limits.minimum <= float(value) <= limits.maximum, variable.name
                assert value == round(value, variable.decimals or 0), variable.name


@pytest.mark.parametrize("name", RULES.surveys)
def test_direct_and_recoded_answers_are_those_worked_out_by_hand(database, name):
    survey = RULES.surveys[name]
    checks = RULES.checks_in(survey)
    compared = 0

    for answers, row in harmonised(database, survey):
        for variable, rule in ((RULES.variables[v], rule) for v, rule in survey.rules.items()):
            column = rule.columns[0]
            expected = outcome(variable, rule, survey.columns[column], answers.get(column))
            if expected is None:
                continue
            blanking = [c for c, check in checks.items() if variable.name in check.blanks]
            if any(row[f"{check}__fails"] for check in blanking):
                expected = (None, "inconsistent")
            assert (row[variable.name], row[f"{variable.name}__missing"]) == expected, (
                name, variable.name, answers.get(column),
            )  # fmt: skip
            compared += 1

    assert compared > TOGETHER


@given(st.sampled_from(CONVERTED), st.decimals(0, 1000, places=2, allow_nan=False))
def test_a_unit_converted_there_and_back_is_what_it_was(pair, number):
    column, variable = pair
    there = convert_factor(column.unit, variable.unit, variable.molar_mass)
    back = convert_factor(variable.unit, column.unit, variable.molar_mass)

    assert there * back == 1
    assert Decimal(str(number)) == Decimal(str(number)) * there.numerator * back.numerator / (
        there.denominator * back.denominator
    )


def test_some_units_really_are_converted():
    assert len({(column.unit, variable.unit) for column, variable in CONVERTED}) > 3
