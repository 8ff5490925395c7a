"""Tables of concentrations as MetaboAnalyst takes them: samples down, compounds across."""

import csv
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa

from janus_warehouse.assays.formats.cells import read_cells
from janus_warehouse.assays.formats.delimited import head_lines, open_delimited, read_rows
from janus_warehouse.assays.formats.format import Format
from janus_warehouse.assays.formats.grid import (
    grid_values,
    numbered_replicates,
    refuse_without_code,
)
from janus_warehouse.assays.formats.tables import conform, control_kind
from janus_warehouse.assays.tables import ANALYTES, QC, SAMPLES, AssayFile
from janus_warehouse.errors import DeliveryRefusedError

CODES = ("patient id", "sample", "samples", "sample id", "sampleid", "sample name")
"""What the first column is called, in lower case."""

LAYOUTS = {
    "samples_in_rows": "text whose first column is called " + ", ".join(CODES)
    + ", with a group in the second column and numbers in at least three further ones"
}  # fmt: skip
_FEWEST = 3


def recognise(path: Path) -> str | None:
    """Return the layout if codes, a group that is no number, and numbers stand side by side."""
    lines = head_lines(path, 2)
    if len(lines) < 2:
        return None
    try:
        file = open_delimited(path)
    except DeliveryRefusedError:
        return None
    if file.header[0].lower() not in CODES or len(file.header) < 2 + _FEWEST:
        return None
    first = next(csv.reader([lines[1]], delimiter=file.delimiter), [])
    if len(first) < 2 + _FEWEST:
        return None
    read = read_cells(pl.Series(first[1:], dtype=pl.String))
    numbers = int(read["value"][1:].is_not_null().sum())
    is_table = numbers >= _FEWEST and not read["is_unread"][1:].any()
    return "samples_in_rows" if is_table and read["value"][0] is None else None


def seen(path: Path) -> str:
    """Return what the header begins with."""
    lines = head_lines(path, 1)
    return f"a first line that begins with {lines[0][:60]!r}" if lines else "no text"


def read(path: Path, layout: str) -> AssayFile:
    """Return a table of concentrations as the four tables; see `reading.read_file`.

    The file has no units: the sheet `analytes.csv` of the return brings them.
    """
    file = open_delimited(path)
    code, group, *compounds = file.header
    if "" in file.header:
        raise DeliveryRefusedError(
            f"{path.name}, line 1: column {file.header.index('') + 1} has no name; name the group "
            "and every compound"
        )
    rows = pl.concat([block.select("line", code, group) for block in read_rows(file)])
    refuse_without_code(path, code, rows["line"], rows[code].str.strip_chars())
    samples = numbered_replicates(
        rows.select(sample_code=pl.col(code).str.strip_chars()).with_columns(
            sample_kind=control_kind("sample_code")
        )
    )
    groups = pl.DataFrame({"sample_code": samples["sample_code"], "note": rows[group]})
    qc = groups.drop_nulls("note").with_columns(scope=pl.lit("sample"), metric=pl.lit(group))
    return AssayFile(
        format=FORMAT.name, layout=layout, samples=conform(samples, SAMPLES),
        analytes=conform(pl.DataFrame({"analyte_code": compounds}), ANALYTES),
        qc=conform(qc, QC), values=_values(path, compounds),
    )  # fmt: skip


def _values(path: Path, compounds: list[str]) -> Iterator[pa.RecordBatch]:
    first = 0
    for block in read_rows(open_delimited(path)):
        yield grid_values(path, block, compounds, "concentrations", first_row=first)
        first += block.height


FORMAT = Format(
    name="concentrations",
    title="Table of concentrations, samples by compounds, as MetaboAnalyst takes it",
    layouts=LAYOUTS,
    suffixes=(".csv", ".tsv", ".txt"),
    recognise=recognise,
    read=read,
    seen=seen,
)
