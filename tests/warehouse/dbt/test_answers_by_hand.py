"""The generated SQL against the rules worked out in Python, for every code a contract allows."""

import re
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from answers_by_hand import attenders, outcome
from hypothesis import given
from hypothesis import strategies as st
from psycopg import sql
from psycopg.rows import dict_row

from janus_warehouse.metadata import load_codelists
from janus_warehouse.metadata.units import convert_factor
from janus_warehouse.surveys import Survey, load_harmonisation
from janus_warehouse.warehouse.answers_sql import survey_sql, told
from janus_warehouse.warehouse.dbt_sources import staging_name

RULES = load_harmonisation()
CODELISTS = load_codelists()
TOGETHER = 150
_REF = re.compile(r"\{\{ ref\('(\w+)'\) \}\}")
CONVERTED = [
    (survey.columns[rule.columns[0]], RULES.variables[name])
    for survey in RULES.surveys.values()
    for name, rule in survey.rules.items()
    if rule.rule == "direct" and RULES.variables[name].unit and survey.columns[rule.columns[0]].unit
]


@pytest.fixture(scope="module")
def database(server):
    """Give a connection whose temporary tables stand in for the staging views."""
    with psycopg.connect(server, autocommit=True, row_factory=dict_row) as connection:
        yield connection


def harmonised(connection, survey: Survey) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return each attender's answers beside what the generated SQL makes of them."""
    columns = [c for contract in survey.contracts for c in contract.kept_columns]
    people = attenders(columns, TOGETHER, seed=1953)
    for position, contract in enumerate(survey.contracts):
        own = {c.name: c.physical_type for c in contract.kept_columns}
        lineage = {"donor_id": "text", "collection_id": "text", "delivery_id": "text",
                   "line_number": "bigint"}  # fmt: skip
        rows = [
            (f"D{n}", survey.collection, "delivery", n, *(person.get(name) for name in own))
            for n, person in enumerate(people)
            if position == 0 or any(person.get(name) is not None for name in own)
        ]
        fill(connection, staging_name(contract), lineage | own, rows)
    sexes = {"donor_id": "text", "collection_id": "text", "sex_code": "text"}
    donors = [(f"D{n}", survey.collection, str(1 + n % 2)) for n in range(len(people))]
    fill(connection, "int_donors__persons", sexes, donors)
    statement = _REF.sub(r"pg_temp.\1", survey_sql(survey, RULES))
    found = {int(row["donor_id"][1:]): row for row in connection.execute(statement)}
    assert len(found) == len(people)
    return [(person, found[n]) for n, person in enumerate(people)]


def fill(connection, name: str, columns: dict[str, str], rows: list[tuple]) -> None:
    table = sql.Identifier("pg_temp", name)
    listed = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
    connection.execute(sql.SQL("drop table if exists {}").format(table))
    connection.execute(
        sql.SQL("create temp table {} ({})").format(sql.Identifier(name), sql.SQL(listed))
    )
    with connection.cursor() as cursor, cursor.copy(
        sql.SQL("copy {} from stdin").format(table)
    ) as copy:  # fmt: skip
        for row in rows:
            copy.write_row(row)


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
