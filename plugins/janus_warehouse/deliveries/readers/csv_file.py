"""Delimited text: the sender's own bytes go to the server whenever it can read them."""

import codecs
import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from janus_warehouse.deliveries.readers.dialect import Dialect, copy_options, read_dialect
from janus_warehouse.deliveries.readers.newlines import (
    LINE_BREAK,
    drop_trailing_blank_lines,
    even_newlines,
)
from janus_warehouse.deliveries.readers.source import (
    CHUNK_BYTES,
    file_name,
    open_content,
    read_chunks,
)
from janus_warehouse.deliveries.readers.stream import CopyStream
from janus_warehouse.errors import DeliveryRefusedError

MAX_HEADER_BYTES = 4 << 20
"""A header longer than this is a quote that was never closed, not a header."""


def open_csv(source: Any, file_format: Mapping[str, Any], contract: Any = None) -> CopyStream:
    """Return the stream of a delimited file; see `open_stream`."""
    dialect = read_dialect(file_format)
    with open_content(source) as handle:
        header, _ = take_header(server_text(handle, dialect, file_name(source)), dialect, source)
    if dialect.has_header:
        columns = _header_names(header, dialect)
        first_line = 1 + count_lines(header)
    else:
        columns = [column.physical_name or column.name for column in contract.columns]
        first_line = 1
    chunks = _data_chunks(source, dialect)
    if not dialect.server_reads_fields:
        return CopyStream(columns, copy_options(), _rewritten(chunks, dialect), first_line)
    return CopyStream(columns, dialect.copy_options(), chunks, first_line)


def server_text(handle: BinaryIO, dialect: Dialect, name: str) -> Iterator[bytes]:
    """Yield a file's bytes without byte order mark, in an encoding the server decodes."""
    chunks = read_chunks(handle, name)
    if dialect.server_encoding is None:
        chunks = _transcoded(chunks, dialect.encoding, name)
    for number, chunk in enumerate(chunks):
        yield chunk.removeprefix(codecs.BOM_UTF8) if number == 0 else chunk


def _transcoded(chunks: Iterator[bytes], encoding: str, name: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    lines = 0
    try:
        for chunk in chunks:
            text = decoder.decode(chunk)
            lines += count_lines(data := text.encode())
            yield data
        yield decoder.decode(b"", final=True).encode()
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode(encoding, "ignore")
        line = 1 + lines + count_lines(before.encode())
        # The original error carries the bytes of the file, so it is not chained.
        raise DeliveryRefusedError(
            f"{name}, line {line}: expected text in {encoding}, found bytes that are not; "
            "write the file in the encoding of the contract"
        ) from None


def take_header(
    chunks: Iterator[bytes], dialect: Dialect, source: Any
) -> tuple[bytes, Iterator[bytes]]:
    """Return the header row with its line break, and the chunks that follow it.

    Without a header in the dialect the first part is empty.

    Raises:
        DeliveryRefusedError: The header has no end within the first 4 MiB.
    """
    if not dialect.has_header:
        return b"", chunks
    buffered = b""
    for chunk in chunks:
        buffered += chunk
        end = _first_record_end(buffered, dialect.quote_byte)
        if end:
            return buffered[:end], _chain(buffered[end:], chunks)
        if len(buffered) > MAX_HEADER_BYTES:
            raise DeliveryRefusedError(
                f"{file_name(source)}, line 1: expected a header of column names, found no end "
                f"of the row within {MAX_HEADER_BYTES} bytes; is a quote left open?"
            )
    return buffered, iter(())


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from rest


def _first_record_end(data: bytes, quote: bytes) -> int:
    """Return where the first row's line break ends; 0 when it is not in the data."""
    start, inside = 0, False
    for found in LINE_BREAK.finditer(data):
        inside ^= data.count(quote, start, found.start()) % 2 == 1
        if not inside:
            return found.end()
        start = found.end()
    return 0


def _header_names(header: bytes, dialect: Dialect) -> list[str]:
    """Return the column names of a header row; an empty list for an empty file."""
    encoding = "utf-8" if dialect.server_encoding in (None, "UTF8") else dialect.encoding
    text = header.decode(encoding, errors="replace").rstrip("\r\n")
    try:
        rows = list(_csv_rows([text], dialect))
    except csv.Error:
        raise DeliveryRefusedError(
            "line 1: expected a header of column names, found a line break in a name that does not "
            "begin with a quote; is it another delimiter than the contract's?"
        ) from None
    return rows[0] if rows else []


def count_lines(data: bytes) -> int:
    """Return the number of line breaks of any style."""
    return data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n")


def _data_chunks(source: Any, dialect: Dialect) -> Iterator[bytes]:
    with open_content(source) as handle:
        text = server_text(handle, dialect, file_name(source))
        _, rows = take_header(text, dialect, source)
        yield from drop_trailing_blank_lines(even_newlines(rows, dialect.quote_byte))


def _rewritten(chunks: Iterator[bytes], dialect: Dialect) -> Iterator[bytes]:
    """Yield comma-separated UTF-8 where the delimiter or quote is none that COPY takes."""
    encoding = "utf-8" if dialect.server_encoding in (None, "UTF8") else dialect.encoding
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for row in _csv_rows(_text_lines(chunks, encoding), dialect):
        writer.writerow(row)
        if buffer.tell() > CHUNK_BYTES:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def _csv_rows(lines: Any, dialect: Dialect) -> Iterator[list[str]]:
    delimiter = dialect.delimiter
    if len(delimiter) > 1:
        # The csv module takes one character; the unit separator stands in for several.
        lines = (line.replace(dialect.delimiter, "\x1f") for line in lines)
        delimiter = "\x1f"
    csv.field_size_limit(max(csv.field_size_limit(), 64 << 20))
    if dialect.quote is None:
        return csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    return csv.reader(lines, delimiter=delimiter, quotechar=dialect.quote)


def _text_lines(chunks: Iterator[bytes], encoding: str) -> Iterator[str]:
    rest = b""
    for chunk in chunks:
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop()
        for line in lines:
            yield _decoded(line, encoding) + "\n"
    if rest:
        yield _decoded(rest, encoding)


def _decoded(line: bytes, encoding: str) -> str:
    try:
        return line.decode(encoding)
    except UnicodeError:
        # The original error carries the bytes of the file, so it is not chained.
        raise DeliveryRefusedError(
            f"expected text in {encoding}, found bytes that are not; "
            "write the file in the encoding of the contract"
        ) from None
