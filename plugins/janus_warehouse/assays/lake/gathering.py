"""Gathering the gist of a matrix out of its blocks, while they are looked at anyway.

Which analytes tell most is judged from some of the samples: those that differ between samples by
more than counting explains. Of sixty million cells this costs what a look at a tenth of them
does, and keeps a hundred analytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from janus_warehouse.assays.lake.gist import SAMPLE, Gist
from janus_warehouse.assays.lake.groups import Group
from janus_warehouse.assays.lake.rules import BIT, Verdict
from janus_warehouse.assays.lake.stage import DETECTED, as_float, sums_of_samples
from janus_warehouse.assays.platforms import COUNTING
from janus_warehouse.assays.sex_markers import name_of, sex_markers
from janus_warehouse.assays.tables import STATUSES

MOST = 100
"""So many analytes are kept: more would make no pair of samples agree or disagree more clearly."""
THIN = 256
"""So many samples are looked at to find them."""
LEAST_SHARE = 0.8
"""An analyte that fewer of the samples have tells about few pairs."""
LEAST_SAMPLES = 8
_PER = 1e6
_ROUNDING = 1e-12
"""A variance that is no more than the last digits of sums."""
Numbers = npt.NDArray[Any]


@dataclass(frozen=True)
class _Row:
    score: float
    code: str
    place: int
    numbers: Numbers
    statuses: npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Part:
    """What one block adds."""

    place: int
    totals: npt.NDArray[np.float64]
    telling: list[_Row]
    markers: list[_Row]
    medians: pl.DataFrame | None
    broken: list[pl.DataFrame]


class Gathering:
    """The gist of a return while its blocks are looked at."""

    def __init__(self, groups: Sequence[Group], platform: str) -> None:
        self._groups, self._counts = groups, platform in COUNTING
        markers = set(sex_markers(platform)["analyte_code"])
        self._identifiers = _identifiers(groups)
        self._marks = [_marks(group, self._identifiers, markers) for group in groups]
        self._thin = [_some_of_bank(group) for group in groups]
        self._totals = [np.zeros(group.samples.height) for group in groups]
        self._telling: list[_Row] = []
        self._markers: list[_Row] = []
        self._medians: list[pl.DataFrame] = []
        self._broken: list[pl.DataFrame] = []

    def look(
        self,
        place: int,
        bounds: tuple[int, int],
        numbers: Numbers,
        statuses: npt.NDArray[np.uint8],
        found: Verdict | None,
    ) -> Part:
        """Return what a block adds; several threads may look at once.

        Args:
            place: Of its group.
            bounds: First and last (exclusive) analyte of the block.
            numbers: Of the block, one row per analyte.
            statuses: Of the block.
            found: Verdict of the block.
        """
        codes = self._groups[place].codes(*bounds)

        def row(at: int, score: float) -> _Row:
            return _Row(score, codes[at], place, np.array(numbers[at]), np.array(statuses[at]))

        thin = self._thin[place]
        logs, known = _logs(as_float(numbers[:, thin]), statuses[:, thin])
        scores = _scores(logs, known, counts=self._counts)
        # What is below the least of those kept so far will not be among them.
        least = self._telling[-1].score if len(self._telling) == MOST else _ROUNDING
        best = np.argsort(-scores, kind="stable")[:MOST]
        return Part(
            place=place,
            totals=sums_of_samples(numbers),
            telling=[row(at, scores[at]) for at in best.tolist() if scores[at] > least],
            markers=[
                row(at, 0.0) for at in np.flatnonzero(self._marks[place][slice(*bounds)]).tolist()
            ],
            medians=None if self._counts else _medians(codes, logs, known),
            broken=[] if found is None else _broken(codes, self._groups[place], found),
        )

    def keep(self, part: Part) -> None:
        """Add what a block adds; one after the other."""
        self._totals[part.place] += part.totals
        ranked = sorted([*self._telling, *part.telling], key=lambda row: (-row.score, row.code))
        self._telling = ranked[:MOST]
        self._markers += part.markers
        self._broken += part.broken
        if part.medians is not None:
            self._medians.append(part.medians)

    def finish(self) -> Gist:
        """Return the gist of all blocks."""
        listed = [
            group.samples.select(*SAMPLE, "plate_id").with_columns(total=total)
            for group, total in zip(self._groups, self._totals, strict=True)
        ]
        samples = pl.concat(listed).group_by(SAMPLE, maintain_order=True).agg(
            pl.col("plate_id").drop_nulls().first(), pl.col("total").sum()
        )  # fmt: skip
        known = {(row.place, row.code) for row in self._telling}
        more = [row for row in self._markers if (row.place, row.code) not in known]
        cells = [
            *(self._long(row, is_telling=True) for row in self._telling),
            *(self._long(row, is_telling=False) for row in more),
        ]
        return Gist(
            cells=self._with_amounts(pl.concat(cells) if cells else _NO_CELLS, samples),
            samples=samples,
            analytes=pl.concat([_NO_MEDIANS, *self._medians]),
            broken=pl.concat([_NO_BROKEN, *self._broken])
            .group_by("rule_id", "axis", "code", maintain_order=True)
            .agg(pl.col("cells").sum()),
        )

    def _long(self, row: _Row, *, is_telling: bool) -> pl.DataFrame:
        samples = self._groups[row.place].samples.select(*SAMPLE, "plate_id")
        return samples.with_columns(
            analyte_code=pl.lit(row.code),
            status=pl.Series(row.statuses),
            value=pl.Series(as_float(row.numbers)),
            is_telling=pl.lit(is_telling),
        )

    def _with_amounts(self, cells: pl.DataFrame, samples: pl.DataFrame) -> pl.DataFrame:
        """Return the cells with what is to be compared between samples, and the status by name."""
        amount = pl.col("value") * _PER / pl.col("total") if self._counts else pl.col("value")
        names = pl.DataFrame({"status": range(len(STATUSES)), "status_code": STATUSES},
                             schema_overrides={"status": pl.UInt8})  # fmt: skip
        known = cells.join(names, on="status").join(
            self._identifiers, on="analyte_code", how="left", maintain_order="left"
        )
        totals = samples.select(*SAMPLE, "total")
        # Drops cells that the file has no place for, which have no status.
        return (
            known.join(totals, on=SAMPLE, how="left", maintain_order="left")
            .with_columns(amount=amount)
            .drop("status", "total")
        )


_NO_CELLS = pl.DataFrame(
    schema={
        "sample_code": pl.String, "sample_kind": pl.String, "replicate": pl.Int16,
        "plate_id": pl.String, "analyte_code": pl.String, "status": pl.UInt8,
        "value": pl.Float64, "is_telling": pl.Boolean,
    }
)  # fmt: skip
_NO_MEDIANS = pl.DataFrame(
    schema={"analyte_code": pl.String, "n": pl.Int64, "median": pl.Float64}
)  # fmt: skip
_NO_BROKEN = pl.DataFrame(
    schema={"rule_id": pl.String, "axis": pl.String, "code": pl.String, "cells": pl.Int64}
)


def _identifiers(groups: Sequence[Group]) -> pl.DataFrame:
    """Return analyte_code and uniprot, each code once."""
    stages = {stage.folder: stage for group in groups for stage in group.stages}
    listed = [stage.analytes.select("analyte_code", "uniprot") for stage in stages.values()]
    return pl.concat(listed).unique("analyte_code", keep="first")


def _marks(group: Group, identifiers: pl.DataFrame, markers: set[str]) -> npt.NDArray[np.bool_]:
    """Return which analytes of a group are markers of sex, by their code or their protein."""
    names = list(markers)
    known = group.analytes.select("analyte_code").join(
        identifiers, on="analyte_code", how="left", maintain_order="left"
    )
    is_marker = name_of(pl.col("analyte_code")).is_in(names) | pl.col("uniprot").is_in(names)
    return known.select(is_marker.fill_null(value=False)).to_series().to_numpy()


def _some_of_bank(group: Group) -> npt.NDArray[np.int64]:
    """Return places of at most `THIN` of the bank's samples, spread over all."""
    places = np.flatnonzero((group.samples["sample_kind"] == "sample").to_numpy())
    return places[:: max(1, -(-len(places) // THIN))]


def _logs(
    numbers: npt.NDArray[np.float64], statuses: npt.NDArray[np.uint8]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Return logarithms of what was detected, 0 for the rest, and where it was."""
    with np.errstate(invalid="ignore"):
        known = (statuses == DETECTED) & np.isfinite(numbers) & (numbers > 0)
    return np.log(np.where(known, numbers, 1)), known


def _scores(
    logs: npt.NDArray[np.float64], known: npt.NDArray[np.bool_], *, counts: bool
) -> npt.NDArray[np.float64]:
    """Return how much each analyte differs between samples; 0 for what tells of too few.

    Of counts the variance that counting itself makes (1 / n) is taken off.
    """
    n = known.sum(axis=1)
    mean = logs.sum(axis=1) / np.maximum(n, 1)
    apart = np.where(known, logs - mean[:, None], 0)
    scores = np.einsum("ij,ij->i", apart, apart) / np.maximum(n - 1, 1)
    if counts:
        scores -= np.where(known, np.exp(-logs), 0).sum(axis=1) / np.maximum(n, 1)
    enough = n >= max(LEAST_SAMPLES, LEAST_SHARE * logs.shape[1])
    return np.where(enough, np.maximum(scores, 0), 0)


def _medians(
    codes: pl.Series, logs: npt.NDArray[np.float64], known: npt.NDArray[np.bool_]
) -> pl.DataFrame:
    """Return number and median of what was detected of each analyte, without those without."""
    n = known.sum(axis=1)
    some = n > 0
    of_some = np.where(known[some], logs[some], np.nan)
    medians = np.exp(np.nanmedian(of_some, axis=1)) if some.any() else np.zeros(0)
    return pl.DataFrame(
        {"analyte_code": codes.filter(pl.Series(some)), "n": n[some], "median": medians},
        schema_overrides={"n": pl.Int64},
    )


def _broken(codes: pl.Series, group: Group, found: Verdict) -> list[pl.DataFrame]:
    """Return how many cells of each analyte and each sample break each rule."""
    made = []
    for rule, bit in BIT.items():
        bad = (found & bit) > 0
        for axis, names in ((1, codes), (0, group.samples["sample_code"])):
            cells = bad.sum(axis=axis)
            some = cells > 0
            made.append(
                pl.DataFrame({"code": names.filter(pl.Series(some)), "cells": cells[some]})
                .select(
                    rule_id=pl.lit(rule), axis=pl.lit("analyte" if axis else "sample"),
                    code=pl.col("code").cast(pl.String), cells=pl.col("cells").cast(pl.Int64),
                )
            )  # fmt: skip
    return [one for one in made if one.height]
