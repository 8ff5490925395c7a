"""Numbers from one unit to another, where that can be known, and units that look wrong.

    >>> pfoa = load_dictionary().analytes["PFOA"]
    >>> convert([5.0], "ng/mL", "nmol/L", pfoa)
    array([12.07554461])

Refused is what a unit alone cannot tell: relative scales, lipids of a sample, the density of
serum, a mole of what has no stated molar mass.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from janus_warehouse.assays.dictionary.entries import Analyte
from janus_warehouse.errors import WarehouseError
from janus_warehouse.metadata.errors import UnitError
from janus_warehouse.metadata.units import convert_factor, parse_unit


class ConversionError(WarehouseError):
    """A unit that cannot become another; says why, and what would be needed."""


_ASK = "ask the laboratory for concentrations, with the calibration that gives them"
_SCALES = MappingProxyType({
    "npx": ("NPX", "relative amounts on a logarithmic scale of the assay's own"),
    "rfu": ("RFU", "fluorescence, on a scale of each aptamer's own"),
    "mfi": ("MFI", "fluorescence, on a scale of the assay and the instrument"),
    "reads": ("{reads}", "counts that depend on how deeply the sample was sequenced"),
    "index": ("{index}", "a ratio to a cut-off of the kit's own"),
    "result": ("{result}", "a verdict and no amount"),
    "od": ("{OD}", "an absorbance, on a scale of the assay and the instrument"),
    "area": ("{area}", "areas of peaks, relative within an analyte and a batch"),
    "arb'u": ("[arb'U]", "arbitrary units of one method"),
})  # fmt: skip
"""Scales of a platform's own: how a unit is spelled → how we write it, and what it is."""

_LIPID = re.compile(r"(?<=g)[ _]*[{(]?(lipids?|fat|lw)[})]?$", re.IGNORECASE)
_MASS, _VOLUME, _AMOUNT = "g", "m", "mol"
_PREFIXES = ("", "m", "u", "n", "p", "f")
_FACTORS = (Fraction(1000), Fraction(1, 1000), Fraction(10**6), Fraction(1, 10**6))


def spelled(unit: str) -> str:
    """Return a unit as we write it: micro as u, lipids as an annotation, scales in one spelling."""
    unit = unit.strip().replace("µ", "u").replace("μ", "u").replace("mcg", "ug")
    scale = _SCALES.get(unit.strip("{}[]").lower())
    return scale[0] if scale else _LIPID.sub("{lipid}", unit)


def is_scale(unit: str) -> bool:
    """Return whether a unit is a scale of a platform's own, that converts to nothing."""
    return spelled(unit) in {name for name, _ in _SCALES.values()}


def unit_factor(from_unit: str, to_unit: str, analyte: Analyte) -> Fraction:
    """Return what a number of an analyte in one unit is multiplied by to be in the other.

    Raises:
        ConversionError: It cannot be known, or one is no unit.
    """
    source, target = spelled(from_unit), spelled(to_unit)
    if source == target:
        return Fraction(1)
    for unit in (source, target):
        if is_scale(unit):
            told = next(what for name, what in _SCALES.values() if name == unit)
            raise _refused(analyte, from_unit, to_unit, f"{unit} are {told}", _ASK)
    if source.endswith("{lipid}") != target.endswith("{lipid}"):
        raise _refused(
            analyte, from_unit, to_unit,
            "one is of serum and the other of the lipids in it, which are different variables",
            "take the analyte of the other form, or ask for the lipids of each sample (g/L)",
        )  # fmt: skip
    try:
        kinds = [dict(parse_unit(unit).kind) for unit in (source, target)]
        if kinds[0] != kinds[1]:
            _refuse_other_kinds(analyte, from_unit, to_unit, kinds)
        return convert_factor(source, target, analyte.molar_mass)
    except UnitError as error:
        raise _refused(analyte, from_unit, to_unit, str(error), "write both in UCUM") from None


def _refuse_other_kinds(
    analyte: Analyte, from_unit: str, to_unit: str, kinds: list[dict[str, int]]
) -> None:
    """Raise for units of different kinds, unless a molar mass makes one of them the other."""
    first, second = kinds
    difference = {
        base: first.get(base, 0) - second.get(base, 0)
        for base in {*first, *second}
        if first.get(base, 0) != second.get(base, 0)
    }
    if {_MASS, _VOLUME} == set(difference):
        why, needed = "one is of a mass of serum, the other of a volume", "the density of the serum"
    elif "[iU]" in difference:
        why, needed = "international units are defined by a preparation", "its content in mass"
    elif {_MASS, _AMOUNT} == set(difference) and sum(difference.values()) == 0:
        if analyte.molar_mass is not None:
            return
        why = "one is a mass and the other an amount of substance"
        needed = f"a molar mass of {analyte.analyte_id} in metadata/analytes/analyte.csv (g/mol)"
    else:
        why, needed = "they measure different things", "a unit of the kind of the other"
    raise _refused(analyte, from_unit, to_unit, why, f"needed is {needed}")


def _refused(
    analyte: Analyte, from_unit: str, to_unit: str, why: str, needed: str
) -> ConversionError:
    return ConversionError(
        f'{analyte.analyte_id}: "{from_unit}" cannot become "{to_unit}": {why}; {needed}'
    )


def convert(
    values: Sequence[float] | npt.NDArray[np.float64],
    from_unit: str,
    to_unit: str,
    analyte: Analyte,
) -> npt.NDArray[np.float64]:
    """Return numbers of an analyte in another unit; what is missing stays missing.

    The factor is exact, and each number is rounded once or twice, to a float.

    Raises:
        ConversionError: It cannot be known, or one is no unit.
    """
    factor = unit_factor(from_unit, to_unit, analyte)
    numbers = np.asarray(values, dtype=np.float64)
    if factor.denominator == 1:
        return numbers * float(factor)
    if factor.numerator == 1:
        return numbers / float(factor.denominator)
    return numbers * float(factor)


@dataclass(frozen=True)
class Suspicion:
    """A unit that is wrong by thousands, as it seems.

    Attributes:
        factor: What the numbers must be multiplied by to be as usual in the unit they are said
            to be in.
        likely_unit: The unit that they are probably in, where it has a name.
        told: The same in words, for the laboratory.
    """

    factor: Fraction
    likely_unit: str | None
    told: str


def suspect_factor(analyte: Analyte, unit: str, median: float) -> Suspicion | None:
    """Return by which factor of thousands the median of a return is off what is usual in serum.

    None where the median is usual, where no thousand makes it usual, and where nobody has stated
    what is usual or the unit does not convert.
    """
    if analyte.usual is None or not median > 0:
        return None
    low, high = (float(limit) for limit in analyte.usual)
    try:
        to_own = float(unit_factor(unit, analyte.unit, analyte))
    except ConversionError:
        return None
    own = median * to_own
    if low <= own <= high:
        return None
    for factor in _FACTORS:
        if low <= own * float(factor) <= high:
            return _suspicion(analyte, unit, median, factor)
    return None


def _suspicion(analyte: Analyte, unit: str, median: float, factor: Fraction) -> Suspicion:
    low, high = analyte.usual or (None, None)
    likely = _unit_of(unit, factor)
    size = f"{int(max(factor, 1 / factor)):,} times too {'small' if factor > 1 else 'large'}"
    told = (
        f"the median of {analyte.analyte_id}, {median:.4g} {unit}, looks {size}: usual is "
        f"{low:f} to {high:f} {analyte.unit} ({analyte.usual_source})"
    )
    return Suspicion(factor, likely, f"{told}; is it in {likely}?" if likely else told)


def _unit_of(unit: str, factor: Fraction) -> str | None:
    """Return the unit, of another prefix, in which the numbers are right as they stand."""
    unit = spelled(unit)
    head = re.match(r"([munpf]?)(g|mol)(?=/)", unit)
    if head is None:
        return None
    wanted = parse_unit(unit).size * factor
    for prefix in _PREFIXES:
        other = f"{prefix}{head[2]}{unit[head.end() :]}"
        if parse_unit(other).size == wanted:
            return other
    return None
