"""Units of measure in UCUM, and the exact factor from one to another.

    >>> convert_factor("mg/dL", "mmol/L", molar_mass=Decimal("386.65"))
    Fraction(200, 7733)
    >>> factor_sql(convert_factor("m", "cm")), factor_sql(Fraction(200, 7733))
    (' * 100.0', ' * 200.0 / 7733.0')

A value in `from_unit` times the factor is the value in `to_unit`. Factors are fractions: nothing is
rounded before the database rounds. `factor_sql` writes the factor behind an expression and writes
nothing where it is 1, so a generator may always append it: `f"{expression}{factor_sql(factor)}"`.

Annotations mean nothing, as in UCUM: `{cigarettes}/d` is `/d`, and cups become glasses when asked
to. What is counted is for the rule's author to know. Two things are stricter than the standard:
`mol` is a kind of its own and no mere number, so that a substance is never taken for a count, and
`[iU]` becomes nothing but `[iU]`. Scales without a zero of their own (`Cel`) have no factor and
are not known here.

Source:
    Schadow, McDonald: The Unified Code for Units of Measure, version 2.2 (2024),
    https://ucum.org/ucum: grammar (§ 5-12), prefixes (§ 27), values of the units.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from types import MappingProxyType

from janus_warehouse.metadata.errors import UnitError

_MASS, _SUBSTANCE = "g", "mol"
_PREFIXES = MappingProxyType({
    "Y": 24, "Z": 21, "E": 18, "P": 15, "T": 12, "G": 9, "M": 6, "k": 3, "h": 2, "da": 1,
    "d": -1, "c": -2, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15, "a": -18,
    "z": -21, "y": -24,
})  # fmt: skip
# A unit of the right side is known already, or is a base unit (no right side).
_METRIC = MappingProxyType({
    "m": "", "g": "", "s": "", "mol": "", "[iU]": "",
    "l": "1/1000 m3", "L": "1/1000 m3", "t": "1000000 g", "ar": "100 m2",
    "N": "1000 g.m/s2", "Pa": "1000 g/m/s2", "bar": "100000000 g/m/s2",
    "J": "1000 g.m2/s2", "cal": "4184 g.m2/s2",
    "m[Hg]": "133322000 g/m/s2", "m[H2O]": "9806650 g/m/s2",
    "kat": "1 mol/s", "U": "1/60000000 mol/s",
})  # fmt: skip
_WHOLE = MappingProxyType({
    "min": "60 s", "h": "3600 s", "d": "86400 s", "wk": "604800 s",
    "mo": "2629800 s", "a": "31557600 s",
    "[in_i]": "127/5000 m", "[ft_i]": "381/1250 m",
    "[oz_av]": "45359237/1600000 g", "[lb_av]": "45359237/100000 g",
    "%": "1/100", "[ppth]": "1/1000", "[ppm]": "1/1000000", "10*": "10", "10^": "10",
})  # fmt: skip
_SLIPS = MappingProxyType({
    "mmHg": "mm[Hg]", "daa": "daar", "in": "[in_i]", "lb": "[lb_av]", "IU": "[iU]",
    "year": "a", "years": "a", "yr": "a", "y": "a", "month": "mo", "months": "mo",
    "week": "wk", "day": "d", "days": "d", "hour": "h", "hours": "h", "hr": "h",
    "mcg": "ug", "µg": "ug", "μg": "ug", "µL": "uL", "percent": "%", "ha": "har",
})  # fmt: skip
_TOKEN = re.compile(r"\{[!-z|~]*\}|[./()]|10[*^](?:[+-]?\d+)?|\d+(?![^./(){}])|[^./(){}]+")
_POWER = re.compile(r"^(?P<unit>.*?)(?P<exponent>[+-]?\d{1,2})?$")


@dataclass(frozen=True)
class Unit:
    """How many base units a unit is, and of which kind: `km` is 1000, of {m: 1}."""

    size: Fraction
    kind: frozenset[tuple[str, int]]

    def times(self, other: "Unit", power: int = 1) -> "Unit":
        """Return this unit multiplied by a power of another."""
        kind = dict(self.kind)
        for base, exponent in other.kind:
            kind[base] = kind.get(base, 0) + exponent * power
        kept = frozenset((base, exponent) for base, exponent in kind.items() if exponent)
        return Unit(self.size * other.size**power, kept)


_ONE = Unit(Fraction(1), frozenset())


def convert_factor(
    from_unit: str, to_unit: str, molar_mass: Decimal | float | None = None
) -> Fraction:
    """Return what a value in one unit is multiplied by to be in the other, exactly.

    Args:
        from_unit: UCUM, for example of a column's contract.
        to_unit: UCUM, for example of a variable.
        molar_mass: Grams a mole. Only with it can a mass become an amount of substance.

    Raises:
        UnitError: One is no unit of this module, or they measure different things.
    """
    source, target = parse_unit(from_unit), parse_unit(to_unit)
    factor = source.size / target.size
    if source.kind == target.kind:
        return factor
    moles = _moles_for_grams(source, target)
    if moles == 0:
        raise UnitError(
            f'expected two units of one kind, found "{from_unit}" ({_named(source)}) and '
            f'"{to_unit}" ({_named(target)}): correct the `unit` in the contract, or work the '
            "value out with the rule `operation`"
        )
    if molar_mass is None:
        raise UnitError(
            f'"{from_unit}" and "{to_unit}" are a mass and an amount of substance: expected the '
            "variable to have a `molar_mass` (g/mol), found none"
        )
    mass = Fraction(str(molar_mass))
    if mass <= 0:
        raise UnitError(f'expected a molar mass above 0 for "{from_unit}" to "{to_unit}"')
    return factor / mass**moles


@cache
def parse_unit(unit: str) -> Unit:
    """Return the size and kind of a UCUM unit.

    Raises:
        UnitError: It is no UCUM, or a unit that this module does not know.
    """
    tokens = _TOKEN.findall(unit)
    if not tokens or "".join(tokens) != unit:
        raise _no_unit(unit, unit)
    parsed, rest = _term(unit, tokens)
    if rest:
        raise _no_unit(unit, rest[0])
    return parsed


def factor_sql(factor: Fraction) -> str:
    """Return the factor as the end of an SQL expression; nothing for 1.

    The numbers carry a decimal point, so PostgreSQL never divides whole numbers.
    """
    over = f" / {factor.denominator}.0" if factor.denominator != 1 else ""
    times = f" * {factor.numerator}.0" if factor.numerator != 1 else ""
    return times + over


def _term(unit: str, tokens: list[str]) -> tuple[Unit, list[str]]:
    """Return the product that the tokens begin with, and the tokens behind it."""
    result, power, rest = _ONE, 1, tokens
    if rest[:1] == ["/"]:
        power, rest = -1, rest[1:]
    while True:
        component, rest = _component(unit, rest)
        result = result.times(component, power)
        if not rest or rest[0] == ")":
            return result, rest
        if rest[0] not in (".", "/"):
            raise _no_unit(unit, rest[0])
        power, rest = (1 if rest[0] == "." else -1), rest[1:]


def _component(unit: str, tokens: list[str]) -> tuple[Unit, list[str]]:
    if not tokens or tokens[0] in (".", "/", ")"):
        raise _no_unit(unit, tokens[0] if tokens else unit)
    head, rest = tokens[0], tokens[1:]
    if head == "(":
        inner, rest = _term(unit, rest)
        if rest[:1] != [")"]:
            raise _no_unit(unit, "(")
        result, rest = inner, rest[1:]
    elif head.startswith("{"):
        return _ONE, rest
    else:
        result = _simple(unit, head)
    return result, rest[1:] if rest and rest[0].startswith("{") else rest


def _simple(unit: str, token: str) -> Unit:
    if token.isascii() and token.isdigit() and int(token) > 0:
        return Unit(Fraction(int(token)), frozenset())
    matched = re.fullmatch(r"(10[*^])([+-]?\d{1,2})?", token) or _POWER.fullmatch(token)
    name, exponent = matched.groups() if matched else (token, None)
    found = _atom(name)
    if found is None:
        raise _no_unit(unit, token)
    return _ONE.times(found, int(exponent or 1))


def _atom(name: str) -> Unit | None:
    """Return a unit without exponent, with or without a prefix; None where there is none."""
    if name in _METRIC or name in _WHOLE:
        return _defined(name)
    for prefix, power in _PREFIXES.items():
        if name.startswith(prefix) and name[len(prefix) :] in _METRIC:
            metric = _defined(name[len(prefix) :])
            return Unit(metric.size * Fraction(10) ** power, metric.kind)
    return None


@cache
def _defined(name: str) -> Unit:
    written = _METRIC.get(name, _WHOLE.get(name, ""))
    if not written:
        return Unit(Fraction(1), frozenset({(name, 1)}))
    size, _, units = written.partition(" ")
    return Unit(Fraction(size), frozenset()).times(parse_unit(units) if units else _ONE)


def _moles_for_grams(source: Unit, target: Unit) -> int:
    """Return 1 if grams must become moles, -1 for the way back, 0 if neither helps."""
    difference = dict(source.times(target, -1).kind)
    for moles in (1, -1):
        if difference == {_MASS: moles, _SUBSTANCE: -moles}:
            return moles
    return 0


def _named(unit: Unit) -> str:
    parts = (base if power == 1 else f"{base}{power}" for base, power in sorted(unit.kind))
    return ".".join(parts) or "a number"


def _no_unit(unit: str, part: str) -> UnitError:
    better = _SLIPS.get(part)
    mend = f'write "{better}"' if better else "see https://ucum.org/ucum and metadata/units.py"
    return UnitError(f'expected a UCUM unit, found "{unit}", where "{part}" is not known: {mend}')
