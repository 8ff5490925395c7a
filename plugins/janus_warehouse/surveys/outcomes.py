"""What must come of each code that can be delivered, and of each example of a rule."""

import re
from collections.abc import Iterator
from decimal import Decimal

from janus_warehouse.contracts import Column
from janus_warehouse.metadata import Variable
from janus_warehouse.metadata.variables import number_text
from janus_warehouse.surveys.definition import Example, Rule, Survey
from janus_warehouse.surveys.words import named_columns

WHOLE_NUMBERS = ("smallint", "integer", "bigint")
NUMBERS = (*WHOLE_NUMBERS, "numeric", "double precision")
DONOR_SEX = "donor_sex_code"
"""The donor's sex as the warehouse knows it; rules and examples may name it beside the columns."""
DONOR_AGE = "donor_age_years"
"""The donor's age in whole years on the day of attendance, for the cross-checks."""
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_QUOTED = re.compile(r"'([^']*)'")
_ANY = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?")
_Place = tuple[list[str], str]


def code_problems(column: Column, rule: Rule) -> Iterator[_Place]:
    """Yield where a code of a column has no outcome, two of them, or cannot be delivered."""
    properties = column.spec.custom_properties
    missing = {_as_stored(code, column) for code in properties.missing if code != ""}
    told = {*rule.missing, *rule.recode}
    # Of several columns one with codes is compared with them one by one, and `missing`, which
    # holds for all, may not even name them: a 7 can be a refusal there and a number elsewhere.
    is_compared = len(rule.columns) > 1 and properties.codes
    if not is_compared and (forgotten := sorted(missing - told)):
        yield (
            ["columns"],
            f"{column.name} has the missing-value codes {', '.join(forgotten)}; "
            "write under missing why there is no value",
        )
    if twice := sorted(set(rule.missing) & set(rule.recode)):
        yield ["recode"], f"{', '.join(twice)} is a value here and a reason under missing"
    if rule.rule == "recode":
        yield from _of_a_recode(column, rule, missing)
    if rule.rule == "case_when":
        yield from _of_cases(column, rule)
    if column.physical_type in NUMBERS and (
        texts := sorted(code for code in told if not _NUMBER.fullmatch(code))
    ):
        part = "missing" if set(texts) & set(rule.missing) else "recode"
        yield [part], f"{column.name} is {column.physical_type}, and {', '.join(texts)} no number"


def _of_a_recode(column: Column, rule: Rule, missing: set[str]) -> Iterator[_Place]:
    codes = set(column.spec.custom_properties.codes or ())
    if forgotten := sorted(codes - set(rule.missing) - set(rule.recode) - missing):
        yield (
            ["recode"],
            f"{column.name} has the codes {', '.join(forgotten)} in its contract, which have "
            "no outcome; map them or write them under missing",
        )
    if codes and (strangers := sorted((set(rule.recode) | set(rule.missing)) - codes - missing)):
        yield ["recode"], f"{', '.join(strangers)} is no code of {column.name} in its contract"


def _of_cases(column: Column, rule: Rule) -> Iterator[_Place]:
    """A code in no condition would be `unknown` without anybody having said so."""
    conditions = [*(case.when for case in rule.cases), *(each.when for each in rule.missing_when)]
    literals = {
        found
        for condition in conditions
        if named_columns(condition, {column.name})
        for found in (_QUOTED if column.physical_type == "text" else _ANY).findall(condition)
    }
    told = {*literals, *rule.missing}
    codes = column.spec.custom_properties.codes or ()
    if forgotten := [code for code in codes if _as_stored(code, column) not in told]:
        yield (
            ["cases"],
            f"{column.name} has the codes {', '.join(forgotten)} in its contract, which no "
            "condition names; add them to a case, or write them under missing or missing_when",
        )


def _as_stored(code: str, column: Column) -> str:
    """Return a missing-value code as a rule sees it: the sender's 9,99 is the number 9.99."""
    return code.replace(",", ".") if column.physical_type in NUMBERS else code


def example_problems(survey: Survey, variable: Variable, rule: Rule) -> Iterator[_Place]:
    """Yield where an example gives what cannot be delivered, or expects what cannot come of it."""
    for position, example in enumerate(rule.examples):
        place = ["examples", str(position)]
        strangers = sorted(set(example.given) - set(survey.tables_of_columns) - {DONOR_SEX})
        if strangers:
            yield place, f"{', '.join(strangers)} is no column of the survey"
        for name, value in example.given.items():
            if name in survey.columns and value is not None:
                yield from _of_a_given(survey.columns[name], str(value), place)
        yield from _of_an_expected(variable, example, place)


def _of_a_given(column: Column, value: str, place: list[str]) -> Iterator[_Place]:
    properties = column.spec.custom_properties
    if column.physical_type in NUMBERS and not _NUMBER.fullmatch(value):
        yield place, f"expected a number for {column.name} ({column.physical_type})"
    allowed = {
        *(properties.codes or ()),
        *(_as_stored(code, column) for code in properties.missing),
    }
    if properties.codes and value not in allowed:
        yield place, f"{value} is no code of {column.name} in its contract"


def _of_an_expected(variable: Variable, example: Example, place: list[str]) -> Iterator[_Place]:
    if example.value is None or not variable.is_number:
        return
    if not _NUMBER.fullmatch(example.value):
        return  # told with the other outcomes
    number, decimals = Decimal(example.value), variable.decimals or 0
    if variable.range is not None and not (
        variable.range.minimum <= number <= variable.range.maximum
    ):
        yield (
            place,
            f"{example.value} lies outside {number_text(variable.range.minimum)} to "
            f"{number_text(variable.range.maximum)}: expected missing: out_of_range",
        )
    if number != round(number, decimals):
        yield place, f"{example.value} has more decimals than the variable, which has {decimals}"
