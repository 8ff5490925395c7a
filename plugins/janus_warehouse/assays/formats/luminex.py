"""Luminex bead assays: the batch export of xPONENT, and long files of fluorescence."""

import dataclasses
from pathlib import Path

import polars as pl

from janus_warehouse.assays.formats import xponent
from janus_warehouse.assays.formats.format import Format
from janus_warehouse.assays.formats.long_layout import LongLayout, header_of, nearest
from janus_warehouse.assays.formats.long_rows import read_long
from janus_warehouse.assays.formats.tables import conform
from janus_warehouse.assays.tables import QC, AssayFile

_MFI = {
    "analyte_code": ("antigen", "analyte"),
    "analyte_name": ("antigenf", "antigenname"),
    "value": ("mfi", "mfibg", "netmfi"),
    "plate_id": ("plate", "plateid"),
    "well": ("well", "wellid"),
    "batch_id": ("batch", "batchid"),
}
LONG = (
    LongLayout(
        name="mfi_by_draw",
        columns=_MFI,
        required=("analyte_code", "value"),
        constants={"unit": xponent.UNIT},
        sample_parts=("id", "sampleid"),
    ),
    LongLayout(
        name="mfi_by_visit",
        columns=_MFI,
        required=("analyte_code", "value"),
        constants={"unit": xponent.UNIT},
        sample_parts=("childid", "time"),
    ),
)
"""Long files in which two columns together name a sample: whose it is, and which of theirs."""


def recognise(path: Path) -> str | None:
    """Return the layout of a file by its first line."""
    if xponent.fits(path):
        return xponent.LAYOUT
    return next((layout.name for layout in LONG if layout.fits(path)), None)


def seen(path: Path) -> str:
    """Return what stands where the layouts are known by."""
    return f"{xponent.seen(path)}; {nearest(LONG, path).seen(path)}"


def nearness(path: Path) -> float:
    """Return the share of the nearest long layout's columns that a file has."""
    return nearest(LONG, path).nearness(path)


def read(path: Path, layout: str) -> AssayFile:
    """Return a file of bead assays as the four tables; see `reading.read_file`."""
    if layout == xponent.LAYOUT:
        return xponent.read(path, FORMAT.name)
    chosen = next(one for one in LONG if one.name == layout)
    file = read_long(path, FORMAT.name, chosen)
    used = set(chosen.found_in(header_of(path)).values())
    unused = [name for name in header_of(path) if name not in used]
    note = pl.DataFrame({
        "scope": "file", "metric": "columns_not_read", "value": float(len(unused)),
        "note": ", ".join(unused),
    })  # fmt: skip
    return dataclasses.replace(file, qc=conform(note, QC)) if unused else file


FORMAT = Format(
    name="luminex",
    title="Luminex bead assays: median fluorescence intensities",
    layouts={
        xponent.LAYOUT: "the batch export of xPONENT: Program,xPONENT in the first line, then "
        "sections that begin with DataType:",
        "mfi_by_draw": "long text with id, sampleid, antigen and mfi",
        "mfi_by_visit": "long text with childid, time, antigen and mfi",
    },
    suffixes=(".csv", ".tsv", ".txt"),
    recognise=recognise,
    read=read,
    seen=seen,
    nearness=nearness,
)
