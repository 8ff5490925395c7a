"""Olink NPX: long text or Parquet as the programs export it, and the wide workbook."""

from pathlib import Path

from janus_warehouse.assays.formats import olink_wide
from janus_warehouse.assays.formats.format import Format
from janus_warehouse.assays.formats.long_layout import LongLayout, nearest
from janus_warehouse.assays.formats.long_rows import read_long
from janus_warehouse.assays.tables import AssayFile

UNIT = "NPX"
_CONTROL_CODES = {
    "blank": ("neg_ctrl", "negative control", "neg ctrl", "nc_"),
    "calibrator": ("ipc", "plate control", "plate_control", "calibrator"),
    "control": ("control", "sample_control", "sample control", "sc_", "ctrl"),
}
_COMMON = {
    "sample_code": ("sampleid",),
    "analyte_code": ("olinkid",),
    "analyte_name": ("assay",),
    "olink_id": ("olinkid",),
    "uniprot": ("uniprot", "uniprotid"),
    "panel": ("panel",),
    "plate_id": ("plateid",),
    "value": ("npx",),
    "lod": ("lod", "platelod", "maxlod"),
}
LONG = (
    LongLayout(
        name="npx_explore",
        columns={
            **_COMMON,
            "well": ("wellid",),
            "sample_kind": ("sampletype",),
            "qc_status": ("sampleqc",),
            "method_version": ("panelversion", "explorversion", "productversion"),
        },
        required=("sample_code", "analyte_code", "value", "panel", "sample_kind", "qc_status"),
        constants={"unit": UNIT},
        kinds={
            "control": ("sample_control",),
            "calibrator": ("plate_control",),
            "blank": ("negative_control", "empty"),
        },
        control_codes=_CONTROL_CODES,
    ),
    LongLayout(
        name="npx_long",
        columns={
            **_COMMON,
            "well": ("wellid",),
            "qc_status": ("qcwarning",),
            "method_version": ("panelversion",),
        },
        required=("sample_code", "analyte_code", "value", "panel", "lod", "qc_status"),
        constants={"unit": UNIT},
        control_codes=_CONTROL_CODES,
    ),
)
"""Newest first. Explore names the type of each sample; the older export the QC warning only."""


def recognise(path: Path) -> str | None:
    """Return the layout of an NPX file by its header or, of a workbook, by its left column."""
    if path.suffix.lower() == ".xlsx":
        return olink_wide.LAYOUT if olink_wide.fits(path) else None
    return next((layout.name for layout in LONG if layout.fits(path)), None)


def seen(path: Path) -> str:
    """Return what stands where the layouts are known by."""
    if path.suffix.lower() == ".xlsx":
        return olink_wide.seen(path)
    return nearest(LONG, path).seen(path)


def nearness(path: Path) -> float:
    """Return the share of the nearest long layout's columns that a file has."""
    return nearest(LONG, path).nearness(path)


def read(path: Path, layout: str) -> AssayFile:
    """Return an NPX file as the four tables; see `reading.read_file`."""
    if layout == olink_wide.LAYOUT:
        return olink_wide.read(path, FORMAT.name, UNIT, _CONTROL_CODES)
    return read_long(path, FORMAT.name, next(one for one in LONG if one.name == layout))


FORMAT = Format(
    name="olink",
    title="Olink NPX, relative protein levels on a log2 scale",
    layouts={
        "npx_explore": "long text or Parquet with SampleID, OlinkID, Panel, SampleType, SampleQC "
        "and NPX",
        "npx_long": "long text or Parquet with SampleID, OlinkID, Panel, QC_Warning, LOD and NPX",
        olink_wide.LAYOUT: "a workbook with NPX data in its second row and rows Panel, Assay, "
        "Uniprot ID and OlinkID above the samples",
    },
    suffixes=(".csv", ".tsv", ".txt", ".parquet", ".xlsx"),
    recognise=recognise,
    read=read,
    seen=seen,
    nearness=nearness,
)
