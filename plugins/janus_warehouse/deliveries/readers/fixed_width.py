"""Fixed-width text: every field stands at the positions the contract gives it."""

import codecs
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from janus_warehouse.deliveries.readers.csv_file import server_text
from janus_warehouse.deliveries.readers.dialect import Dialect, copy_options, read_dialect
from janus_warehouse.deliveries.readers.frames import frame_bytes, trimmed
from janus_warehouse.deliveries.readers.newlines import drop_trailing_blank_lines
from janus_warehouse.deliveries.readers.source import file_name, open_content
from janus_warehouse.deliveries.readers.stream import CopyStream
from janus_warehouse.errors import ContractError, DeliveryRefusedError


def open_fixed_width(
    source: Any, file_format: Mapping[str, Any], contract: Any = None
) -> CopyStream:
    """Return the stream of a fixed-width file; see `open_stream`.

    Every line must reach the last position of the contract; what stands after it is not read.
    Spaces at the end of a field are not data.
    """
    dialect = read_dialect(file_format)
    fields = positions(contract)
    return CopyStream(
        [name for name, _, _ in fields],
        copy_options(),
        _chunks(source, dialect, fields),
        first_line=1,
    )


def positions(contract: Any) -> list[tuple[str, int, int]]:
    """Return (name in the file, first, last) of each field, counted from 1, both inclusive.

    Raises:
        ContractError: A column has no position.
    """
    placed = []
    for column in contract.columns:
        if not column.position:
            raise ContractError(
                f"column {column.name}: a fixed-width table needs a position for every column; "
                "add customProperties position: [first, last]"
            )
        first, last = column.position
        placed.append((column.physical_name or column.name, int(first), int(last)))
    return placed


def _chunks(
    source: Any,
    dialect: Dialect,
    fields: list[tuple[str, int, int]],
) -> Iterator[bytes]:
    shortest = max(last for _, _, last in fields)
    line_number = 1
    for lines in line_batches(source, dialect):
        series = pl.Series("line", lines, dtype=pl.String)
        lengths = series.str.len_chars()
        wrong = lengths < shortest
        if wrong.any():
            at = int(wrong.arg_max() or 0)
            raise DeliveryRefusedError(
                f"{file_name(source)}, line {line_number + at}: expected at least {shortest} "
                f"characters, found {lengths[at]}; write every line in full length"
            )
        line_number += len(series)
        columns = [
            trimmed(pl.col("line").str.slice(first - 1, last - first + 1)).alias(f"{number}")
            for number, (_, first, last) in enumerate(fields)
        ]
        yield frame_bytes(series.to_frame().select(columns))


def line_batches(source: Any, dialect: Dialect) -> Iterator[list[str]]:
    """Yield the decoded lines of a file, about 1 MiB of text at a time.

    Raises:
        DeliveryRefusedError: A byte is not text in the dialect's encoding.
    """
    name = file_name(source)
    encoding = "utf-8" if dialect.server_encoding is None else dialect.encoding
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    rest = ""
    with open_content(source) as handle:
        for chunk in drop_trailing_blank_lines(server_text(handle, dialect, name)):
            try:
                text = rest + decoder.decode(chunk)
            except UnicodeError:
                raise DeliveryRefusedError(
                    f"{name}: expected text in {encoding}, found bytes that are not; "
                    "write the file in the encoding of the contract"
                ) from None
            if "\r" in text:
                text = text.replace("\r\n", "\n").replace("\r", "\n")
            lines = text.split("\n")
            rest = lines.pop()
            if lines:
                yield lines
    if rest:
        yield [rest]
