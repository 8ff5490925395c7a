"""Reading a file that nobody has described yet: how it is written, and its rows as text.

The rows come from the readers of the door, so what is proposed fits what the door will see.
"""

import codecs
import contextlib
import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, BinaryIO, cast

import polars as pl
import pyarrow as pa
import pyarrow.csv as arrow_csv

from janus_warehouse.deliveries.readers import explain_structure, open_stream
from janus_warehouse.deliveries.readers.dialect import read_dialect
from janus_warehouse.deliveries.readers.source import open_content, read_exactly
from janus_warehouse.errors import DeliveryRefusedError
from janus_warehouse.surveys.errors import ScaffoldError

BLOCK_BYTES = 4 << 20
"""How much is read at a time; the first block tells delimiter and encoding."""

_DELIMITERS = "\t;|,"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OTHERS = {"sas7bdat", "sav", "zsav", "por", "dta", "xls", "xlsx", "ods", "rds", "rda"}
_TEXTS = {"csv", "tsv", "tab", "txt", "dat", "asc", "fwf"}
_DATA = re.compile(r"^[+-]?[0-9]+([.,/-][0-9]+)*$")


@dataclass(frozen=True)
class Shape:
    """How a file is written, as the contract's `format` says it, and its columns in order."""

    path: Path
    format: dict[str, Any]
    columns: list[str]
    positions: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def layout(self) -> Any:
        """What the readers ask a contract: the columns and their positions."""
        names = [
            SimpleNamespace(name=c, physical_name=c, position=self.positions.get(c))
            for c in self.columns
        ]
        return SimpleNamespace(columns=names)


def examine(path: Path, positions: dict[str, tuple[int, int]] | None = None) -> Shape:
    """Return how a file is written.

    Args:
        path: The file; a name that ends in `.gz` is decompressed.
        positions: First and last character of each column, counted from 1, where the
            codebook has them: the file is then read as one of fixed width.

    Raises:
        ScaffoldError: The file is missing, empty, of a kind the door does not read, or its
            columns cannot be told apart.
    """
    if not path.is_file():
        raise ScaffoldError(f"{path}: expected a file of data, found none; check the path")
    head = _head(path)
    if not head.strip():
        raise ScaffoldError(f"{path}: expected a header and rows, found an empty file")
    kind = _kind(path, head)
    if kind in ("xpt", "parquet"):
        shape = Shape(path, {"kind": kind}, [])
        return Shape(path, {"kind": kind}, _columns(shape))
    encoding = _encoding(head)
    text = head.decode(encoding, errors="replace")
    if not text.strip("\ufeff\r\n "):
        raise ScaffoldError(f"{path}: expected a header and rows, found an empty file")
    if positions:
        form = {"kind": "fixed_width", "encoding": encoding}
        return Shape(path, form, list(positions), positions)
    return _delimited(path, text, encoding, len(head) >= BLOCK_BYTES)


def _head(path: Path) -> bytes:
    with _told_plainly(path), open_content(path) as handle:
        return read_exactly(handle, BLOCK_BYTES, path.name)


def _kind(path: Path, head: bytes) -> str:
    suffixes = [suffix.lower().lstrip(".") for suffix in path.suffixes]
    suffix = next((s for s in reversed(suffixes) if s != "gz"), "")
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"HEADER RECORD*******"):
        return "xpt"
    if suffix in _OTHERS or (b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff"))):
        raise ScaffoldError(
            f"{path}: expected delimited text, fixed width with a layout, SAS transport (xpt) or "
            f"Parquet, found {'.' + suffix if suffix in _OTHERS else 'a binary file'}, which the "
            "door does not read; write it as csv or xpt. The labels of a .sav, .dta or .sas7bdat "
            "are read with --codebook"
        )
    if suffix in ("parquet", "xpt"):
        raise ScaffoldError(
            f"{path}: expected the content that the name says ({suffix}), found something else"
        )
    return "csv"


def _encoding(head: bytes) -> str:
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    try:
        # The head may end within a letter.
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "cp1252" if re.search(rb"[\x80-\x9f]", head) else "latin-1"
    return "utf-8"


def _delimited(path: Path, text: str, encoding: str, is_cut: bool) -> Shape:
    # Not `splitlines`: it also parts at form feeds, which the door takes for text.
    lines = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$", text.removeprefix("\ufeff"))[:200]
    if is_cut and len(lines) > 1:
        lines = lines[:-1]
    delimiter = _delimiter(lines)
    if delimiter is None and path.suffix.lower() not in (".csv", ".tsv") and len(lines[0]) > 60:
        raise ScaffoldError(
            f"{path}: expected columns between delimiters (tab ; | ,), found none in the first "
            f"{len(lines)} lines; for a file of fixed width give --codebook with the columns "
            "name, first and last"
        )
    delimiter = delimiter or ","
    form: dict[str, Any] = {"kind": "csv", "delimiter": delimiter, "encoding": encoding}
    header = _fields(lines, delimiter)[0]
    if _is_data(header):
        form["header"] = False
        return Shape(path, form, [f"column_{at}" for at in range(1, len(header) + 1)])
    shape = Shape(path, form, [])
    names = _columns(shape)
    _check_names(path, names)
    return Shape(path, form, names)


def _delimiter(lines: list[str]) -> str | None:
    """Return the first mark that parts the lines into an even number of fields."""
    for delimiter in _DELIMITERS:
        counts = [len(row) for row in _fields(lines, delimiter) if row]
        if counts and counts[0] > 1 and counts.count(counts[0]) >= 0.9 * len(counts):
            return delimiter
    header = max(_DELIMITERS, key=lines[0].count)
    return header if lines[0].count(header) else None


def _fields(lines: list[str], delimiter: str) -> list[list[str]]:
    try:
        rows = list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        rows = [line.rstrip("\r\n").split(delimiter) for line in lines]
    return rows or [[""]]


def _is_data(header: list[str]) -> bool:
    """Tell whether a first row holds values: a number or a date is no name."""
    return any(_DATA.match(cell.strip()) for cell in header)


def _check_names(path: Path, names: list[str]) -> None:
    empty = [str(at) for at, name in enumerate(names, 1) if not name.strip()]
    seen: dict[str, int] = {}
    twice = []
    for at, name in enumerate(names, 1):
        if name in seen and name.strip():
            twice.append(f"{seen[name]} and {at}")
        seen.setdefault(name, at)
    problems = []
    if empty:
        problems.append(f"column {', '.join(empty)} has no name")
    if twice:
        problems.append(f"columns {', '.join(twice)} share a name")
    if problems:
        raise ScaffoldError(
            f"{path}, line 1: expected a name of its own for each column, found that "
            f"{'; '.join(problems)}. Ask the sender for a header that the door can take"
        )


def _columns(shape: Shape) -> list[str]:
    with _told_plainly(shape.path):
        return list(open_stream(shape.path, shape.format).columns)


@contextlib.contextmanager
def _told_plainly(path: Path) -> Iterator[None]:
    try:
        yield
    except (DeliveryRefusedError, OSError, EOFError) as error:
        what = str(error) if isinstance(error, DeliveryRefusedError) else type(error).__name__
        raise ScaffoldError(f"{path}: expected a readable file, found: {what}") from None


class Watched:
    """A file for the readers that tells how many of its bytes have been read."""

    def __init__(self, path: Path, moved: Callable[[int, int], None]) -> None:
        self.path = str(path)
        self._size = path.stat().st_size
        self._moved = moved

    def open(self, _mode: str = "rb") -> BinaryIO:
        """Return a handle that reports after each read."""
        size, moved = self._size, self._moved

        class Counting(io.FileIO):
            def read(self, amount: int | None = -1, /) -> bytes:
                data = super().read(-1 if amount is None else amount)
                moved(self.tell(), size)
                return data

        return cast(BinaryIO, Counting(self.path, "rb"))


def batches(
    shape: Shape, moved: Callable[[int, int], None] = lambda _done, _total: None
) -> Iterator[pl.DataFrame]:
    """Yield the rows as frames of text, columns named by their place; empty cells are null.

    Raises:
        ScaffoldError: A row has another number of fields than the header, or a byte is not
            text in the encoding.
    """
    stream = open_stream(Watched(shape.path, moved), shape.format, shape.layout)
    options = _arrow_options(shape, len(stream.columns))
    with _told_plainly(shape.path):
        chunks = _Chunks(stream.chunks)
        if chunks.is_empty:
            return
        try:
            for batch in arrow_csv.open_csv(chunks, *options):
                yield cast(pl.DataFrame, pl.from_arrow(batch))
        except (pa.ArrowInvalid, UnicodeDecodeError):
            # The library's own message quotes the row.
            raise ScaffoldError(_structure(shape)) from None


def _arrow_options(shape: Shape, width: int) -> tuple[Any, Any, Any]:
    names = [f"{at}" for at in range(width)]
    delimiter, quote, encoding = ",", '"', "utf8"
    if shape.format["kind"] == "csv":
        dialect = read_dialect(shape.format)
        if dialect.server_reads_fields:
            delimiter, quote = dialect.delimiter, dialect.copy_quote
            encoding = dialect.encoding if dialect.server_encoding else "utf8"
    return (
        arrow_csv.ReadOptions(column_names=names, block_size=BLOCK_BYTES, encoding=encoding),
        arrow_csv.ParseOptions(
            delimiter=delimiter, quote_char=quote, newlines_in_values=True,
            ignore_empty_lines=width > 1,
        ),
        arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True,
            null_values=[""],
        ),
    )  # fmt: skip


def _structure(shape: Shape) -> str:
    faults = explain_structure(shape.path, shape.format, len(shape.columns), limit=5)
    told = "; ".join(str(fault) for fault in faults) or "rows that do not fit their header"
    return f"{shape.path}: expected rows as in the header, found: {told}"


class _Chunks(io.RawIOBase):
    """An iterator of bytes as a file to read from."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = (chunk for chunk in chunks if chunk)
        self._held = next(self._chunks, b"")
        self.is_empty = not self._held

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        if not self._held:
            self._held = next(self._chunks, b"")
        part = self._held[: len(target)]
        target[: len(part)] = part
        self._held = self._held[len(part) :]
        return len(part)
