"""A laboratory's return: a folder of native files, one of whose four tables is read.

The folder is unpacked once into canonical Parquet files; see `assays.unpacking`.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from janus_warehouse.deliveries.readers.parquet import count_rows, open_parquet
from janus_warehouse.deliveries.readers.scan import FileScan
from janus_warehouse.deliveries.readers.stream import CopyStream


def scan_returned(source: Path, file_format: Mapping[str, Any]) -> FileScan:
    """Return what is found in one table of a return.

    Hash and size are those of the folder of native files, the rows those of the table.
    """
    from janus_warehouse.assays.lake.staging import count_cells
    from janus_warehouse.assays.unpacking import folder_fingerprint, unpacked_part

    sha256, size = folder_fingerprint(source)
    part = str(file_format["part"])
    count = count_cells if part == "matrix" else count_rows
    rows = count(unpacked_part(source, part))
    return FileScan(sha256, size, lines=0, data_rows=rows)


def open_returned(source: Path, file_format: Mapping[str, Any], contract: Any = None) -> CopyStream:
    """Return the stream of one table of a return; see `open_stream`.

    Its line numbers are those of the canonical table; native file and line are columns of it.
    """
    from janus_warehouse.assays.lake.ahead import read_ahead
    from janus_warehouse.assays.unpacking import unpacked_part

    part = unpacked_part(source, str(file_format["part"]))
    stream = open_parquet(part, {"kind": "parquet"}, contract)
    # Writing a million rows as text takes as long as the server takes to read them.
    return replace(stream, chunks=read_ahead(stream.chunks))
