"""Row groups of a Parquet file, put together from columns that were encoded apart.

In a block of a matrix most columns of its long rows are those of the block before: the delivery,
the samples, their kind. They are encoded once and their bytes written again for each block.
Measured on 64 million cells: encoding every column of every block takes 4.5 s of a processor,
of the columns that differ 1.6 s. Of those that point
at few names (`pages.py`) little more is left than of their numbers.
"""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from janus_warehouse.assays.lake.catalogue import MEASURED
from janus_warehouse.assays.lake.thrift import Items, Struct, read_struct, write_struct

_MAGIC = b"PAR1"
_TAIL = 8
_ENCODING = {"value": "BYTE_STREAM_SPLIT", "replicate": "DELTA_BINARY_PACKED"}
_BATCH = 1 << 18
# Numbers of fields, as the Parquet format names them.
_ROWS, _GROUPS = 3, 4
_COLUMNS, _GROUP_BYTES, _GROUP_ROWS, _GROUP_AT, _GROUP_PACKED, _ORDINAL = 1, 2, 3, 5, 6, 7
META = 3
UNPACKED, PACKED, DATA_AT, _INDEX_AT, _DICTIONARY_AT = 6, 7, 9, 10, 11
_I16, _I64, _STRUCT = 4, 6, 12


@dataclass(frozen=True)
class Encoded:
    """Some columns of a row group: of each its bytes, where they began, and what is said of it."""

    rows: int
    chunks: dict[str, tuple[pa.Buffer, int, Struct]]


def encode(columns: dict[str, pa.Array], schema: pa.Schema) -> Encoded:
    """Return columns as they stand in a row group.

    Args:
        columns: By name, of one length.
        schema: Of the whole file.
    """
    of_these = pa.schema([field for field in schema if field.name in columns])
    rows = pa.table([columns[name] for name in of_these.names], schema=of_these)
    buffer, foot = _as_file(rows)
    group = foot[_GROUPS][1].values[0]
    chunks = {}
    for name, chunk in zip(of_these.names, group[_COLUMNS][1].values, strict=True):
        meta = chunk[META][1]
        start = min(meta[at][1] for at in (DATA_AT, _DICTIONARY_AT) if at in meta)
        chunks[name] = (buffer.slice(start, meta[PACKED][1]), start, chunk)
    return Encoded(rows.num_rows, chunks)


class RowGroups:
    """A Parquet file to which row groups are added.

    Attributes:
        rows: How many rows it has so far.
    """

    def __init__(self, stream: Any, schema: pa.Schema) -> None:
        self.rows = 0
        self._stream, self._names = stream, schema.names
        _, self._foot = _as_file(schema.empty_table())
        self._groups: list[Struct] = []
        self._at = 0
        self._write(_MAGIC)

    def add(self, *parts: Encoded) -> None:
        """Add a row group; each of the file's columns is in one of its parts."""
        (rows,) = {part.rows for part in parts}
        chunks = {name: chunk for part in parts for name, chunk in part.chunks.items()}
        begin = self._at
        columns = [self._add_column(*chunks[name]) for name in self._names]
        size = sum(column[META][1][UNPACKED][1] for column in columns)
        self._groups.append({
            _COLUMNS: (9, Items(_STRUCT, columns)),
            _GROUP_BYTES: (_I64, size),
            _GROUP_ROWS: (_I64, rows),
            _GROUP_AT: (_I64, begin),
            _GROUP_PACKED: (_I64, self._at - begin),
            _ORDINAL: (_I16, len(self._groups)),
        })  # fmt: skip
        self.rows += rows

    def close(self) -> None:
        """Write the end of the file."""
        foot = self._foot | {
            _ROWS: (_I64, self.rows), _GROUPS: (9, Items(_STRUCT, self._groups)),
        }  # fmt: skip
        data = write_struct(foot)
        self._write(data + len(data).to_bytes(4, "little") + _MAGIC)

    def _add_column(self, data: pa.Buffer, start: int, chunk: Struct) -> Struct:
        """Write a column and return what is said of it in its new place."""
        moved = self._at - start
        meta = dict(chunk[META][1])
        for place in (DATA_AT, _INDEX_AT, _DICTIONARY_AT):
            if place in meta:
                meta[place] = (_I64, meta[place][1] + moved)
        self._write(data)
        return chunk | {META: (_STRUCT, meta)}

    def _write(self, data: Any) -> None:
        self._stream.write(data)
        self._at += len(data)


def _as_file(rows: pa.Table) -> tuple[pa.Buffer, Struct]:
    """Return rows as a Parquet file with one row group, and its end."""
    stream = pa.BufferOutputStream()
    names = rows.schema.names
    with pq.ParquetWriter(
        stream, rows.schema, compression="zstd", store_schema=False, write_batch_size=_BATCH,
        use_dictionary=[f.name for f in rows.schema if pa.types.is_dictionary(f.type)],
        column_encoding={n: e for n, e in _ENCODING.items() if n in names},
        write_statistics=[name for name in MEASURED if name in names],
    ) as writer:  # fmt: skip
        if rows.num_rows:
            writer.write_table(rows, row_group_size=rows.num_rows)
    buffer = stream.getvalue()
    size = int.from_bytes(buffer.slice(buffer.size - _TAIL, 4).to_pybytes(), "little")
    foot = buffer.slice(buffer.size - _TAIL - size, size).to_pybytes()
    return buffer, read_struct(foot)
