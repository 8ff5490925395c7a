"""What is agreed about analytes: their names, units, and which size of number is usual."""

import csv
import math
import re
from dataclasses import dataclass

from janus_warehouse.platform.settings import get_settings

_PER_LITRE = {"l": 1.0, "dl": 1e-1, "ml": 1e-3, "ul": 1e-6}
_PREFIX = {"": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15}
_CONCENTRATION = re.compile(r"([munpf]?)(g|mol)/(l|dl|ml|ul)")
NEAR = 0.75
"""How near, in powers of ten, a ratio must be to a power of 1,000 to be a mistaken prefix."""


@dataclass(frozen=True)
class Suspect:
    """Whether a median could be judged, and the factor by which it seems to be off."""

    is_asked: bool
    factor: float | None = None

    @property
    def words(self) -> str:
        """How much too large or too small the numbers look."""
        if self.factor is None:
            return ""
        times = self.factor if self.factor > 1 else 1 / self.factor
        return f"{times:,.0f} times too {'large' if self.factor > 1 else 'small'}"


@dataclass(frozen=True)
class Agreed:
    """The analytes of a platform with their agreed units."""

    units: dict[str, str]

    @property
    def codes(self) -> list[str]:
        return sorted(self.units)

    def code_of(self, name: str) -> str | None:
        """Return the code of an analyte by the name that a laboratory gives it."""
        return name.upper() if name.upper() in self.units else None

    def unit_of(self, code: str) -> str | None:
        """Return the agreed unit."""
        return self.units.get(code)

    def factor(self, code: str, unit: str) -> float | None:
        """Return what a number in a unit is multiplied by for the agreed unit; None if it is not
        convertible."""
        agreed = self.units.get(code)
        if agreed is None or spelled(agreed) == spelled(unit):
            return 1.0
        return conversion(unit, agreed)

    def suspect(self, code: str, unit: str, median: float, usual: float | None) -> Suspect:
        """Return whether the median of an analyte looks a power of 1,000 off what is usual.

        Args:
            code: The analyte.
            unit: Unit of the median.
            median: Of what was detected.
            usual: Median of earlier returns in the agreed unit, if there were any.
        """
        factor = self.factor(code, unit)
        if usual is None or factor is None or usual <= 0 or median <= 0:
            return Suspect(is_asked=False)
        return Suspect(is_asked=True, factor=thousands_off(median * factor, usual))


def thousands_off(found: float, usual: float) -> float | None:
    """Return the power of 1,000 by which a number is off another; None if it is not."""
    powers = math.log10(found / usual)
    nearest = round(powers / 3) * 3
    return 10.0**nearest if nearest and abs(powers - nearest) <= NEAR else None


def spelled(unit: str) -> str:
    """Return a unit in one spelling: lower case, micro as u."""
    return unit.strip().lower().replace("µ", "u").replace("μ", "u").replace("mcg", "ug")


def conversion(unit: str, target: str) -> float | None:
    """Return the factor between two mass or two molar concentrations, or None."""
    found = [_CONCENTRATION.fullmatch(spelled(one)) for one in (unit, target)]
    if found[0] is None or found[1] is None or found[0][2] != found[1][2]:
        return None
    sizes = [_PREFIX[m[1]] / _PER_LITRE[m[3]] for m in found if m is not None]
    return sizes[0] / sizes[1]


def read_agreed(platform: str) -> Agreed:
    """Return the analytes that the dictionary has for a platform."""
    path = get_settings().metadata_dir / "analytes" / "analyte.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return Agreed({
            row["analyte_id"]: row["unit"]
            for row in csv.DictReader(file) if row["platform"] == platform
        })  # fmt: skip
