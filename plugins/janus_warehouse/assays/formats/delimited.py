"""Delimited text as batches of text columns, with the line of each row."""

import codecs
import contextlib
import csv
import functools
import gzip
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.csv as pacsv

from janus_warehouse.deliveries.readers.source import open_content, read_chunks
from janus_warehouse.errors import DeliveryRefusedError

_BLOCK = 8 << 20
_HEAD, _PIECE = 1 << 16, 1 << 13
DELIMITERS = (";", "\t", ",")


@dataclass(frozen=True)
class Delimited:
    """A delimited file: its header, its delimiter and its encoding."""

    path: Path
    header: tuple[str, ...]
    delimiter: str
    encoding: str


def head_lines(path: Path, count: int = 12) -> list[str]:
    """Return the first lines of a text file without line ends; none of a file that is no text."""
    data = head_bytes(path, lambda data: len(data) >= _HEAD)
    if b"\0" in data:
        return []
    try:
        # The last letter may have been cut in two.
        text = codecs.getincrementaldecoder("utf-8-sig")("strict").decode(data)
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[:count]


def head_bytes(path: Path, is_enough: Callable[[bytes], bool]) -> bytes:
    """Return the beginning of a file; of a damaged one, as far as it can be read.

    So a file that was cut off is known by its layout, and its reader says what is wrong.
    """
    data = b""
    with contextlib.suppress(OSError, EOFError, zlib.error), open_content(path) as handle:
        while not is_enough(data) and (piece := handle.read(_PIECE)):
            data += piece
    return data


def open_delimited(path: Path) -> Delimited:
    """Return what the first line of a delimited file tells.

    Raises:
        DeliveryRefusedError: No text, or a column is named twice.
    """
    lines = head_lines(path, 1)
    if not lines or not lines[0]:
        raise DeliveryRefusedError(f"{path.name}: expected delimited text, found none")
    delimiter = max(DELIMITERS, key=lines[0].count)
    header = tuple(name.strip() for name in next(csv.reader([lines[0]], delimiter=delimiter)))
    doubled = sorted({name for name in header if name and header.count(name) > 1})
    if doubled:
        raise DeliveryRefusedError(
            f"{path.name}, line 1: {', '.join(doubled)} stands twice in the header; name every "
            "column once"
        )
    return Delimited(path, header, delimiter, encoding_of(path))


def read_rows(file: Delimited, columns: list[str] | None = None) -> Iterator[pl.DataFrame]:
    """Yield the rows as text with their line in column `line`, some 8 MiB at a time.

    Args:
        file: The file.
        columns: Which columns; by default all.

    Raises:
        DeliveryRefusedError: A row is shorter or longer than the header, a quote is not closed,
            or the packed file is cut off.
    """
    faults: list[tuple[int, int, bool]] = []

    def on_fault(row: pacsv.InvalidRow) -> str:
        faults.append((row.number or 0, row.actual_columns, not row.text.strip()))
        return "skip"

    wanted = list(columns or file.header)
    read = pacsv.ReadOptions(block_size=_BLOCK, encoding=file.encoding, use_threads=False)
    parse = pacsv.ParseOptions(
        delimiter=file.delimiter, invalid_row_handler=on_fault, newlines_in_values=True,
        ignore_empty_lines=False,
    )  # fmt: skip
    convert = pacsv.ConvertOptions(
        column_types={name: pa.string() for name in file.header},
        include_columns=wanted, strings_can_be_null=True, null_values=[""],
    )  # fmt: skip
    line = 2
    try:
        with open_content(file.path) as handle:
            for batch in pacsv.open_csv(handle, read, parse, convert):
                frame = pl.DataFrame(pl.from_arrow(batch))
                frame = frame.with_row_index("line", offset=line)
                line += frame.height
                if faults and any(not blank for *_, blank in faults):
                    break
                yield frame.with_columns(pl.col("line").cast(pl.Int64))
    except (pa.ArrowInvalid, EOFError, gzip.BadGzipFile, zlib.error, UnicodeError):
        raise DeliveryRefusedError(
            f"{file.path.name}, after line {line - 1:,}: the file cannot be read on: it is cut "
            "off, or a quote is not closed; send it again as the instrument's program wrote it"
        ) from None
    _refuse_faults(file, faults, line)


def _refuse_faults(file: Delimited, faults: list[tuple[int, int, bool]], end: int) -> None:
    """Refuse a file whose rows have other numbers of cells; blank lines at the end are borne."""
    real = [f for f in faults if not f[2] or f[0] < end]
    if real:
        number, cells, blank = real[0]
        found = "a blank line" if blank else f"{cells} cells"
        raise DeliveryRefusedError(
            f"{file.path.name}, line {number}: expected {len(file.header)} cells as in the header, "
            f"found {found}; write every line in full, or send the file again if it was cut off"
        )


def encoding_of(path: Path) -> str:
    """Return utf8, or cp1252, which spreadsheets write, where the file is no UTF-8.

    A file is read for it once, as long as it does not change.
    """
    status = path.stat()
    return _encoding_of(path, status.st_size, status.st_mtime_ns)


@functools.lru_cache(maxsize=64)
def _encoding_of(path: Path, _size: int, _modified: int) -> str:
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    with contextlib.suppress(OSError, EOFError, DeliveryRefusedError), open_content(path) as handle:
        try:
            for chunk in read_chunks(handle, path.name):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf8"
