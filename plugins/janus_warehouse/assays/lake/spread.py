"""How far repetitions of one content lie apart in a block of cells, and whether plates wander.

The same as the models `int_assay_repeats` and `int_assay_drift`, whose cells are rows; everything
is of logarithms, where ratios are differences.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from janus_warehouse.assays.lake.layout import Index, Layout, Plates, Repeats

Numbers = npt.NDArray[np.float64]
Sums = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]
"""Of each analyte: contents that are repeated, degrees of freedom, sum of squares."""
_PARTS = ("n_{}", "df_{}", "squares_{}")
_OF_A_MEDIAN = np.sqrt(np.pi / 2)
"""How much larger the standard error of a median is than that of a mean."""
DRIFT = ("plate_order_correlation", "change_per_plate", "largest_plate_deviation")


def spread(
    numbers: npt.NDArray[Any], measured: npt.NDArray[np.bool_], layout: Layout
) -> dict[str, npt.NDArray[Any]]:
    """Return what is told of each analyte's repetitions and plates, by column of the summary.

    Args:
        numbers: One row per analyte, one column per sample.
        measured: Which of them are numbers above 0 that the laboratory stands for.
        layout: What is known of the columns.
    """
    within, between = _tubes(numbers, measured, layout)
    controls = _pooled(*_logs(numbers, measured, layout, layout.controls.columns), layout.controls)
    made: dict[str, npt.NDArray[Any]] = {}
    for of_what, sums in (
        ("within_plate", within), ("between_plates", between), ("controls", controls),
    ):  # fmt: skip
        made |= dict(zip((part.format(of_what) for part in _PARTS), sums, strict=True))
    return made | _drift(numbers, measured, layout)


def _logs(
    numbers: npt.NDArray[Any], measured: npt.NDArray[np.bool_], layout: Layout, columns: Index
) -> tuple[Numbers, npt.NDArray[np.bool_]]:
    """Return the logarithms of some columns, 0 where nothing was measured, and where it was."""
    known = measured[:, columns]
    logs = np.log(np.where(known, numbers[:, columns], 1)) - layout.log_depth[columns]
    return np.where(known, logs, 0), known


def _tubes(
    numbers: npt.NDArray[Any], measured: npt.NDArray[np.bool_], layout: Layout
) -> tuple[Sums, Sums]:
    """Return the sums of tubes on one plate, and of their means on several."""
    tubes = layout.tubes
    logs, known = _logs(numbers, measured, layout, tubes.columns)
    within = _pooled(logs, known, tubes)
    if not len(tubes.sizes):
        return within, within
    n = np.add.reduceat(known, tubes.starts, axis=1, dtype=np.int64)
    means = np.add.reduceat(logs, tubes.starts, axis=1) / np.maximum(n, 1)
    new = np.flatnonzero(np.diff(tubes.within, prepend=tubes.within[0] - 1))
    sizes = np.diff(np.append(new, len(tubes.within)))
    of_tubes = Repeats(np.arange(len(tubes.within)), new, sizes, np.zeros(0, np.int64))
    return within, _pooled(means, n > 0, of_tubes)


def _pooled(logs: Numbers, known: npt.NDArray[np.bool_], of: Repeats) -> Sums:
    """Return repeated contents, degrees of freedom and sum of squares of each row."""
    height = len(logs)
    if not len(of.sizes):
        nothing = np.zeros(height, np.int64)
        return nothing, nothing, np.zeros(height)
    n = np.add.reduceat(known, of.starts, axis=1, dtype=np.int64)
    means = np.add.reduceat(np.where(known, logs, 0), of.starts, axis=1) / np.maximum(n, 1)
    apart = np.where(known, logs - np.repeat(means, of.sizes, axis=1), 0)
    return (
        (n > 1).sum(axis=1),
        np.maximum(n - 1, 0).sum(axis=1),
        np.einsum("ij,ij->i", apart, apart),
    )


def _drift(
    numbers: npt.NDArray[Any], measured: npt.NDArray[np.bool_], layout: Layout
) -> dict[str, npt.NDArray[Any]]:
    """Return whether plates wander from the first to the last, and how far one lies off."""
    height, plates = len(numbers), layout.plates
    if not plates.n:
        nothing = np.full(height, np.nan)
        return {"n_plates": np.zeros(height, np.int64)} | dict.fromkeys(DRIFT, nothing)
    # Single precision is exact to a millionth here, and twice as fast.
    with np.errstate(divide="ignore", over="ignore"):
        logs = np.where(measured, numbers, 0).astype(np.float32, copy=False)
        np.log(logs, out=logs)
    logs = (logs - np.nan_to_num(layout.log_depth).astype(np.float32))[:, plates.columns]
    medians, n, squares = _of_plates(logs, plates)
    overall, _ = _medians(np.sort(logs, axis=1))
    seen = n > 0
    n_plates, cells = seen.sum(axis=1), n.sum(axis=1)
    number = np.cumsum(seen, axis=1).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        sd = np.sqrt(squares / np.maximum(cells - n_plates, 0))
        off = np.abs(medians - overall[:, None]) * np.sqrt(n) / (_OF_A_MEDIAN * sd[:, None])
        across, levels = (_centred(figures, seen, n_plates) for figures in (number, medians))
        ordered = _centred(_ranks(medians, seen), seen, n_plates)
        correlation = (across * ordered).sum(1) / np.sqrt((across**2).sum(1) * (ordered**2).sum(1))
        slope = (across * levels).sum(1) / (across**2).sum(1)
    largest = np.where(np.isfinite(off), off, -1).max(axis=1)
    return {
        "n_plates": n_plates,
        "plate_order_correlation": correlation,
        "change_per_plate": np.expm1(slope),
        "largest_plate_deviation": np.where(largest < 0, np.nan, largest),
    }


def _of_plates(
    logs: npt.NDArray[np.float32], plates: Plates
) -> tuple[Numbers, npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return median and number of each plate, and of each row the squares around the medians.

    Plates of one size are taken together: they are a block of three dimensions.
    """
    height = len(logs)
    medians = np.full((height, plates.n), np.nan)
    n = np.zeros((height, plates.n), np.int64)
    squares = np.zeros(height)
    first = 0
    for width, places in plates.by_size:
        last = first + width * len(places)
        ordered = np.sort(logs[:, first:last].reshape(height, len(places), width), axis=2)
        middle, known = _medians(ordered)
        medians[:, places], n[:, places] = middle, known
        around = np.nan_to_num(middle).astype(np.float32)[:, :, None]
        np.copyto(ordered, around, where=np.isneginf(ordered))
        ordered -= around
        squares += np.einsum("ijk,ijk->i", ordered, ordered)
        first = last
    return medians, n, squares


def _medians(ordered: npt.NDArray[np.float32]) -> tuple[Numbers, npt.NDArray[np.int64]]:
    """Return the median along the last axis of what is above minus infinity, and its number."""
    width = ordered.shape[-1]
    n = np.count_nonzero(ordered > -np.inf, axis=-1)
    low = width - n + np.maximum(n - 1, 0) // 2
    high = width - n + n // 2
    both = np.minimum(np.stack([low, high], axis=-1), width - 1)
    middle = np.take_along_axis(ordered, both, axis=-1).astype(np.float64).mean(axis=-1)
    return np.where(n > 0, middle, np.nan), n


def _ranks(medians: Numbers, seen: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Return the rank of each plate's median from 1, the least one for what is alike."""
    values = np.where(seen, medians, np.inf)
    order = np.argsort(values, axis=1, kind="stable")
    ordered = np.take_along_axis(values, order, axis=1)
    is_first = np.ones(values.shape, np.bool_)
    is_first[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    least = np.maximum.accumulate(np.where(is_first, np.arange(values.shape[1]), 0), axis=1)
    ranks = np.empty(values.shape)
    np.put_along_axis(ranks, order, least + 1.0, axis=1)
    return ranks


def _centred(
    figures: npt.NDArray[Any], seen: npt.NDArray[np.bool_], n: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Return how far each plate's figure lies from the mean of the plates, or 0 without one."""
    known = np.where(seen, figures, 0)
    mean = known.sum(axis=1) / np.maximum(n, 1)
    return np.where(seen, known - mean[:, None], 0)
