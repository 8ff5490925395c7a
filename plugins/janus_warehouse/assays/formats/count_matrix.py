"""Count matrices of sequencing: one row per RNA, one column per sample, whole numbers."""

import codecs
import gzip
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from janus_warehouse.assays.formats.cells import refuse_spoilt_names, refuse_unread, told_lines
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
    Block,
)
from janus_warehouse.deliveries.readers.source import open_content
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
_BLOCK_BYTES = 64 << 20
"""Measured on 16 million counts: 0.71 s in pieces of 4 MiB, 0.33 s of 16, 0.23 s of 64."""
_BATCH_CELLS = 1 << 20
_LARGEST = 2**31 - 1
_DETECTED, _BELOW_LOD, _MISSING = (
    STATUSES.index(name) for name in ("detected", "below_lod", "missing")
)


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
    header, _ = _head(path)
    codes = [name.strip().strip('"') for name in header[1:]]
    _refuse_header(path, codes)
    names = _names(path)
    panel = _panel(path)
    analytes = pl.DataFrame({"analyte_code": names}).with_columns(
        panel=pl.lit(panel, pl.String), unit=pl.lit(UNIT)
    )
    samples = pl.DataFrame({"sample_code": codes}).with_columns(
        sample_kind=control_kind("sample_code"), replicate=pl.lit(1)
    )
    return AssayFile(
        format=FORMAT.name, layout=layout,
        samples=conform(samples, SAMPLES), analytes=conform(analytes, ANALYTES),
        qc=QC.empty_table(), values=_values(path, len(codes)), blocks=_cells(path, len(codes)),
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
    lines = data.removeprefix(codecs.BOM_UTF8).replace(b"\r", b"").split(b"\n")[:2]
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


def _names(path: Path) -> pl.Series:
    names = pl.Series("analyte_code", [], dtype=pl.String)
    parts, line = [names], 2
    for block, first in _blocks(path):
        parts.append(
            _texts(path, block, first).str.extract(r'^"?([^\t"]*)"?\t', 1).str.strip_chars()
        )
    names = pl.concat(parts).alias("analyte_code")
    lines = pl.Series(range(line, line + len(names)), dtype=pl.Int64)
    if names.is_empty():
        raise DeliveryRefusedError(f"{path.name}: a header and no rows; send the file again")
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
    return names


def _texts(path: Path, block: bytes, line: int) -> pl.Series:
    """Return the lines of a block as text."""
    found = pl.Series(block.split(b"\n")[:-1], dtype=pl.Binary)
    try:
        return found.cast(pl.String)
    except pl.exceptions.PolarsError:
        before = block.decode(errors="replace").split("\ufffd")[0]
        raise DeliveryRefusedError(
            f"{path.name}, line {line + before.count(chr(10))}: letters that are no UTF-8; save "
            "the file in UTF-8, or send it again if it was damaged"
        ) from None


def _values(path: Path, samples: int) -> Iterator[pa.RecordBatch]:
    step = max(1, _BATCH_CELLS // samples)
    for block in _cells(path, samples):
        for first in range(0, len(block.numbers), step):
            yield _batch(block, first, min(first + step, len(block.numbers)))


def _batch(block: Block, first: int, last: int) -> pa.RecordBatch:
    """Return some lines of a block as long rows."""
    numbers, statuses = block.numbers[first:last].ravel(), block.statuses[first:last].ravel()
    samples = block.numbers.shape[1]
    rows = np.repeat(np.arange(first, last, dtype=np.int32), samples)
    empty = pa.nulls(len(numbers), pa.float64())
    named = pa.DictionaryArray.from_arrays(pa.array(statuses.astype(np.int8)), pa.array(STATUSES))
    arrays = [
        pa.array(np.tile(np.arange(samples, dtype=np.int32), last - first)),
        pa.array(rows + np.int32(block.analyte_row)),
        pa.array(numbers.astype(np.float64), mask=numbers == NO_NUMBER),
        pa.nulls(len(numbers), pa.string()), named.cast(pa.string()),
        empty, empty, empty, pa.array(rows.astype(np.int64) + block.line),
    ]  # fmt: skip
    return pa.RecordBatch.from_arrays(arrays, schema=VALUES)


def _cells(path: Path, samples: int) -> Iterator[Block]:
    for text, line in _blocks(path):
        numbers = _counts(path, text, line, samples)
        statuses = np.where(numbers > 0, np.uint8(_DETECTED), np.uint8(_BELOW_LOD))
        statuses[numbers == NO_NUMBER] = _MISSING
        yield Block(line - 2, numbers, statuses, line)


def _counts(path: Path, block: bytes, line: int, samples: int) -> npt.NDArray[np.int32]:
    """Return the counts of some whole lines, a row for each; `NO_NUMBER` where there is none."""
    if block.count(b"\t") != block.count(b"\n") * samples:
        _refuse_uneven(path, block, line, samples)
    try:
        numbers = _parsed(block, {str(n): pl.Int32 for n in range(1, samples + 1)})
    except pl.exceptions.PolarsError:
        _refuse_uneven(path, block, line, samples)
        texts = _parsed(block, {str(n): pl.String for n in range(1, samples + 1)})
        wide = texts.select(pl.all().str.strip_chars().cast(pl.Int64, strict=False))
        _refuse_cells(path, texts, wide, line)
        _refuse_too_large(path, wide, line)
        numbers = wide.cast(pl.Int32)
    if any(numbers.null_count().row(0)):
        # Two lines, one too short and one too long, would look like one with empty cells.
        _refuse_uneven(path, block, line, samples)
        numbers = numbers.fill_null(NO_NUMBER)
    counts = numbers.to_numpy(order="c")
    negative = (counts < 0) & (counts != NO_NUMBER) if counts.min(initial=0) < 0 else counts[:0]
    if negative.any():
        raise DeliveryRefusedError(
            f"{path.name}, line {line + int(negative.any(axis=1).argmax())}: a count is negative; "
            "send raw counts of reads"
        )
    return counts


def _refuse_too_large(path: Path, numbers: pl.DataFrame, line: int) -> None:
    above = numbers.select(pl.any_horizontal(pl.all() > _LARGEST)).to_series().fill_null(False)
    if above.any():
        raise DeliveryRefusedError(
            f"{path.name}, line {line + (above.arg_max() or 0)}: a count is above {_LARGEST:,}; "
            "send raw counts of reads"
        )


def _parsed(block: bytes, types: dict[str, type[pl.DataType]]) -> pl.DataFrame:
    """Return the cells of some lines without the names."""
    names = {"0": pl.String}
    return pl.read_csv(
        block, separator="\t", has_header=False, quote_char=None, schema={**names, **types},
        null_values=["", "NA", "NaN"],
    ).drop("0")  # fmt: skip


def _refuse_uneven(path: Path, block: bytes, line: int, samples: int) -> None:
    """Refuse a line with another number of cells than the header."""
    letters = np.frombuffer(block, dtype=np.uint8)
    ends, tabs = np.flatnonzero(letters == ord("\n")), np.flatnonzero(letters == ord("\t"))
    cells = np.diff(np.searchsorted(tabs, ends), prepend=0)
    uneven = np.flatnonzero(cells != samples)
    if len(uneven):
        raise DeliveryRefusedError(
            f"{path.name}, line {line + int(uneven[0])}: expected {samples + 1:,} cells as in the "
            f"header, found {int(cells[uneven[0]]) + 1:,}; write every line in full, or send the "
            "file again if it was cut off"
        )


def _refuse_cells(path: Path, texts: pl.DataFrame, numbers: pl.DataFrame, line: int) -> None:
    """Refuse cells that are no whole number; the message tells of one cell a line."""
    unread = pl.DataFrame(
        [t.is_not_null() & n.is_null() for t, n in zip(texts, numbers, strict=True)]
    )
    rows = unread.select(pl.any_horizontal(pl.all())).to_series().arg_true()
    cells = texts[rows].select(
        pl.coalesce(pl.when(pl.lit(unread[c][rows])).then(pl.col(c)) for c in texts.columns)
    )
    refuse_unread(
        path, "counts (whole numbers of reads)", (rows + line).cast(pl.Int64), cells.to_series()
    )


def _blocks(path: Path) -> Iterator[tuple[bytes, int]]:
    """Yield some whole lines of data at a time, each with a line feed, and the first's number."""
    line, rest, has_header = 2, b"", False
    try:
        with open_content(path) as handle:
            while chunk := handle.read(_BLOCK_BYTES):
                data = rest + chunk
                end = data.rfind(b"\n") + 1
                rest, data = data[end:], data[:end].replace(b"\r", b"")
                if not has_header and data:
                    data, has_header = data[data.index(b"\n") + 1 :], True
                if data:
                    yield data, line
                    line += data.count(b"\n")
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise DeliveryRefusedError(
            f"{path.name}, after line {line - 1:,}: the packed file is cut off or damaged; pack "
            "it again and send it again"
        ) from None
    if has_header and rest.strip():
        yield rest.replace(b"\r", b"") + b"\n", line


FORMAT = Format(
    name="count_matrix",
    title="Count matrix of small-RNA sequencing, RNAs by samples",
    layouts=LAYOUTS,
    suffixes=(".tsv", ".txt", ".tab"),
    recognise=recognise,
    read=read,
    seen=seen,
)
