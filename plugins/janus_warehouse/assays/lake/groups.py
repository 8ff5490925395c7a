"""The staged files of one return as blocks that are sorted by analyte.

Files of one return either share their analytes (a file for each plate) or their samples (a file
for each class of RNA). Analytes that occur in the same files form a group: side by side, the
files' columns are all samples of the group, and its rows are its analytes in order.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from janus_warehouse.assays.lake.stage import Stage, as_float

BLOCK_CELLS = 1 << 18
"""Cells in a block, which is what becomes one row group: small enough that a slice of some
analytes reads little else, large enough that names of samples are not repeated too often."""


@dataclass(frozen=True)
class Group:
    """Analytes that occur in the same files.

    Attributes:
        stages: Those files.
        samples: Their samples, one row per column of a block, with `file` and `place` among all
            samples of the return.
        analytes: Code, line and flag `enters` of each row of a block.
        rows: The analytes' rows in each of the files.
    """

    stages: tuple[Stage, ...]
    samples: pl.DataFrame
    analytes: pl.DataFrame
    rows: tuple[npt.NDArray[np.int64], ...]

    @property
    def is_whole(self) -> bool:
        """Whether every number of the group is a whole one or empty."""
        return all(stage.numbers.dtype == np.int32 for stage in self.stages)

    def bounds(self) -> list[tuple[int, int]]:
        """Return first and last (exclusive) analyte of each block."""
        step = max(1, BLOCK_CELLS // max(1, self.samples.height))
        height = self.analytes.height
        return [(first, min(first + step, height)) for first in range(0, height, step)]

    def codes(self, first: int, last: int) -> pl.Series:
        """Return the analytes of a block."""
        return self.analytes["analyte_code"].slice(first, last - first)

    def block(self, first: int, last: int) -> tuple[npt.NDArray[Any], npt.NDArray[np.uint8]]:
        """Return numbers and statuses of some analytes in all samples of the group."""
        numbers, statuses = [], []
        for stage, rows in zip(self.stages, self.rows, strict=True):
            wanted = _run(rows[first:last])
            part, known = stage.block(wanted)
            numbers.append(part if self.is_whole else as_float(part))
            statuses.append(known)
        if len(self.stages) == 1:
            return np.asarray(numbers[0]), np.asarray(statuses[0])
        return np.hstack(numbers), np.hstack(statuses)


def _run(rows: npt.NDArray[np.int64]) -> Any:
    """Return rows as a slice where they follow each other, which copies nothing."""
    if len(rows) and rows[-1] - rows[0] == len(rows) - 1 and (np.diff(rows) == 1).all():
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return rows


def in_groups(
    stages: Sequence[Stage],
    samples_enter: npt.NDArray[np.bool_],
    analytes_enter: npt.NDArray[np.bool_],
) -> Iterator[Group]:
    """Yield the groups of a return's staged files.

    Args:
        stages: The files, in the order in which the tables of the return list them.
        samples_enter: For each sample of the files, one after the other, whether its row enters.
        analytes_enter: The same of each analyte.
    """
    samples = _listed([stage.samples for stage in stages], samples_enter)
    analytes = _listed([stage.analytes for stage in stages], analytes_enter)
    # A code that stands twice in one file is two rows; the rule of the key finds them.
    known = analytes.with_columns(again=pl.int_range(pl.len()).over("file", "analyte_code")).sort(
        "file"
    )
    key = ["analyte_code", "again"]
    files = known.group_by(key).agg(files=pl.col("file").sort())
    known = known.join(files, on=key, how="left")
    for (members,), rows in known.group_by("files", maintain_order=True):
        of_group = rows.sort(*key, "file")
        each = [of_group.filter(pl.col("file") == file) for file in members]
        first = each[0].with_columns(
            enters=np.logical_and.reduce([part["enters"].to_numpy() for part in each])
        )
        yield Group(
            stages=tuple(stages[file] for file in members),
            samples=pl.concat([samples.filter(pl.col("file") == file) for file in members]),
            analytes=first.select("analyte_code", "line", "again", "enters"),
            rows=tuple(part["row"].to_numpy().astype(np.int64) for part in each),
        )


def _listed(tables: list[pl.DataFrame], enters: npt.NDArray[np.bool_]) -> pl.DataFrame:
    """Return the tables of all files as one, with the file, the row in it and whether it enters."""
    listed = pl.concat(
        table.with_row_index("row").with_columns(file=pl.lit(file))
        for file, table in enumerate(tables)
    )
    return listed.with_columns(enters=pl.Series(enters, dtype=pl.Boolean))
