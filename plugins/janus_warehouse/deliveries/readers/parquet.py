"""Parquet files, a batch of rows at a time."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from janus_warehouse.deliveries.readers.dialect import copy_options
from janus_warehouse.deliveries.readers.frames import frame_bytes, number_texts
from janus_warehouse.deliveries.readers.source import file_name, is_gzip, open_content, open_raw
from janus_warehouse.deliveries.readers.stream import CopyStream, wanted_columns
from janus_warehouse.errors import DeliveryRefusedError

BATCH_ROWS = 16_384


def open_parquet(source: Any, file_format: Mapping[str, Any], contract: Any = None) -> CopyStream:
    """Return the stream of a Parquet file; see `open_stream`.

    Numbers are written in the fewest exact digits, dates and times in ISO form, booleans as
    true and false. NaN counts as missing, because the common writers mean that by it.

    Raises:
        DeliveryRefusedError: Not a Parquet file, or a column holds lists, structures or bytes.
    """
    with _parquet(source) as file:
        schema = file.schema_arrow
    for position, column in enumerate(schema, start=1):
        if pa.types.is_nested(column.type) or pa.types.is_binary(column.type):
            raise DeliveryRefusedError(
                f"{file_name(source)}: expected a plain table, found {column.type} in column "
                f"{position} ({column.name}); write numbers, text, dates and booleans only"
            )
    columns = wanted_columns(schema.names, file_format, contract)
    return CopyStream(columns, copy_options(), _chunks(source, columns), 1)


def count_rows(source: Any) -> int:
    """Return the number of rows, from the file's own footer."""
    with _parquet(source) as file:
        return int(file.metadata.num_rows)


def _chunks(source: Any, columns: list[str]) -> Iterator[bytes]:
    with _parquet(source) as file:
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=columns):
            frame = pl.DataFrame(pl.from_arrow(batch.select(columns)))
            yield frame_bytes(frame.select([_texts(series) for series in frame]))


def _texts(values: pl.Series) -> pl.Series:
    if values.null_count() == len(values):
        return values.cast(pl.String)
    if values.dtype == pl.Float32:
        # It keeps its own shortest digits: 0.1 is not 0.10000000149011612.
        return number_texts(values.cast(pl.String).cast(pl.Float64))
    if values.dtype.is_float():
        return number_texts(values)
    if values.dtype == pl.Categorical or values.dtype == pl.String:
        texts = values.cast(pl.String)
        return texts.set(texts == "", None)
    return values


@contextlib.contextmanager
def _parquet(source: Any) -> Iterator[pq.ParquetFile]:
    with contextlib.ExitStack() as stack:
        handle: BinaryIO = stack.enter_context(_seekable(source))
        try:
            file = pq.ParquetFile(handle, pre_buffer=False)
        except (pa.ArrowInvalid, OSError):
            raise DeliveryRefusedError(
                f"{file_name(source)}: expected a Parquet file, found something else or only a "
                "part of one; write it again and send it again"
            ) from None
        yield file


@contextlib.contextmanager
def _seekable(source: Any) -> Iterator[Any]:
    if not is_gzip(source):
        with open_raw(source) as handle:
            yield handle
        return
    # The footer comes last, so a compressed file is unpacked to disk first, never to memory.
    with open_content(source) as packed, tempfile.TemporaryFile() as unpacked:
        shutil.copyfileobj(packed, unpacked, 1 << 20)
        unpacked.seek(0)
        yield unpacked
