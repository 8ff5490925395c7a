"""Long delimited text: one row per sample and analyte, as laboratories of chemistry write it."""

from pathlib import Path

from janus_warehouse.assays.formats.format import Format
from janus_warehouse.assays.formats.long_layout import LongLayout
from janus_warehouse.assays.formats.long_rows import read_long
from janus_warehouse.assays.tables import AssayFile

LAYOUT = LongLayout(
    name="long",
    columns={
        "sample_code": ("sampleid", "sample", "samplecode", "studycode", "barcode", "prøve",
                        "prøvenr", "prøveid", "prøvekode", "prove", "idnr"),
        "analyte_code": ("analyte", "analytecode", "analyteid", "antigen", "compound", "component",
                         "parameter", "analytt", "stoff", "komponent"),
        "value": ("value", "result", "concentration", "conc", "mfi", "verdi", "resultat",
                  "konsentrasjon"),
        "unit": ("unit", "units", "enhet"),
        "lod": ("lod", "limitofdetection", "detectionlimit", "deteksjonsgrense"),
        "lloq": ("lloq", "loq", "limitofquantification", "kvantifiseringsgrense"),
        "uloq": ("uloq", "upperlimitofquantification"),
        "status": ("status", "statuscode", "flag", "qualifier", "merknad"),
        "plate_id": ("plate", "plateid", "plateno", "platenumber", "platenr", "brett"),
        "well": ("well", "wellid", "position", "brønn", "bronn"),
        "batch_id": ("batch", "batchid", "run", "runid", "serie"),
        "run_date": ("rundate", "date", "analysisdate", "measured", "dato", "analysedato"),
        "method_version": ("method", "methodversion", "metode"),
        "sample_kind": ("sampletype", "samplekind", "prøvetype"),
        "replicate": ("replicate", "rep", "replikat"),
        "panel": ("panel", "kit"),
        "analyte_name": ("analytename", "compoundname", "navn"),
        "cas_number": ("cas", "casnumber", "casno", "casnr"),
        "uniprot": ("uniprot", "uniprotid"),
    },
    required=("sample_code", "analyte_code", "value"),
)  # fmt: skip


def recognise(path: Path) -> str | None:
    """Return the layout if the header has columns for sample, analyte and value."""
    return LAYOUT.name if LAYOUT.fits(path) else None


def read(path: Path, layout: str) -> AssayFile:
    """Return a long file as the four tables; see `reading.read_file`."""
    return read_long(path, FORMAT.name, LAYOUT)


FORMAT = Format(
    name="long_csv",
    title="Long delimited text of targeted chemicals, hormones and antibodies",
    layouts={
        LAYOUT.name: "one row per sample and analyte under a header that names sample, analyte "
        "and value"
    },
    suffixes=(".csv", ".tsv", ".txt"),
    recognise=recognise,
    read=read,
    seen=LAYOUT.seen,
    nearness=LAYOUT.nearness,
)
