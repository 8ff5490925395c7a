"""What must come of one attender's answers by a rule, worked out in plain Python.

It shares nothing with the generator of the SQL but the rule files and the units. Rules that write
SQL of their own (`operation`, `case_when`, `missing_when`) are beyond it.
"""

import random
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from janus_warehouse.contracts import Column
from janus_warehouse.metadata import Variable
from janus_warehouse.metadata.units import convert_factor
from janus_warehouse.surveys import Rule

Outcome = tuple[Any, str | None]


def outcome(variable: Variable, rule: Rule, column: Column, answer: Any) -> Outcome | None:
    """Return value and reason of an answer to a direct or recode rule; None for other rules."""
    if rule.rule not in ("direct", "recode") or rule.missing_when:
        return None
    if answer is None:
        return None, rule.when_empty
    text = str(answer)
    if text in rule.missing:
        return None, rule.missing[text]
    if rule.rule == "recode" and text not in rule.recode:
        return None, "unmapped"
    told = rule.recode[text] if rule.rule == "recode" else text
    if not variable.is_number:
        return told, None
    factor = Fraction(1)
    if rule.rule == "direct" and variable.unit is not None and column.unit is not None:
        factor = convert_factor(column.unit, variable.unit, variable.molar_mass)
    exact = Fraction(told) * factor
    if variable.range is not None and not (
        Fraction(str(variable.range.minimum)) <= exact <= Fraction(str(variable.range.maximum))
    ):
        return None, "out_of_range"
    number = Decimal(exact.numerator) / Decimal(exact.denominator)
    return number.quantize(Decimal(1).scaleb(-(variable.decimals or 0)), ROUND_HALF_UP), None


def answers(column: Column) -> list[Any]:
    """Return what can stand in a column of raw, the limits and the missing-value codes first."""
    properties, options = column.spec.custom_properties, column.spec.logical_type_options
    tokens = [token for token in properties.missing if token]
    if properties.codes:
        return [None, *dict.fromkeys([*properties.codes, *tokens])]
    if column.physical_type == "text":
        return [None, *tokens, "bonde"]
    if column.physical_type in ("date", "timestamptz", "boolean"):
        return [None]
    low = float(options.minimum if options.minimum is not None else 0)
    high = float(options.maximum if options.maximum is not None else 300)
    whole = column.physical_type in ("smallint", "integer", "bigint")
    between = [low + (high - low) * share for share in (0, 0.1, 0.33, 0.5, 0.77, 1)]
    numbers = [Decimal(round(x) if whole else str(round(x, 2))) for x in between]
    return [None, *numbers, *(Decimal(token.replace(",", ".")) for token in tokens)]


def attenders(columns: list[Column], number: int, seed: int) -> list[dict[str, Any]]:
    """Return attenders with every answer of every column among them, and others at random."""
    can_be = {column.name: answers(column) for column in columns}
    chance = random.Random(seed)
    one_by_one = [{name: value} for name, values in can_be.items() for value in values]
    together = [
        {name: chance.choice(values) for name, values in can_be.items()} for _ in range(number)
    ]
    return [*one_by_one, *together]
