"""A matrix of counts, staged in one pass over its file; what its analytes are is known at the end.

The status of a count follows from it, so only the counts are kept.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
import polars as pl

from janus_warehouse.assays.lake.ahead import read_ahead
from janus_warehouse.assays.lake.stage import NUMBERS, Filled, Stage, stage_by
from janus_warehouse.assays.tables import AssayFile, CountMatrix


def stage_counts(
    name: str,
    matrix: CountMatrix,
    complete: Callable[[AssayFile], AssayFile],
    target: Path,
) -> Stage:
    """Write a matrix into a folder, which appears whole or not at all, and return it.

    Args:
        name: The file's name in the return.
        matrix: The matrix; its blocks are read.
        complete: Returns the file with what the sheets of the return say of it.
        target: The folder; one that is there already is what another process made of the file.

    Raises:
        DeliveryRefusedError: See the reader and the sheets.
    """

    def fill(draft: Path) -> Filled:
        width = matrix.samples.num_rows
        names = [pl.Series([], dtype=pl.String)]
        lines = [np.zeros(0, np.int64)]
        with _GrowingMatrix(draft / NUMBERS, width) as numbers:
            for block in read_ahead(matrix.blocks):
                numbers.add(block.counts)
                names.append(block.names)
                lines.append(np.arange(block.line, block.line + len(block.counts)))
        file = complete(matrix.described(pl.concat(names)))
        cells = file.analytes.num_rows * width
        return Filled(file, cells, np.concatenate(lines), np.zeros(width, np.int64))

    return stage_by(name, target, fill)


class _GrowingMatrix:
    """A file of numpy to which rows are added; its head is made true at the end."""

    def __init__(self, path: Path, width: int) -> None:
        self._path, self._width, self._height = path, width, 0

    def __enter__(self) -> Self:
        self._file = self._path.open("wb")
        self._write_head()
        return self

    def add(self, rows: npt.NDArray[np.int32]) -> None:
        """Add rows at the end."""
        self._file.write(np.ascontiguousarray(rows).data)
        self._height += len(rows)

    def __exit__(self, *_: object) -> None:
        self._file.seek(0)
        self._write_head()
        self._file.close()

    def _write_head(self) -> None:
        # It leaves room for any height, so it stays as long as it is.
        shape = (self._height, self._width)
        head = {"descr": np.dtype(np.int32).str, "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(self._file, head)  # type: ignore[arg-type]
