"""Rows from the database to CSV and Parquet, in constant memory and always the same bytes.

`COPY` writes the CSV itself, numbers exactly as the release has them; Parquet is made from that
file block by block. Both are functions of the rows alone: no time, no path and no machine is in
them, row groups have a fixed size, and the order of rows is that of the query.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from psycopg import sql

from janus_warehouse.extracts.errors import IdentityNumberFoundError
from janus_warehouse.extracts.queries import DatasetQuery, DeliveredColumn

ROW_GROUP_ROWS = 131_072
READ_BYTES = 8 << 20

ARROW_TYPES = {
    "text": pa.string(),
    "smallint": pa.int16(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "numeric": pa.float64(),
    "real": pa.float32(),
    "double precision": pa.float64(),
    "date": pa.date32(),
    "boolean": pa.bool_(),
}

IDENTITY_NUMBER = r"(^|^[.,]|[^0-9.,]|[^0-9][.,])[0-9]{6}[ -]?[0-9]{5}([^0-9]|$)"
"""Eleven digits on their own, with or without the gap that people write after the sixth.

Eleven decimals of a number (`0.12345678901`) are none.
"""

SMALLEST_NUMBER, LARGEST_NUMBER = 10**9, 10**11 - 1
"""An identity number read as an integer; the first digit may have been a zero."""


@dataclass
class Written:
    """What was written of one dataset: rows, and values that are there for each column."""

    rows: int = 0
    present: dict[str, int] = field(default_factory=dict)


def copy_to_csv(connection: psycopg.Connection[Any], dataset: DatasetQuery, path: Path) -> None:
    """Write the rows of a query to a CSV file: UTF-8, comma, header, null as an empty field.

    An empty text that is not null is written as `""`.
    """
    # What the text of a date or a number looks like must not depend on somebody's settings.
    for setting in ("datestyle = 'ISO'", "extra_float_digits = 1", "timezone = 'UTC'"):
        connection.execute(f"set local {setting}")
    command = sql.SQL("copy ({}) to stdout (format csv, header true)").format(dataset.query)
    with (
        path.open("wb") as file,
        connection.cursor() as cursor,
        cursor.copy(command) as copied,
    ):
        for block in copied:
            file.write(block)


def csv_to_parquet(
    source: Path, target: Path | None, columns: tuple[DeliveredColumn, ...], dataset: str
) -> Written:
    """Read a CSV file once: count its values, look for identity numbers, write it as Parquet.

    Args:
        source: What `copy_to_csv` wrote.
        target: The Parquet file; None reads and checks only.
        columns: The columns in the order of the file.
        dataset: Named in errors.

    Raises:
        IdentityNumberFoundError: A column holds what looks like an identity number.
    """
    schema = pa.schema(
        [
            pa.field(column.name, ARROW_TYPES[column.type], metadata=_field_metadata(column))
            for column in columns
        ]
    )
    written = Written(present={column.name: 0 for column in columns})
    writer = _FixedGroups(target, schema) if target else None
    try:
        for batch in _read(source, schema):
            _refuse_identity_numbers(batch, dataset, written.rows)
            for name, column in zip(batch.schema.names, batch.columns, strict=True):
                written.present[name] += len(column) - column.null_count
            written.rows += batch.num_rows
            if writer is not None:
                writer.write(batch)
    finally:
        if writer is not None:
            writer.close()
    return written


def _field_metadata(column: DeliveredColumn) -> dict[str, str]:
    return {"description": column.description} if column.description else {}


class _FixedGroups:
    """A Parquet writer whose row groups do not depend on how the rows arrived."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._schema = schema
        self._writer = pq.ParquetWriter(
            path, schema, compression="zstd", compression_level=3, version="2.6", store_schema=True
        )
        self._waiting: list[pa.RecordBatch] = []
        self._rows = 0

    def write(self, batch: pa.RecordBatch) -> None:
        self._waiting.append(batch)
        self._rows += batch.num_rows
        while self._rows >= ROW_GROUP_ROWS:
            self._write_group(ROW_GROUP_ROWS)

    def close(self) -> None:
        if self._rows:
            self._write_group(self._rows)
        self._writer.close()

    def _write_group(self, rows: int) -> None:
        table = pa.Table.from_batches(self._waiting, self._schema)
        self._writer.write_table(table.slice(0, rows).combine_chunks(), row_group_size=rows)
        rest = table.slice(rows)
        self._waiting, self._rows = rest.to_batches(), rest.num_rows


def _read(source: Path, schema: pa.Schema) -> Any:
    with source.open("rb") as file:
        if not file.readline() or not file.read(1):
            return  # header only: nobody in the cohort has rows here
    reader = pa_csv.open_csv(
        source,
        read_options=pa_csv.ReadOptions(block_size=READ_BYTES, use_threads=False),
        parse_options=pa_csv.ParseOptions(newlines_in_values=True),
        convert_options=pa_csv.ConvertOptions(
            column_types=schema,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    for batch in reader:
        yield batch.cast(schema)


def _refuse_identity_numbers(batch: pa.RecordBatch, dataset: str, rows_before: int) -> None:
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if pa.types.is_string(column.type):
            suspect = pc.match_substring_regex(column, IDENTITY_NUMBER)
        elif pa.types.is_int64(column.type):
            suspect = pc.and_(
                pc.greater_equal(column, SMALLEST_NUMBER), pc.less_equal(column, LARGEST_NUMBER)
            )
        else:
            continue
        if found := pc.sum(suspect).as_py():
            first = rows_before + pc.index(suspect, True).as_py() + 1
            raise IdentityNumberFoundError(
                f"dataset {dataset}, column {name}: expected no identity numbers, found {found} "
                f"values that look like one in a block of rows, the first in row {first}: nothing "
                "was delivered; take the column out of the specification and report it to the "
                "owner of the mart"
            )
