"""Count matrices of sequencing: one row per RNA, one column per sample, whole numbers."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from janus_warehouse.assays.formats.cells import refuse_spoilt_names, told_lines
from janus_warehouse.assays.formats.count_blocks import read_blocks, read_names
from janus_warehouse.assays.formats.delimited import head_bytes, head_lines
from janus_warehouse.assays.formats.format import Format
from janus_warehouse.assays.formats.tables import conform, control_kind
from janus_warehouse.assays.tables import (
    ANALYTES,
    NO_NUMBER,
    QC,
    SAMPLES,
    STATUSES,
    VALUES,
    AssayFile,
    CountMatrix,
    statuses_of_counts,
)
from janus_warehouse.errors import DeliveryRefusedError

ID_COLUMNS = ("id", "analyte_code", "analyte", "rna", "gene", "gene_id", "geneid", "name",
              "feature", "mirna", "")  # fmt: skip
"""What the first column is called, in lower case; programs of R leave it without a name."""

CLASSES = {
    "miRNA": r"^(mirna|mir)(?![a-z])", "isomiR": r"^isomir", "piRNA": r"^pir(na)?(?![a-z])",
    "tRF": r"^(trf|trna[ _-]?derived|tsrna)", "tRNA": r"^trna(?![ _-]?derived)",
    "snoRNA": r"^sno(rna)?", "snRNA": r"^snrna", "Y RNA": r"^(y[ _-]?rna)", "mRNA": r"^mrna",
    "lncRNA": r"^lnc(rna)?", "miscRNA": r"^misc(rna)?",
}  # fmt: skip
"""RNA class → the name of a file that holds one class, in lower case."""

LAYOUTS = {"v1": "a tab-separated matrix whose first column is called ID (or has no name) and "
                 "whose other columns are samples"}  # fmt: skip
UNIT = "{reads}"
_BATCH_CELLS = 1 << 20


def recognise(path: Path) -> str | None:
    """Return the layout if the first line names a column of RNAs and samples behind it."""
    header, first = _head(path)
    if len(header) < 2 or header[0].strip().lower() not in ID_COLUMNS:
        return None
    if first is not None and len(first) > 1 and not all(_may_be_count(cell) for cell in first[1:]):
        return None
    return "v1"


def seen(path: Path) -> str:
    """Return what stands where the layout has the column of RNAs."""
    header, _ = _head(path)
    if len(header) < 2:
        return "no columns separated by tabs"
    return f"{len(header)} columns separated by tabs, the first called {header[0][:40]!r}"


def read(path: Path, layout: str) -> AssayFile:
    """Return a count matrix as the four tables; see `reading.read_file`.

    The values come by RNA, and within one in the order of the header.
    """
    codes = _samples(path)
    names = read_names(path, len(codes))
    return _described(path, layout, codes, names, _values(path, len(codes)))


def read_matrix(path: Path, layout: str) -> CountMatrix:
    """Return a count matrix that is read in one pass; refuses what `read` refuses."""
    codes = _samples(path)
    return CountMatrix(
        samples=_sample_table(codes),
        blocks=read_blocks(path, len(codes)),
        described=lambda names: _described(path, layout, codes, names, iter(())),
    )


def _samples(path: Path) -> list[str]:
    header, _ = _head(path)
    codes = [name.strip().strip('"') for name in header[1:]]
    _refuse_header(path, codes)
    return codes


def _sample_table(codes: list[str]) -> pa.Table:
    samples = pl.DataFrame({"sample_code": codes}).with_columns(
        sample_kind=control_kind("sample_code"), replicate=pl.lit(1)
    )
    return conform(samples, SAMPLES)


def _described(
    path: Path, layout: str, codes: list[str], names: pl.Series, values: Iterator[pa.RecordBatch]
) -> AssayFile:
    _refuse_names(path, names)
    analytes = pl.DataFrame({"analyte_code": names}).with_columns(
        panel=pl.lit(_panel(path), pl.String), unit=pl.lit(UNIT)
    )
    return AssayFile(
        format=FORMAT.name, layout=layout, samples=_sample_table(codes),
        analytes=conform(analytes, ANALYTES), qc=QC.empty_table(), values=values,
    )  # fmt: skip


def _head(path: Path) -> tuple[list[str], list[str] | None]:
    """Return the cells of the first line, and those of the second as far as they are read."""
    lines = _first_lines(path)
    if not lines:
        return [], None
    header = [cell.strip('"') for cell in lines[0].split("\t")]
    if len(lines) < 2 or not lines[1]:
        return header, None
    first = lines[1].split("\t")
    # Programs of R write no name above the row names.
    if len(first) == len(header) + 1:
        header = ["", *header]
    return header, first


def _first_lines(path: Path) -> list[str]:
    """Return the header and the beginning of the data; a header of thousands of samples is long."""
    if not head_lines(path, 1):
        return []
    data = head_bytes(path, lambda data: data.count(b"\n") >= 2)
    lines = data.removeprefix(codecs.BOM_UTF8).replace(b"\r\n", b"\n").split(b"\n")[:2]
    try:
        return [line.decode() for line in lines]
    except UnicodeDecodeError:
        return [line.decode("cp1252", errors="replace") for line in lines]


def _may_be_count(cell: str) -> bool:
    return re.fullmatch(r'"?\s*-?[0-9.,eE+]*\s*"?|NA|NaN|Inf', cell) is not None


def _refuse_header(path: Path, codes: list[str]) -> None:
    doubled = sorted({code for code in codes if code and codes.count(code) > 1})
    if doubled:
        raise DeliveryRefusedError(
            f"{path.name}, line 1: {len(doubled)} samples stand twice in the header, first "
            f"{doubled[0]}; give each column its own code, or send replicates as long text"
        )
    if "" in codes:
        raise DeliveryRefusedError(
            f"{path.name}, line 1: column {codes.index('') + 2} has no sample; name every column"
        )


def _panel(path: Path) -> str | None:
    """Return the RNA class that the file's name tells."""
    name = path.name.lower()
    return next((found for found, form in CLASSES.items() if re.match(form, name)), None)


def _refuse_names(path: Path, names: pl.Series) -> None:
    """Refuse a file without rows, or names that are missing, stand twice or were spoilt."""
    if names.is_empty():
        raise DeliveryRefusedError(f"{path.name}: a header and no rows; send the file again")
    lines = pl.Series(range(2, 2 + len(names)), dtype=pl.Int64)
    bad = lines.filter(names.is_null() | (names == ""))
    if len(bad):
        raise DeliveryRefusedError(
            f"{path.name}: {len(bad):,} rows have no name of an RNA ({told_lines(bad)}); name "
            "every row, or send the file again if it was cut off"
        )
    doubled = lines.filter(names.is_duplicated())
    if len(doubled):
        raise DeliveryRefusedError(
            f"{path.name}: {len(doubled):,} rows have a name that stands twice "
            f"({told_lines(doubled)}); an RNA has one row"
        )
    refuse_spoilt_names(path, "first column", names, lines)


def _values(path: Path, samples: int) -> Iterator[pa.RecordBatch]:
    step, done = max(1, _BATCH_CELLS // samples), 0
    for block in read_blocks(path, samples):
        for first in range(0, len(block.counts), step):
            counts = block.counts[first : first + step]
            yield _batch(counts, done + first, block.line + first)
        done += len(block.counts)


def _batch(counts: npt.NDArray[np.int32], analyte_row: int, line: int) -> pa.RecordBatch:
    """Return some lines as long rows, from the row and the line of the first."""
    height, samples = counts.shape
    numbers, statuses = counts.ravel(), statuses_of_counts(counts).ravel()
    rows = np.repeat(np.arange(height, dtype=np.int32), samples)
    empty = pa.nulls(len(numbers), pa.float64())
    named = pa.DictionaryArray.from_arrays(pa.array(statuses.astype(np.int8)), pa.array(STATUSES))
    arrays = [
        pa.array(np.tile(np.arange(samples, dtype=np.int32), height)),
        pa.array(rows + np.int32(analyte_row)),
        pa.array(numbers.astype(np.float64), mask=numbers == NO_NUMBER),
        pa.nulls(len(numbers), pa.string()), named.cast(pa.string()),
        empty, empty, empty, pa.array(rows.astype(np.int64) + line),
    ]  # fmt: skip
    return pa.RecordBatch.from_arrays(arrays, schema=VALUES)


FORMAT = Format(
    name="count_matrix",
    title="Count matrix of small-RNA sequencing, RNAs by samples",
    layouts=LAYOUTS,
    suffixes=(".tsv", ".txt", ".tab"),
    recognise=recognise,
    read=read,
    read_matrix=read_matrix,
    seen=seen,
)
