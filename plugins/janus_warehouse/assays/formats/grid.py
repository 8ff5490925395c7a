"""Cells of a grid, samples down and analytes across, as batches of values."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa

from janus_warehouse.assays.formats.cells import judged, read_cells, refuse_unread, told_lines
from janus_warehouse.assays.formats.tables import conform
from janus_warehouse.assays.tables import VALUES
from janus_warehouse.errors import DeliveryRefusedError


def stacked(block: pl.DataFrame, columns: Sequence[str]) -> pl.Series:
    """Return the cells of some columns, one column below the other: the order of `grid_values`."""
    return block.select(columns).unpivot()["value"]


def grid_values(
    path: Path,
    block: pl.DataFrame,
    columns: Sequence[str],
    place: str,
    *,
    first_row: int = 0,
    status: pl.Series | None = None,
    lod: pl.Series | None = None,
    words: Mapping[str, str] | None = None,
) -> pa.RecordBatch:
    """Return the values of some rows of a grid: one for every cell.

    Args:
        path: The file, for messages.
        block: Text, with column `line`.
        columns: Of the analytes, in the order of the table of analytes.
        place: How a message calls the cells.
        first_row: Row of the block's first sample in the table of samples.
        status: What the file says of each cell that holds a number, in the order of `stacked`;
            null where it says nothing, and there the limits decide.
        lod: Limits of detection of each cell, in the same order.
        words: Text, in lower case, → what the file says that it stands for.

    Raises:
        DeliveryRefusedError: A cell holds neither a number nor a known word.
    """
    cells = stacked(block, columns).cast(pl.String)
    read = read_cells(cells)
    lines = pl.concat([block["line"].cast(pl.Int64)] * len(columns))
    bad = read["is_unread"]
    refuse_unread(path, place, lines.filter(bad), cells.filter(bad))
    none = pl.Series(values=[None], dtype=pl.Float64).new_from_index(0, len(cells))
    stated = none.cast(pl.String) if status is None else status
    values = read.select("value", "value_text").with_columns(
        sample_row=pl.Series(np.tile(np.arange(first_row, first_row + block.height), len(columns))),
        analyte_row=pl.Series(np.repeat(np.arange(len(columns)), block.height)),
        lod=pl.select(pl.coalesce(pl.lit(read["lod"]), pl.lit(none if lod is None else lod)))
        .to_series(),
        lloq=pl.lit(none), uloq=read["uloq"], line=lines,
    )  # fmt: skip
    worded = (
        read["value_text"]
        .str.to_lowercase()
        .replace_strict(words or {}, default=None, return_dtype=pl.String)
    )
    known = pl.coalesce(pl.lit(worded), pl.lit(read["status"]), pl.lit(stated), judged())
    table = conform(values.with_columns(status=known), VALUES)
    return table.combine_chunks().to_batches(max_chunksize=len(cells))[0]


def refuse_doubled(path: Path, what: str, names: Sequence[str | None], *, mend: str) -> None:
    """Refuse a file that names something twice.

    Raises:
        DeliveryRefusedError: It does; says how many and the first.
    """
    seen = pl.Series("name", names, dtype=pl.String).drop_nulls()
    doubled = seen.filter(seen.is_duplicated()).unique(maintain_order=True)
    if len(doubled):
        raise DeliveryRefusedError(
            f"{path.name}: {len(doubled):,} {what} stand twice, first {doubled[0]}; {mend}"
        )


def refuse_without_code(path: Path, what: str, lines: pl.Series, codes: pl.Series) -> None:
    """Refuse rows that have values and no code of a sample.

    Raises:
        DeliveryRefusedError: There are such rows.
    """
    bare = lines.filter(codes.is_null() | (codes == ""))
    if len(bare):
        raise DeliveryRefusedError(
            f"{path.name}: {len(bare):,} rows have no {what} ({told_lines(bare)}); write it into "
            "each, or remove rows that hold nothing"
        )


def numbered_replicates(samples: pl.DataFrame, *by: str) -> pl.DataFrame:
    """Return samples with the number of the replicate: a code that stands again is the next."""
    return samples.with_columns(
        replicate=pl.int_range(pl.len()).over("sample_code", *by).cast(pl.Int16) + 1
    )
