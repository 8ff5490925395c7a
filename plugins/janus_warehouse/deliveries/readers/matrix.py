"""A wide matrix, one row per analyte and one column per sample, as one row per cell."""

import codecs
import csv
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import polars as pl

from janus_warehouse.deliveries.readers.csv_file import header_names, server_text, take_header
from janus_warehouse.deliveries.readers.dialect import Dialect, copy_options, read_dialect
from janus_warehouse.deliveries.readers.frames import frame_bytes
from janus_warehouse.deliveries.readers.newlines import drop_trailing_blank_lines
from janus_warehouse.deliveries.readers.source import file_name, open_content
from janus_warehouse.deliveries.readers.stream import CopyStream
from janus_warehouse.errors import DeliveryRefusedError


def open_matrix(source: Any, file_format: Mapping[str, Any], contract: Any = None) -> CopyStream:
    """Return the stream of a matrix, melted to (row, column, value); see `open_stream`.

    The rows come line by line, and within a line in the order of the header, so that the
    cell in value column `c` of data line `r` is row `r * rows_per_line + c`. An empty cell
    is a row with an empty value. A matrix without value columns has no rows.
    """
    dialect = read_dialect(file_format)
    with open_content(source) as handle:
        text = server_text(handle, dialect, file_name(source))
        header, _ = take_header(text, dialect, source)
    names = header_names(header, dialect)
    melted = [str(file_format[key]) for key in ("row_id", "column_id", "value")]
    chunks = _chunks(source, dialect, names) if len(names) > 1 else iter(())
    return CopyStream(melted if names else [], copy_options(), chunks, 2, max(len(names) - 1, 1))


def _chunks(source: Any, dialect: Dialect, names: list[str]) -> Iterator[bytes]:
    column_ids = pl.Series(names[1:], dtype=pl.String)
    line_number = 2
    for text in _whole_lines(source, dialect):
        lines = text.count("\n")
        cells = _cells(text, dialect, len(names), line_number, file_name(source))
        yield _melted(cells, lines, column_ids)
        line_number += lines


def _melted(cells: pl.Series, lines: int, column_ids: pl.Series) -> bytes:
    width = len(column_ids) + 1
    positions = np.arange(lines * width).reshape(lines, width)
    frame = pl.DataFrame(
        {
            "row": cells.gather(np.repeat(positions[:, 0], width - 1)),
            "column": pl.concat([column_ids] * lines),
            "value": cells.gather(positions[:, 1:].ravel()),
        }
    )
    # An empty text would be written as "", which COPY does not take for a missing value.
    return frame_bytes(frame.with_columns(pl.when(pl.all() != "").then(pl.all())))


def _cells(text: str, dialect: Dialect, width: int, line_number: int, name: str) -> pl.Series:
    """Return every cell of some whole lines, one after the other; each line has `width`."""
    if dialect.quote is not None and dialect.quote in text:
        rows = list(
            csv.reader(text.splitlines(), delimiter=dialect.delimiter, quotechar=dialect.quote)
        )
        counts = [len(row) for row in rows]
        flat = [cell for row in rows for cell in row]
    else:
        counts = [line.count(dialect.delimiter) + 1 for line in text.split("\n")[:-1]]
        flat = text[:-1].replace("\n", dialect.delimiter).split(dialect.delimiter)
    for offset, count in enumerate(counts):
        if count != width:
            raise DeliveryRefusedError(
                f"{name}, line {line_number + offset}: expected {width} fields as in the "
                f"header, found {count}; write every row of the matrix in full"
            )
    return pl.Series(flat, dtype=pl.String)


def _whole_lines(source: Any, dialect: Dialect) -> Iterator[str]:
    """Yield about 1 MiB of decoded text at a time, ending with a line feed."""
    name = file_name(source)
    encoding = "utf-8" if dialect.server_encoding is None else dialect.encoding
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    rest = ""
    with open_content(source) as handle:
        _, rows = take_header(server_text(handle, dialect, name), dialect, source)
        for chunk in drop_trailing_blank_lines(rows):
            try:
                text = rest + decoder.decode(chunk)
            except UnicodeError:
                raise DeliveryRefusedError(
                    f"{name}: expected text in {encoding}, found bytes that are not; "
                    "write the file in the encoding of the contract"
                ) from None
            text = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
            end = text.rfind("\n") + 1
            rest = text[end:]
            if end:
                yield text[:end]
    if rest:
        yield rest + "\n"
