"""Samples and analytes that have one and the same number everywhere: a column that was copied."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from janus_warehouse.assays.lake.groups import Group
from janus_warehouse.assays.lake.stage import as_float
from janus_warehouse.assays.lake.workers import WORKERS
from janus_warehouse.assays.tables import NO_NUMBER

FEWEST = 10
"""Of fewer numbers nothing is concluded from their being alike."""
_SAMPLE = ["sample_code", "sample_kind", "replicate"]
Alike = tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]


def find_alike(groups: Sequence[Group]) -> list[Alike]:
    """Return for each group which analytes, and which samples, have the same number everywhere.

    An analyte that no sample has (all counts 0) is a finding, not a fault; a sample without any
    count is a fault. A sample is judged over all groups, because of one class of RNA there may
    be little; an analyte over the samples of the bank.
    """
    analytes, samples = [], []
    for place, group in enumerate(groups):
        of_bank = (group.samples["sample_kind"] == "sample").to_numpy()
        with ThreadPoolExecutor(WORKERS) as pool:
            parts = list(pool.map(lambda b: _extent(group, b, of_bank), group.bounds()))  # noqa: B023
        low, high, n = (np.concatenate([part[k] for part in parts]) for k in range(3))
        analytes.append((low == high) & (n >= FEWEST) & (low != 0))
        samples.append(
            group.samples.select(_SAMPLE).with_columns(
                group=pl.lit(place),
                low=np.min([part[3] for part in parts], axis=0),
                high=np.max([part[4] for part in parts], axis=0),
                n=np.sum([part[5] for part in parts], axis=0),
            )
        )
    known = pl.concat(samples).with_columns(
        pl.col("low").min().over(_SAMPLE), pl.col("high").max().over(_SAMPLE),
        pl.col("n").sum().over(_SAMPLE),
    )  # fmt: skip
    known = known.with_columns(alike=(pl.col("low") == pl.col("high")) & (pl.col("n") >= FEWEST))
    return [
        (of_group, known.filter(pl.col("group") == place)["alike"].to_numpy())
        for place, of_group in enumerate(analytes)
    ]


def _extent(
    group: Group, bounds: tuple[int, int], of_bank: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[Any], ...]:
    """Return least, greatest and number of numbers: of each analyte, then of each sample."""
    numbers, _ = group.block(*bounds)
    rows, columns = numbers.shape
    bank = numbers if of_bank.all() else numbers[:, of_bank]
    if numbers.dtype == np.int32 and numbers.size and numbers.min() != NO_NUMBER and bank.size:
        return (
            bank.min(1).astype(float), bank.max(1).astype(float), np.full(rows, bank.shape[1]),
            numbers.min(0).astype(float), numbers.max(0).astype(float), np.full(columns, rows),
        )  # fmt: skip
    numbers, bank = as_float(numbers), as_float(bank)
    return (*_extent_along(bank, 1), *_extent_along(numbers, 0))


def _extent_along(numbers: npt.NDArray[np.float64], axis: int) -> tuple[npt.NDArray[Any], ...]:
    known = np.isfinite(numbers)
    low = np.where(known, numbers, np.inf).min(axis=axis, initial=np.inf)
    high = np.where(known, numbers, -np.inf).max(axis=axis, initial=-np.inf)
    return low, high, known.sum(axis=axis)
