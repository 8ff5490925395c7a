"""What the dictionary says of a return's analytes: who they are, units, which size is usual."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from janus_warehouse.assays.dictionary import (
    Analyte,
    ConversionError,
    load_dictionary,
    resolve,
    suspect_factor,
    unit_factor,
)

SYSTEMS = {
    "CAS": "cas_number", "HMDB": "hmdb", "OlinkID": "olink_id", "SeqId": "seq_id",
    "UniProt": "uniprot",
}  # fmt: skip
"""System of identifiers → column of the canonical analytes."""
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
    """The analytes of a return as the dictionary knows them.

    Attributes:
        analytes: The laboratory's code → the analyte that it means.
        names: Ids of all analytes of the platform, for likely names.
    """

    analytes: dict[str, Analyte]
    names: list[str]

    def code_of(self, name: str) -> str | None:
        """Return the id of an analyte by the code that the laboratory gives it."""
        found = self.analytes.get(name)
        return found.analyte_id if found else None

    def unit_of(self, name: str) -> str | None:
        """Return the agreed unit of an analyte."""
        found = self.analytes.get(name)
        return found.unit if found else None

    def factor(self, name: str, unit: str) -> float | None:
        """Return what a number in a unit is multiplied by for the agreed unit; None if it is not
        convertible."""
        found = self.analytes.get(name)
        if found is None:
            return 1.0
        try:
            return float(unit_factor(unit, found.unit, found))
        except ConversionError:
            return None

    def suspect(self, name: str, unit: str, median: float, earlier: float | None) -> Suspect:
        """Return whether the median of an analyte looks a power of 1,000 off what is usual.

        Args:
            name: The laboratory's code.
            unit: Unit of the median.
            median: Of what was detected.
            earlier: Median of earlier returns in the agreed unit, if there were any; asked where
                the dictionary does not say what is usual.
        """
        found, factor = self.analytes.get(name), self.factor(name, unit)
        if factor is None or median <= 0:
            return Suspect(is_asked=False)
        if found is not None and found.usual is not None:
            suspicion = suspect_factor(found, unit, median)
            off = None if suspicion is None else 1 / float(suspicion.factor)
            return Suspect(is_asked=True, factor=off)
        if earlier is None or earlier <= 0:
            return Suspect(is_asked=False)
        return Suspect(is_asked=True, factor=thousands_off(median * factor, earlier))


def thousands_off(found: float, usual: float) -> float | None:
    """Return the power of 1,000 by which a number is off another; None if it is not."""
    powers = math.log10(found / usual)
    nearest = round(powers / 3) * 3
    return 10.0**nearest if nearest and abs(powers - nearest) <= NEAR else None


def read_agreed(
    platform: str, laboratory: str, analytes: pl.DataFrame, others: Iterable[str] = ()
) -> Agreed:
    """Return what the dictionary knows of analytes as a laboratory writes them.

    Args:
        platform: Of the return.
        laboratory: Whose synonyms hold.
        analytes: The canonical table, with the identifiers that the laboratory states.
        others: Codes of earlier returns, without identifiers.
    """
    book = load_dictionary()
    stated = {
        row["analyte_code"]: {system: row[column] for system, column in SYSTEMS.items()}
        for row in analytes.select("analyte_code", *SYSTEMS.values()).iter_rows(named=True)
    }
    known = {}
    for code in dict.fromkeys([*stated, *others]):
        found = resolve(
            code, platform, laboratory=laboratory, identifiers=stated.get(code), dictionary=book
        )
        if found.analyte is not None:
            known[code] = found.analyte
    names = sorted(a.analyte_id for a in book.analytes.values() if a.platform == platform)
    return Agreed(known, names)
