"""One pass over a delivered file: what it weighs, how many rows it has, what is wrong."""

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from janus_warehouse.deliveries.readers.csv_file import server_text, take_header
from janus_warehouse.deliveries.readers.dialect import Dialect, read_dialect
from janus_warehouse.deliveries.readers.source import (
    HashingFile,
    Utf8Witness,
    file_name,
    open_content,
    open_raw,
    read_exactly,
    unpacked,
)

Newline = Literal["lf", "crlf", "cr", "mixed", "none"]
Positions = npt.NDArray[np.int64]

_END_MARKER = re.compile(rb"(?<=[\r\n])\\\.(?=[\r\n])")
_BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}


@dataclass(frozen=True)
class FileScan:
    """What one pass over a file found. Lines and bytes are counted from 1.

    Attributes:
        sha256: Hash of the file as delivered (compressed, if it is).
        bytes: Size of the file as delivered.
        lines: Physical lines, header and empty lines included; 0 for binary formats.
        data_rows: Rows that COPY will be given: records without header and without empty
            lines at the end.
        longest_line: Bytes of the longest line.
        longest_line_at: Which line that is.
        nul_line: Line of the first NUL byte, or None.
        bom: Encoding that a byte order mark announces, or None.
        newline: Style of line breaks outside quotes.
        utf8_valid: Whether the whole text is valid UTF-8.
        non_ascii: Whether any byte is above 127.
        undecodable: Line and byte in the line of the first byte that the contract's
            encoding does not know, or None.
        quotes_balanced: Whether the number of quote characters is even.
        breaks_in_quotes: Line breaks inside quoted fields; then rows and lines differ.
        end_marker_line: Line that holds `\\.` alone, which ends the data for servers before
            PostgreSQL 18, or None.
    """

    sha256: str
    bytes: int
    lines: int
    data_rows: int
    longest_line: int = 0
    longest_line_at: int = 0
    nul_line: int | None = None
    bom: str | None = None
    newline: Newline = "none"
    utf8_valid: bool = True
    non_ascii: bool = False
    undecodable: tuple[int, int] | None = None
    quotes_balanced: bool = True
    breaks_in_quotes: int = 0
    end_marker_line: int | None = None

    @property
    def has_nul(self) -> bool:
        """Whether the text holds a NUL byte, which PostgreSQL's text cannot."""
        return self.nul_line is not None


def scan(source: Any, file_format: Mapping[str, Any]) -> FileScan:
    """Return what one streaming pass over a file finds; constant memory.

    Raises:
        ContractError: The format is unknown.
        DeliveryRefusedError: A damaged gzip, XPT or Parquet file.
    """
    kind = file_format.get("kind", "csv")
    if kind == "assay":
        from janus_warehouse.deliveries.readers.returned import scan_returned

        return scan_returned(source, file_format)
    if kind in ("xpt", "parquet"):
        return _scan_binary(source, kind)
    dialect = read_dialect(file_format)
    bom = _byte_order_mark(source)
    with open_raw(source) as raw:
        hashing = HashingFile(raw)  # type: ignore[arg-type]
        content = Utf8Witness(unpacked(hashing, source))  # type: ignore[arg-type]
        text = server_text(content, dialect, file_name(source))  # type: ignore[arg-type]
        header, rows = take_header(text, dialect, source)
        counts = _Counts(dialect, kind == "fixed_width")
        for chunk in _with_header(header, rows):
            counts.add(chunk)
        hashing.drain()
    records = max(counts.records() - (1 if dialect.has_header else 0), 0)
    found = counts.result(hashing, bom, records)
    if dialect.server_encoding is None:
        # What was counted is UTF-8 in any case: it was written anew from the sender's encoding.
        found = replace(found, utf8_valid=content.is_valid)
    return found


def _with_header(header: bytes, rows: Iterator[bytes]) -> Iterator[bytes]:
    if header:
        yield header
    yield from rows


def _byte_order_mark(source: Any) -> str | None:
    with open_content(source) as handle:
        start = read_exactly(handle, 3, file_name(source))
    return next((name for mark, name in _BOMS.items() if start.startswith(mark)), None)


def _scan_binary(source: Any, kind: str) -> FileScan:
    with open_raw(source) as raw:
        hashing = HashingFile(raw)  # type: ignore[arg-type]
        hashing.drain()
    if kind == "xpt":
        from janus_warehouse.deliveries.readers.xpt import count_rows
    else:
        from janus_warehouse.deliveries.readers.parquet import count_rows
    return FileScan(hashing.sha256, hashing.bytes_read, 0, count_rows(source))


@dataclass
class _Counts:
    """Running counts over the chunks of one text file."""

    dialect: Dialect
    ignores_quotes: bool
    lines: int = 0
    longest: int = 0
    longest_at: int = 0
    unfinished: int = 0
    line_feeds: int = 0
    pairs: int = 0
    lone_returns: int = 0
    breaks_in_quotes: int = 0
    inside: bool = False
    trailing_breaks: int = 0
    any_text: bool = False
    nul_line: int | None = None
    end_marker_line: int | None = None
    non_ascii: bool = False
    undecodable: tuple[int, int] | None = None
    utf8_valid: bool = True
    last_bytes: bytes = b"\n"
    decoders: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        stated = "utf-8" if self.dialect.server_encoding is None else self.dialect.encoding
        for name in {stated, "utf-8"}:
            self.decoders[name] = codecs.getincrementaldecoder(name)("strict")
        self.stated = stated

    def add(self, chunk: bytes) -> None:
        """Count one chunk; it never ends between a carriage return and its line feed."""
        breaks = self._breaks(chunk)
        if self.nul_line is None and (nul := chunk.find(b"\0")) >= 0:
            self.nul_line = self.lines + 1 + int(np.searchsorted(breaks, nul))
        self._find_end_marker(chunk, breaks)
        self._decode(chunk, breaks)
        self._measure(chunk, breaks)
        self._track_tail(chunk, breaks)
        self.lines += breaks.size

    def _breaks(self, chunk: bytes) -> Positions:
        """Return the places of all line breaks; count their styles and the quoted ones."""
        octets = np.frombuffer(chunk, np.uint8)
        feeds = np.flatnonzero(octets == 10)
        returns = np.flatnonzero(octets == 13) if b"\r" in chunk else feeds[:0]
        quote = self.dialect.quote_byte
        feeds_outside, returns_outside = feeds, returns
        if not self.ignores_quotes and (self.inside or quote in chunk):
            quotes = np.flatnonzero(octets == quote[0])
            carried = int(self.inside)
            feeds_outside = feeds[(np.searchsorted(quotes, feeds) + carried) % 2 == 0]
            returns_outside = returns[(np.searchsorted(quotes, returns) + carried) % 2 == 0]
            self.inside = bool((quotes.size + carried) % 2)
            self.breaks_in_quotes += int(feeds.size - feeds_outside.size)
        self.line_feeds += int(feeds_outside.size)
        if not returns_outside.size:
            return feeds
        following = np.append(octets, np.uint8(0))[returns_outside + 1]
        lone = returns_outside[following != 10]
        self.pairs += int(returns_outside.size - lone.size)
        self.lone_returns += int(lone.size)
        return np.sort(np.concatenate([feeds, lone])) if lone.size else feeds

    def _find_end_marker(self, chunk: bytes, breaks: Positions) -> None:
        if self.end_marker_line is None and (b"\\" in chunk or b"\\" in self.last_bytes):
            found = _END_MARKER.search(self.last_bytes + chunk)
            if found:
                at = found.start() - len(self.last_bytes)
                self.end_marker_line = self.lines + 1 + int(np.searchsorted(breaks, at))
        self.last_bytes = (self.last_bytes + chunk)[-4:] if len(chunk) < 4 else chunk[-4:]

    def _decode(self, chunk: bytes, breaks: Positions) -> None:
        if chunk.isascii():
            if not any(decoder.getstate()[0] for decoder in self.decoders.values()):
                return
        else:
            self.non_ascii = True
        for name in list(self.decoders):
            pending = len(self.decoders[name].getstate()[0])
            try:
                self.decoders[name].decode(chunk)
            except UnicodeDecodeError as error:
                self._note_undecodable(name, max(error.start - pending, 0), breaks)

    def _note_undecodable(self, name: str, at: int, breaks: Positions) -> None:
        del self.decoders[name]
        if name == "utf-8":
            self.utf8_valid = False
        if name == self.stated:
            before = int(np.searchsorted(breaks, at))
            start = int(breaks[before - 1]) + 1 if before else -self.unfinished
            self.undecodable = (self.lines + 1 + before, at - start + 1)

    def _measure(self, chunk: bytes, breaks: Positions) -> None:
        if not breaks.size:
            self.unfinished += len(chunk)
            return
        lengths = np.diff(breaks, prepend=-1 - self.unfinished) - 1
        if (longest := int(lengths.max())) > self.longest:
            self.longest, self.longest_at = longest, self.lines + 1 + int(lengths.argmax())
        self.unfinished = len(chunk) - int(breaks[-1]) - 1

    def _track_tail(self, chunk: bytes, breaks: Positions) -> None:
        if chunk[-1:] not in (b"\n", b"\r"):
            self.trailing_breaks, self.any_text = 0, True
            return
        body = len(chunk.rstrip(b"\r\n"))
        after = breaks.size - int(np.searchsorted(breaks, body))
        self.trailing_breaks = after if body else self.trailing_breaks + after
        self.any_text = self.any_text or body > 0

    def records(self) -> int:
        """Return the rows, header included, empty lines at the end of the file left out."""
        if not self.any_text:
            return 0
        ended = self.line_feeds + self.lone_returns - max(self.trailing_breaks - 1, 0)
        return ended + (1 if self.unfinished else 0)

    def result(self, hashing: HashingFile, bom: str | None, data_rows: int) -> FileScan:
        """Return the finished scan."""
        if any(decoder.getstate()[0] for decoder in self.decoders.values()):
            self.utf8_valid = False
            self.undecodable = self.undecodable or (self.lines + 1, self.unfinished)
        if _END_MARKER.search(self.last_bytes + b"\n") and self.end_marker_line is None:
            self.end_marker_line = self.lines + 1
        return FileScan(
            sha256=hashing.sha256,
            bytes=hashing.bytes_read,
            lines=self.lines + (1 if self.unfinished else 0),
            data_rows=data_rows,
            longest_line=max(self.longest, self.unfinished),
            longest_line_at=self._longest_at(),
            nul_line=self.nul_line,
            bom=bom,
            newline=self._newline(),
            utf8_valid=self.utf8_valid,
            non_ascii=self.non_ascii,
            undecodable=self.undecodable,
            quotes_balanced=not self.inside,
            breaks_in_quotes=self.breaks_in_quotes,
            end_marker_line=self.end_marker_line,
        )

    def _longest_at(self) -> int:
        return self.lines + 1 if self.unfinished > self.longest else self.longest_at

    def _newline(self) -> Newline:
        alone = self.line_feeds - self.pairs
        styles: list[Newline] = []
        if alone:
            styles.append("lf")
        if self.pairs:
            styles.append("crlf")
        if self.lone_returns:
            styles.append("cr")
        return styles[0] if len(styles) == 1 else ("mixed" if styles else "none")
