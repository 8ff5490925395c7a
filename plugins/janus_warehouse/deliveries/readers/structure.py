"""What is wrong with the shape of a text file, line by line, without showing its content."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from janus_warehouse.deliveries.readers.csv_file import count_lines, server_text
from janus_warehouse.deliveries.readers.dialect import Dialect, read_dialect
from janus_warehouse.deliveries.readers.scan import FileScan
from janus_warehouse.deliveries.readers.source import file_name, open_content
from janus_warehouse.platform.settings import get_settings


@dataclass(frozen=True)
class StructureFault:
    """One place where a file is not built as its contract says.

    Attributes:
        line: Line of the file, counted from 1.
        kind: `columns`, `quotes`, `encoding`, `nul`, `long line`, `short line`,
            `blank line`, `end marker`, `byte order mark`.
        found: What is there, as a count or a position.
        expected: What should be there.
    """

    line: int
    kind: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"line {self.line}: expected {self.expected}, found {self.found}"


def scan_faults(scan: FileScan, file_format: Mapping[str, Any]) -> list[StructureFault]:
    """Return the faults that a scan alone proves, in the order of their lines.

    They hold for any number of columns, so they can be told before anything is loaded.
    """
    if file_format.get("kind") in ("xpt", "parquet"):
        return []
    dialect = read_dialect(file_format)
    faults = []
    if scan.bom not in (None, "utf-8") and not dialect.encoding.startswith("utf-16"):
        faults.append(StructureFault(1, "encoding", f"text in {scan.bom}", dialect.encoding))
    elif scan.nul_line is not None:
        faults.append(StructureFault(scan.nul_line, "nul", "a NUL byte", "text"))
    if scan.undecodable is not None:
        line, byte = scan.undecodable
        expected = f"text in {dialect.encoding}"
        faults.append(
            StructureFault(line, "encoding", f"a byte that is not, at byte {byte}", expected)
        )
    elif scan.non_ascii and scan.utf8_valid and not dialect.encoding.startswith("utf"):
        # Letters of a single-byte encoding practically never form valid UTF-8 by chance.
        expected = f"text in {dialect.encoding}"
        faults.append(StructureFault(1, "encoding", "a file that is valid UTF-8", expected))
    longest = get_settings().longest_line_bytes
    if scan.longest_line > longest:
        found = f"one of {scan.longest_line} bytes"
        expected = f"lines of at most {longest} bytes"
        faults.append(StructureFault(scan.longest_line_at, "long line", found, expected))
    if scan.end_marker_line is not None:
        found = "a line of a backslash and a full stop, which ends the data for COPY"
        faults.append(StructureFault(scan.end_marker_line, "end marker", found, "a data row"))
    return sorted(faults, key=lambda fault: fault.line)


def explain_structure(
    source: Any, file_format: Mapping[str, Any], n_columns: int, limit: int = 100
) -> list[StructureFault]:
    """Return the first `limit` places where a text file is not built as it should be.

    Slow and thorough; meant for a file that COPY has refused.

    Args:
        source: The file.
        file_format: The contract's `format` mapping.
        n_columns: How many fields every row should have; for a fixed-width file the number
            of characters every line should have.
        limit: Stop after this many faults.
    """
    faults: list[StructureFault] = []
    for fault in _faults(source, file_format, n_columns):
        faults.append(fault)
        if len(faults) >= limit:
            break
    return faults


def _faults(source: Any, file_format: Mapping[str, Any], expected: int) -> Iterator[StructureFault]:
    dialect = read_dialect(file_format)
    encoding = "utf-8" if dialect.server_encoding is None else dialect.encoding
    is_fixed = file_format.get("kind") == "fixed_width"
    blank: list[StructureFault] = []
    for number, (line, record) in enumerate(_records(source, dialect, is_fixed)):
        if not record.strip(b"\r\n"):
            # Reported only when a row follows: empty lines at the end of a file are harmless.
            blank.append(StructureFault(line, "blank line", "an empty line", "a data row"))
            continue
        yield from blank
        blank.clear()
        is_header = number == 0 and dialect.has_header
        yield from _record_faults(line, record, dialect, encoding)
        if is_fixed and not is_header:
            yield from _length_faults(line, record, encoding, expected)
        elif not is_fixed and not is_header:
            yield from _field_faults(line, record, dialect, encoding, expected)


def _record_faults(
    line: int, record: bytes, dialect: Dialect, encoding: str
) -> Iterator[StructureFault]:
    longest = get_settings().longest_line_bytes
    for number, part in enumerate(record.splitlines() if len(record) > longest else ()):
        if len(part) > longest:
            found, expected = f"one of {len(part)} bytes", f"lines of at most {longest} bytes"
            yield StructureFault(line + number, "long line", found, expected)
    if (nul := record.find(b"\0")) >= 0:
        at = line + count_lines(record[:nul])
        yield StructureFault(at, "nul", "a NUL byte", "text")
    try:
        record.decode(encoding)
    except UnicodeDecodeError as error:
        before = record[: error.start]
        byte = error.start - (before.rfind(b"\n") + 1) + 1
        found = f"a byte that is not, at byte {byte}"
        at = line + before.count(b"\n")
        yield StructureFault(at, "encoding", found, f"text in {dialect.encoding}")


def _length_faults(
    line: int, record: bytes, encoding: str, expected: int
) -> Iterator[StructureFault]:
    length = len(record.rstrip(b"\r\n").decode(encoding, "replace"))
    if length < expected:
        yield StructureFault(
            line, "short line", f"{length} characters", f"at least {expected} characters"
        )


def _field_faults(
    line: int, record: bytes, dialect: Dialect, encoding: str, expected: int
) -> Iterator[StructureFault]:
    quote = dialect.quote_byte
    if record.count(quote) % 2:
        yield StructureFault(
            line, "quotes", "a quote that is opened and never closed", "quotes in pairs"
        )
        return
    outside = b"".join(record.split(quote)[::2])
    fields = outside.decode(encoding, "replace").count(dialect.delimiter) + 1
    if fields != expected:
        yield StructureFault(line, "columns", f"{fields} fields", f"{expected} fields")


def _records(source: Any, dialect: Dialect, ignores_quotes: bool) -> Iterator[tuple[int, bytes]]:
    """Yield (first line, bytes) of every record; a record never closed comes last, whole.

    To keep memory bounded a record stops growing at twice the longest line allowed.
    """
    quote = dialect.quote_byte
    line, start, size, inside = 1, 1, 0, False
    pieces: list[bytes] = []
    longest = get_settings().longest_line_bytes
    for piece in _lines(source, dialect):
        if size < 2 * longest:
            pieces.append(piece)
            size += len(piece)
        if not ignores_quotes:
            inside ^= piece.count(quote) % 2 == 1
        line += 1
        if not inside:
            yield start, b"".join(pieces)
            start, size = line, 0
            pieces.clear()
    if pieces:
        yield start, b"".join(pieces)


def _lines(source: Any, dialect: Dialect) -> Iterator[bytes]:
    rest = b""
    with open_content(source) as handle:
        for chunk in server_text(handle, dialect, file_name(source)):
            lines = (rest + chunk).splitlines(keepends=True)
            # The last line goes on in the next chunk unless it has its line break.
            rest = lines.pop() if lines and not lines[-1].endswith((b"\n", b"\r")) else b""
            yield from lines
    if rest:
        yield rest


def multiline_offsets(source: Any, file_format: Mapping[str, Any]) -> list[tuple[int, int]]:
    """Return where records and lines part, for a file with line breaks inside quotes.

    Each entry (record, extra): from data row `record` on, counted from 1, the row starts on
    line `first_line + record - 1 + extra` of the file. Empty when every row is one line.
    """
    dialect = read_dialect(file_format)
    offsets = []
    extra = 0
    records = _records(source, dialect, ignores_quotes=False)
    if dialect.has_header:
        next(records, None)
    for number, (_, record) in enumerate(records, start=1):
        inner = count_lines(record.rstrip(b"\r\n"))
        if inner:
            extra += inner
            offsets.append((number + 1, extra))
    return offsets


def physical_line(row: int, first_line: int, offsets: list[tuple[int, int]]) -> int:
    """Return the line of the file on which data row `row`, counted from 1, starts."""
    at = bisect_right(offsets, row, key=lambda entry: entry[0])
    return first_line + row - 1 + (offsets[at - 1][1] if at else 0)
