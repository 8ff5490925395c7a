"""Results there are already for a new question, before another tube is thawed.

One query over the marts for each part of the answer. Counts of donors pass the guard of small
counts; results under another project's embargo are told and do not count as there.
"""

from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import Any

from janus_warehouse.assays.marts import Row, reading_marts, rows
from janus_warehouse.assays.tubes.errors import UnknownTubeError
from janus_warehouse.assays.tubes.reuse_sql import ANALYTES, COVERAGE, EMBARGOED, KNOWN, LAKE
from janus_warehouse.disclosure import SafeTable, safe_count, suppress_small_counts
from janus_warehouse.platform.settings import get_settings

SEXES = {"male": "1", "female": "2"}
COVERED = ("all", "some", "none")
TUBES = ("tube left", "no tube left")


@dataclass(frozen=True)
class Wish:
    """What a new question asks for: analytes, and whose.

    Attributes:
        analytes: Ids of the dictionary.
        site: First characters of ICD-10, of donors with such a tumour; None is every donor.
        sex: `male` or `female`.
        from_year: First year of the draw whose blood was measured, and of tubes that are left.
        to_year: Last such year.
        project: Who asks: its own embargo does not bind it.
        collection: Whose donors.
    """

    analytes: tuple[str, ...]
    site: str | None = None
    sex: str | None = None
    from_year: int | None = None
    to_year: int | None = None
    project: str | None = None
    collection: str = "janus"

    def parameters(self, today: date) -> Row:
        """Return the wish as parameters of the queries."""
        return {
            "analytes": list(self.analytes),
            "site": None if self.site is None else self.site.replace(".", "").upper() + "%",
            "sex": None if self.sex is None else SEXES[self.sex],
            "from_year": self.from_year or 0,
            "to_year": self.to_year or 9999,
            "any_year": self.from_year is None and self.to_year is None,
            "project": self.project,
            "collection": self.collection,
            "today": today,
        }


@dataclass(frozen=True)
class Reuse:
    """What there is already; a count that is None is withheld because it is small."""

    wish: Wish
    coverage: SafeTable
    """Donors by what is covered; by tubes too, where that withholds nothing."""
    tubes: SafeTable
    """Donors by whether a tube is left."""
    analytes: tuple[Row, ...]
    embargoed: tuple[Row, ...]
    lake: tuple[Row, ...]
    unmeasured: tuple[str, ...] = field(default=())
    """Analytes that no result of these donors may be told of."""

    @property
    def donors(self) -> int | None:
        return self.coverage.count()

    def of(self, covered: str) -> dict[str, int | None]:
        """Return the donors who are covered so, with and without a tube left, and together."""
        cells = {tube: self.coverage.counts.get((covered, tube)) for tube in TUBES}
        return cells | {"total": self.coverage.count(covered)}

    def as_dict(self) -> dict[str, Any]:
        """Return it as the document that `--json` prints."""
        return {
            "wish": {
                "analytes": list(self.wish.analytes), "site": self.wish.site,
                "sex": self.wish.sex, "from_year": self.wish.from_year,
                "to_year": self.wish.to_year, "project": self.wish.project,
            },
            "smallest_count_shown": self.coverage.minimum,
            "donors": self.donors,
            "covered": {covered: self.of(covered) for covered in covered_by(self.wish)},
            "tubes": {tube: self.tubes.count(tube) for tube in TUBES},
            "analytes": list(self.analytes),
            "without_results": list(self.unmeasured),
            "under_embargo": list(self.embargoed),
            "in_the_lake": list(self.lake),
        }  # fmt: skip


def find_reuse(wish: Wish, *, today: date | None = None) -> Reuse:
    """Return which donors have results of the wished analytes already.

    Args:
        wish: Analytes and donors.
        today: Embargoes that end after this day hold; default: today.

    Raises:
        UnknownTubeError: An analyte is not in the dictionary.
        NotAvailableError: No database answers, or the marts have not been built.
    """
    asked = wish.parameters(today or date.today())
    minimum = get_settings().small_cell_minimum
    with reading_marts("tubes") as connection:
        _check(wish, [row["analyte_id"] for row in rows(connection, KNOWN)])
        counts = _counts(wish, rows(connection, COVERAGE, asked))
        measured = rows(connection, ANALYTES, asked)
        embargoed = rows(connection, EMBARGOED, asked)
        lake = rows(connection, LAKE, asked)
    donors = sum(counts.values())
    told = tuple(_guarded(row, donors, minimum) for row in measured)
    return Reuse(
        wish,
        _coverage(counts, minimum),
        suppress_small_counts(_along(counts, 1), minimum),
        told,
        tuple(row | {"n_donors": safe_count(row["n_donors"], minimum)} for row in embargoed),
        tuple(row | {"n_donors": safe_count(row["n_donors"], minimum)} for row in lake),
        tuple(a for a in wish.analytes if a not in {row["analyte_id"] for row in measured}),
    )


def _coverage(counts: dict[tuple[str, str], int], minimum: int) -> SafeTable:
    """Return donors by what is covered, by tubes too where nothing has to be withheld for it.

    The margins alone say nothing of a cell, so each of them is guarded by itself.
    """
    both = suppress_small_counts(counts, minimum)
    return suppress_small_counts(_along(counts, 0), minimum) if both.withheld else both


def _along(counts: dict[tuple[str, str], int], axis: int) -> dict[tuple[str, str], int]:
    """Return the sums of the cells along one axis of the table."""
    summed: dict[tuple[str, str], int] = {}
    for cell, count in counts.items():
        summed[cell[axis], "donors"] = summed.get((cell[axis], "donors"), 0) + count
    return summed


def coverage_counts(wish: Wish, today: date) -> dict[tuple[str, str], int]:
    """Return donors by what is covered and whether a tube is left, as they are: for the house."""
    with reading_marts("tubes") as connection:
        return _counts(wish, rows(connection, COVERAGE, wish.parameters(today)))


def _counts(wish: Wish, cells: list[Row]) -> dict[tuple[str, str], int]:
    """Return every cell; what cannot be, some of one analyte, must not cost the others."""
    found = {(row["covered"], row["tube"]): row["n_donors"] for row in cells}
    return {(c, t): found.get((c, t), 0) for c in covered_by(wish) for t in TUBES}


def covered_by(wish: Wish) -> tuple[str, ...]:
    """Return how a donor may be covered."""
    return COVERED if len(wish.analytes) > 1 else ("all", "none")


def _guarded(row: Row, donors: int, minimum: int) -> Row:
    """Return a row whose counts say nothing of a few: not by themselves, nor by what is left."""
    with_result, detected = row["n_donors"], row["n_detected_donors"]
    of_all = suppress_small_counts(
        {("all", "with"): with_result, ("all", "without"): donors - with_result}, minimum
    )
    of_these = suppress_small_counts(
        {("all", "detected"): detected, ("all", "not"): with_result - detected}, minimum
    )
    shown = of_all.count("all", "with")
    share = None
    if shown is not None and of_these.count("all", "detected") is not None:
        share = round(100 * detected / with_result)
    kept = {k: v for k, v in row.items() if k not in ("n_detected_donors", "n_donors", "n_tubes")}
    return kept | {
        "n_donors": shown,
        "n_tubes": None if shown is None else row["n_tubes"],
        "percent_detected": share,
    }


def _check(wish: Wish, known: list[str]) -> None:
    problems = []
    for analyte in wish.analytes:
        if analyte in known:
            continue
        near = get_close_matches(analyte.upper(), known, n=3, cutoff=0.6)
        told = f"; near it are {', '.join(near)}" if near else ""
        problems.append(f"{analyte} is no analyte of the dictionary{told}")
    if not wish.analytes:
        problems.append("expected one analyte at least, found none")
    if problems:
        raise UnknownTubeError("\n".join(problems))
