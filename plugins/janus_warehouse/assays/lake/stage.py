"""A native file's cells as two matrices on disk, analytes by samples: quick to judge and to sort.

Whatever order a reader gives the cells in, each falls into its place; so sixty million cells can
be looked at by analyte or by sample, a block at a time, in little memory.
"""

import functools
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from janus_warehouse.assays.lake.ahead import read_ahead
from janus_warehouse.assays.lake.errors import LakeError
from janus_warehouse.assays.tables import NO_NUMBER, STATUSES, AssayFile, statuses_of_counts
from janus_warehouse.errors import DeliveryRefusedError

DETECTED, MISSING = STATUSES.index("detected"), STATUSES.index("missing")
UNSEEN = 255
"""Stands for the status of a cell that the file has no place for."""
NUMBERS, _STATUS, _FACTS = "numbers.npy", "status.npy", "facts.json"
_TABLES = ("samples", "analytes", "qc")


@dataclass(frozen=True)
class Stage:
    """One staged file.

    Attributes:
        folder: Where it lies.
        native_file: Its name in the return.
        cells: How many cells it has a place for.
    """

    folder: Path
    native_file: str
    cells: int

    @classmethod
    def open(cls, folder: Path) -> "Stage":
        """Return the stage in a folder."""
        facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
        return cls(folder, facts["native_file"], facts["cells"])

    @functools.cached_property
    def numbers(self) -> npt.NDArray[Any]:
        """Numbers by analyte and sample: int32 where all are whole, otherwise float64."""
        return np.load(self.folder / NUMBERS, mmap_mode="r")

    def block(self, rows: Any) -> tuple[npt.NDArray[Any], npt.NDArray[np.uint8]]:
        """Return numbers and places in `STATUSES` of some analytes, by analyte and sample.

        Args:
            rows: Rows of analytes, or a slice of them.
        """
        # Mapped anew for each block, so that blocks that were looked at do not stay in memory.
        numbers = np.load(self.folder / NUMBERS, mmap_mode="r")[rows]
        statuses = self.folder / _STATUS
        if not statuses.exists():
            return numbers, statuses_of_counts(numbers)
        return numbers, np.load(statuses, mmap_mode="r")[rows]

    @functools.cached_property
    def samples(self) -> pl.DataFrame:
        """As the file's table of samples, with the study code, and the line where it is a line."""
        return self._table("samples")

    @functools.cached_property
    def analytes(self) -> pl.DataFrame:
        """As the file's table of analytes, with the line of each where lines are analytes."""
        return self._table("analytes")

    @property
    def qc(self) -> pl.DataFrame:
        """As the file's table of the laboratory's figures and remarks."""
        return self._table("qc")

    def _table(self, name: str) -> pl.DataFrame:
        return pl.read_parquet(self.folder / f"{name}.parquet")


def stage_file(name: str, file: AssayFile, target: Path) -> Stage:
    """Write a file's cells into a folder, which appears whole or not at all, and return them.

    Args:
        name: The file's name in the return.
        file: The file; its values are read.
        target: The folder; one that is there already is what another process made of the file.

    Raises:
        DeliveryRefusedError: A cell stands in the file twice.
    """

    def fill(draft: Path) -> Filled:
        filling = _Filling(draft, file)
        for batch in read_ahead(file.values):
            filling.add(batch)
        cells, lines = filling.finish(name)
        return Filled(file, cells, *lines)

    return stage_by(name, target, fill)


@dataclass(frozen=True)
class Filled:
    """What is known of a file whose matrices have been written.

    Attributes:
        file: The file.
        cells: How many it has a place for.
        line_of_analyte: Line of each, where lines are analytes.
        line_of_sample: The same of samples.
    """

    file: AssayFile
    cells: int
    line_of_analyte: npt.NDArray[np.int64]
    line_of_sample: npt.NDArray[np.int64]


def stage_by(name: str, target: Path, fill: Callable[[Path], Filled]) -> Stage:
    """Return what a function stages, in a folder that appears whole or not at all.

    Args:
        name: The file's name in the return.
        target: The folder; one that is there already is what another process made of the file.
        fill: Writes the matrices into a folder.
    """
    if target.exists():
        return Stage.open(target)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        filled = fill(draft)
        _write_tables(draft, filled)
        facts = {"native_file": name, "cells": filled.cells}
        facts |= {"format": filled.file.format, "layout": filled.file.layout}
        (draft / _FACTS).write_text(json.dumps(facts), encoding="utf-8")
        try:
            draft.replace(target)
        except OSError:
            if not target.exists():
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return Stage.open(target)


def _write_tables(folder: Path, filled: Filled) -> None:
    tables = {name: pl.DataFrame(pl.from_arrow(getattr(filled.file, name))) for name in _TABLES}
    # One line is one analyte, or one sample, or one cell; then the last one stands for all.
    of_bank = pl.when(pl.col("sample_kind") == "sample").then("sample_code")
    tables["samples"] = tables["samples"].with_columns(
        study_code=of_bank, line=filled.line_of_sample
    )
    tables["analytes"] = tables["analytes"].with_columns(line=filled.line_of_analyte)
    for name, table in tables.items():
        table.write_parquet(folder / f"{name}.parquet")


class _Filling:
    """The two matrices while the file is read."""

    def __init__(self, folder: Path, file: AssayFile) -> None:
        self._folder = folder
        self._shape = (file.analytes.num_rows, file.samples.num_rows)
        self._numbers = self._matrix(np.int32)
        self._status = np.lib.format.open_memmap(
            folder / _STATUS, mode="w+", dtype=np.uint8, shape=self._shape
        )
        self._status[:] = UNSEEN
        self._line_of_analyte = np.zeros(self._shape[0], dtype=np.int64)
        self._line_of_sample = np.zeros(self._shape[1], dtype=np.int64)
        self._given = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Put a batch of cells in their places."""
        analyte = batch.column("analyte_row").to_numpy()
        sample = batch.column("sample_row").to_numpy()
        numbers, status = self._typed(_numbers_of(batch)), _statuses_of(batch)
        lines = batch.column("line").to_numpy()
        self._given += len(analyte)
        width = self._shape[1]
        if _is_whole_rows(sample, width):
            rows = analyte[::width]
            self._numbers[rows] = numbers.reshape(-1, width)
            self._status[rows] = status if np.isscalar(status) else status.reshape(-1, width)
            self._line_of_analyte[rows] = lines[::width]
            self._line_of_sample[:] = lines[:width]
        else:
            places = analyte.astype(np.int64) * width + sample
            self._numbers.reshape(-1)[places] = numbers
            self._status.reshape(-1)[places] = status
            self._line_of_analyte[analyte] = lines
            self._line_of_sample[sample] = lines

    def finish(self, name: str) -> tuple[int, tuple[npt.NDArray[np.int64], ...]]:
        """Write what is left; return the number of cells, and lines of analytes and of samples.

        Raises:
            DeliveryRefusedError: A cell was given twice.
        """
        seen = int(np.count_nonzero(self._status != UNSEEN)) if self._status.size else 0
        if seen != self._given:
            raise DeliveryRefusedError(
                f"{name}: expected each analyte once for each sample, found {self._given - seen:,} "
                "cells more than there are pairs of them; remove what stands twice"
            )
        self._numbers.flush()
        self._status.flush()
        return seen, (self._line_of_analyte, self._line_of_sample)

    def _matrix(self, dtype: type) -> np.memmap[Any, Any]:
        return np.lib.format.open_memmap(
            self._folder / NUMBERS, mode="w+", dtype=dtype, shape=self._shape
        )

    def _typed(self, numbers: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
        """Return numbers in the matrix's type, which becomes float64 with the first fraction."""
        if self._numbers.dtype == np.float64:
            return numbers
        with np.errstate(invalid="ignore"):
            whole = numbers.astype(np.int32)
        differs = whole != numbers
        if differs.any() or (whole.size and whole.min() == NO_NUMBER):
            if not np.isnan(numbers[differs | (whole == NO_NUMBER)]).all():
                self._become_float()
                return numbers
            whole[differs] = NO_NUMBER
        return whole

    def _become_float(self) -> None:
        old, whole = self._numbers, self._folder / f"whole-{NUMBERS}"
        old.flush()
        (self._folder / NUMBERS).rename(whole)
        self._numbers = self._matrix(np.float64)
        for first in range(0, self._shape[0], 256):
            self._numbers[first : first + 256] = as_float(old[first : first + 256])
        whole.unlink()


def as_float(numbers: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Return numbers as float64, empty ones as NaN."""
    if numbers.dtype == np.float64:
        return numbers
    made = numbers.astype(np.float64)
    made[numbers == NO_NUMBER] = np.nan
    return made


def sums_of_samples(numbers: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Return the sum of each column, in which empty numbers count nothing."""
    if numbers.dtype != np.int32:
        return np.where(np.isfinite(numbers), numbers, 0).sum(axis=0, dtype=np.float64)
    if numbers.size and numbers.min() == NO_NUMBER:
        numbers = np.where(numbers == NO_NUMBER, 0, numbers)
    return numbers.sum(axis=0, dtype=np.int64).astype(np.float64)


def _is_whole_rows(sample: npt.NDArray[np.int32], width: int) -> bool:
    """Tell whether cells stand analyte by analyte, each with all samples in order."""
    if width == 0 or len(sample) % width:
        return False
    return bool((sample.reshape(-1, width) == np.arange(width, dtype=np.int32)).all())


def _numbers_of(batch: pa.RecordBatch) -> npt.NDArray[np.float64]:
    """Return the numbers of cells, NaN where there is none."""
    column = batch.column("value")
    return column.to_numpy(zero_copy_only=column.null_count == 0)


def _statuses_of(batch: pa.RecordBatch) -> Any:
    """Return the statuses of cells as places in `STATUSES`: one for all where they are alike."""
    column = batch.column("status")
    if len(column) and pc.all(pc.equal(column, column[0])).as_py():
        found: Any = STATUSES.index(column[0].as_py()) if column[0].as_py() in STATUSES else None
    else:
        places = pc.index_in(column, value_set=pa.array(STATUSES))
        found = None if places.null_count else places.to_numpy().astype(np.uint8)
    if found is None:
        unknown = sorted(set(pc.unique(column).to_pylist()) - set(STATUSES), key=str)
        raise LakeError(f"a reader gives the status {unknown[0]!r}, which no codelist knows")
    return found
