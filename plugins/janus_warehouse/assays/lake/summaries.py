"""What is told of each analyte and of each sample of a return in the lake."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from janus_warehouse.assays.lake.layout import Layout
from janus_warehouse.assays.lake.spread import spread
from janus_warehouse.assays.lake.stage import DETECTED, MISSING
from janus_warehouse.assays.tables import NO_NUMBER, STATUSES

_BELOW_LOD, _BELOW_LLOQ = STATUSES.index("below_lod"), STATUSES.index("below_lloq")
_QUARTILES = {"p25": 0.25, "median": 0.5, "p75": 0.75}


@dataclass(frozen=True)
class BlockSummary:
    """What a block of cells adds: whole rows about its analytes, sums about its samples."""

    analytes: pl.DataFrame
    of_samples: npt.NDArray[np.float64]
    """n_values, n_detected and total, each of every sample."""


def summarise(
    codes: pl.Series,
    numbers: npt.NDArray[Any],
    statuses: npt.NDArray[np.uint8],
    enters: npt.NDArray[np.bool_] | None,
    layout: Layout,
) -> BlockSummary:
    """Return the summary of a block of cells.

    Args:
        codes: The analytes, one per row.
        numbers: Their numbers, one column per sample.
        statuses: What is known of them.
        enters: Which cells enter; None for all.
        layout: Which columns are samples of the bank, over which analytes are summarised, and
            which repeat one content.

    A cell counts as detected when its status says so and it is not 0, which of a count means
    that nothing was seen.
    """
    known = _known(numbers, enters)
    detected = _both((statuses == DETECTED) & (numbers != 0), known)
    totals = _or_zero(numbers, known).sum(axis=0, dtype=np.float64)
    in_all = len(numbers) if enters is None else enters.sum(axis=0)
    of_samples = np.vstack([np.broadcast_to(in_all, totals.shape), detected.sum(axis=0), totals])
    measured = _both((statuses == DETECTED) | (statuses == _BELOW_LLOQ), known) & (numbers > 0)
    spreads = spread(numbers, measured, layout)
    of_bank = layout.of_bank
    if not of_bank.all():
        numbers, statuses, detected = (
            numbers[:, of_bank],
            statuses[:, of_bank],
            detected[:, of_bank],
        )
        known = None if known is None else known[:, of_bank]
        enters = None if enters is None else enters[:, of_bank]
    height, width = numbers.shape
    analytes = pl.DataFrame({
        "analyte_code": codes,
        "n_values": np.full(height, width) if enters is None else enters.sum(axis=1),
        "n_detected": detected.sum(axis=1),
        "n_below_lod": _both(statuses == _BELOW_LOD, enters).sum(axis=1),
        "n_missing": _both(statuses == MISSING, enters).sum(axis=1),
        **_moments(numbers, known),
        **spreads,
    })  # fmt: skip
    return BlockSummary(analytes, of_samples)


def _known(
    numbers: npt.NDArray[Any], enters: npt.NDArray[np.bool_] | None
) -> npt.NDArray[np.bool_] | None:
    """Return which cells enter and have a number, or None for all, as nearly everywhere."""
    if numbers.dtype == np.int32:
        empty = numbers == NO_NUMBER if numbers.size and numbers.min() == NO_NUMBER else None
    else:
        empty = ~np.isfinite(numbers)
    return enters if empty is None else _both(~empty, enters)


def _both(
    where: npt.NDArray[np.bool_], among: npt.NDArray[np.bool_] | None
) -> npt.NDArray[np.bool_]:
    return where if among is None else where & among


def _or_zero(numbers: npt.NDArray[Any], known: npt.NDArray[np.bool_] | None) -> npt.NDArray[Any]:
    return numbers if known is None else np.where(known, numbers, 0)


def _moments(
    numbers: npt.NDArray[Any], known: npt.NDArray[np.bool_] | None
) -> dict[str, npt.NDArray[np.float64]]:
    """Return mean, standard deviation and quartiles of each row's known numbers, or NaN."""
    height, width = numbers.shape
    n = np.full(height, width) if known is None else known.sum(axis=1)
    if width == 0:
        nothing = np.full(height, np.nan)
        return dict.fromkeys(("mean", "sd", *_QUARTILES), nothing)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = _or_zero(numbers, known).sum(axis=1, dtype=np.float64) / n
        apart = _or_zero(numbers - mean[:, None], known)
        sd = np.sqrt(np.einsum("ij,ij->i", apart, apart) / (n - 1))
    sd[n < 2] = np.nan
    last = np.iinfo(np.int32).max if numbers.dtype == np.int32 else np.inf
    ordered = np.sort(numbers if known is None else np.where(known, numbers, last), axis=1)
    made = {"mean": mean, "sd": sd}
    for name, share in _QUARTILES.items():
        place = np.maximum(share * (n - 1), 0)
        below = np.floor(place).astype(np.int64)
        above = np.minimum(below + 1, np.maximum(n - 1, 0))
        low = np.take_along_axis(ordered, below[:, None], axis=1)[:, 0].astype(np.float64)
        high = np.take_along_axis(ordered, above[:, None], axis=1)[:, 0].astype(np.float64)
        made[name] = np.where(n > 0, low + (high - low) * (place - below), np.nan)
    return made
