"""Readers: any delivered file as a stream of rows for PostgreSQL's COPY, in constant memory."""

from janus_warehouse.deliveries.readers.scan import FileScan, scan
from janus_warehouse.deliveries.readers.stream import CopyStream, open_stream
from janus_warehouse.deliveries.readers.structure import (
    StructureFault,
    explain_structure,
    multiline_offsets,
    physical_line,
    scan_faults,
)

__all__ = [
    "CopyStream",
    "FileScan",
    "StructureFault",
    "explain_structure",
    "multiline_offsets",
    "open_stream",
    "physical_line",
    "scan",
    "scan_faults",
]
