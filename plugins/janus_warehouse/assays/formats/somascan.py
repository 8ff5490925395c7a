"""SomaScan ADAT: text in four blocks, wide, one row per well and one column per aptamer.

`^HEADER` tells of assay and normalisation, `^COL_DATA` and `^ROW_DATA` name what stands above and
beside the values, `^TABLE_BEGIN` begins them.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pyarrow as pa

from janus_warehouse.assays.formats.adat_text import AdatText, open_adat, read_blocks
from janus_warehouse.assays.formats.cells import read_cells, told_lines
from janus_warehouse.assays.formats.delimited import head_lines
from janus_warehouse.assays.formats.format import Format
from janus_warehouse.assays.formats.grid import (
    grid_values,
    numbered_replicates,
    refuse_doubled,
    refuse_without_code,
)
from janus_warehouse.assays.formats.tables import conform
from janus_warehouse.assays.tables import ANALYTES, QC, SAMPLES, AssayFile
from janus_warehouse.errors import DeliveryRefusedError


@dataclass(frozen=True)
class AdatLayout:
    """What a version of ADAT calls things.

    Attributes:
        version: As `!Version` has it.
        samples: Our column → name in `^ROW_DATA`; those in `required` must be there.
        analytes: Our column → name in `^COL_DATA`.
        kinds: Kind of sample → its words in `SampleType`.
        judgements: Word in `RowCheck` → ours.
        plate_figures: Beginning of a line of the header that ends with a plate.
        sample_figures: Beginning of a column beside the values with a figure of quality.
        analyte_figures: Beginning of a row above the values with a figure of quality.
        process: Lines of the header that say how the values were made.
    """

    version: str
    samples: Mapping[str, str] = field(default_factory=lambda: {
        "sample_code": "SampleId", "kind": "SampleType", "plate_id": "PlateId",
        "well": "PlatePosition", "run_date": "PlateRunDate", "judgement": "RowCheck",
    })  # fmt: skip
    required: tuple[str, ...] = (
        "SampleId", "SampleType", "PlateId", "RowCheck", "SeqId", "UniProt", "Units", "ColCheck",
    )  # fmt: skip
    analytes: Mapping[str, str] = field(default_factory=lambda: {
        "analyte_code": "SeqId", "seq_id": "SeqId", "analyte_name": "TargetFullName",
        "uniprot": "UniProt", "unit": "Units",
    })  # fmt: skip
    kinds: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: {
        "sample": ("sample",), "control": ("qc",), "calibrator": ("calibrator",),
        "blank": ("buffer",),
    })  # fmt: skip
    judgements: Mapping[str, str] = field(
        default_factory=lambda: {"pass": "passed", "flag": "warned", "fail": "failed"}
    )
    plate_figures: tuple[str, ...] = (
        "PlateScale_Scalar_", "PlateScale_PassFlag_", "CalPlateTailPercent_", "CalPlateTailTest_",
        "PlateTailPercent_", "PlateTailTest_",
    )  # fmt: skip
    sample_figures: tuple[str, ...] = (
        "HybControlNormScale", "NormScale_", "ANMLFractionUsed_", "RowCheck"
    )  # fmt: skip
    analyte_figures: tuple[str, ...] = (
        "Dilution", "Type", "SeqIdVersion", "PlateScale_Reference", "CalReference", "Cal_",
        "CalQcRatio_", "QcReference_", "ColCheck",
    )  # fmt: skip
    process: tuple[str, ...] = (
        "ProcessSteps", "NormalizationAlgorithm", "HybNormReference", "MedNormReference",
        "CalibrationReference", "PlateScale_ReferenceSource", "ReportConfig", "StudyMatrix",
        "AdatId", "CreatedDate", "RunNotes",
    )  # fmt: skip


ADATS = {f"adat_{version}": AdatLayout(version) for version in ("1.2", "1.1", "1.0.1", "1.0")}
"""Newest first."""

_METHOD = ("AssayType", "AssayVersion", "StudyMatrix")


def recognise(path: Path) -> str | None:
    """Return the layout of a file that begins with `^HEADER` and has a known version."""
    version = _version(path)
    return f"adat_{version}" if f"adat_{version}" in ADATS else None


def seen(path: Path) -> str:
    """Return the version of an ADAT, or what stands in the first line."""
    lines = head_lines(path, 1)
    if not lines or not lines[0].startswith("^HEADER"):
        return "a first line that is not ^HEADER"
    return f"^HEADER and !Version {_version(path) or 'missing'}"


def _version(path: Path) -> str | None:
    lines = head_lines(path, 80)
    if not lines or not lines[0].startswith("^HEADER"):
        return None
    cells = (line.split("\t") for line in itertools.takewhile(lambda t: t[:4] != "^COL", lines))
    return next((c[1].strip() for c in cells if c[0] == "!Version" and len(c) > 1), None)


def read(path: Path, layout: str) -> AssayFile:
    """Return an ADAT as the four tables; see `reading.read_file`."""
    names, text = ADATS[layout], open_adat(path)
    lacking = [n for n in names.required if n not in text.beside and n not in text.above]
    if lacking:
        raise DeliveryRefusedError(
            f"{path.name}: expected {', '.join(names.required)} in ^ROW_DATA and ^COL_DATA, "
            f"{', '.join(lacking)} is not there; export the ADAT with all its columns"
        )
    analytes = _analytes(path, text, names)
    beside = pl.concat([block.select("line", *text.beside) for block in read_blocks(text)])
    samples = _samples(path, beside, names)
    return AssayFile(
        format=FORMAT.name, layout=layout,
        samples=conform(samples, SAMPLES), analytes=conform(analytes, ANALYTES),
        qc=conform(_figures(path, text, names, beside, samples, analytes), QC),
        values=_values(path, text, samples),
    )  # fmt: skip


def _analytes(path: Path, text: AdatText, names: AdatLayout) -> pl.DataFrame:
    found = pl.DataFrame(
        {
            ours: text.above[theirs]
            for ours, theirs in names.analytes.items()
            if theirs in text.above
        },
    ).with_columns(pl.all().replace("", None))
    refuse_doubled(
        path, "SeqIds", found["analyte_code"].to_list(), mend="an aptamer has one column"
    )
    for ours, theirs in (("analyte_code", "SeqId"), ("unit", "Units")):
        if empty := found[ours].null_count():
            raise DeliveryRefusedError(
                f"{path.name}: {empty:,} of {found.height:,} columns of values have no {theirs}; "
                "export the ADAT with all its rows above the values"
            )
    method = " ".join(text.header[name] for name in _METHOD if text.header.get(name))
    return found.with_columns(method_version=pl.lit(method or None, pl.String))


def _samples(path: Path, beside: pl.DataFrame, names: AdatLayout) -> pl.DataFrame:
    there = {ours: pl.col(n) for ours, n in names.samples.items() if n in beside.columns}
    found = beside.select("line", **there).with_columns(pl.exclude("line").replace("", None))
    words = {word: kind for kind, known in names.kinds.items() for word in known}
    kind = pl.col("kind").str.to_lowercase()
    found = found.with_columns(
        sample_kind=kind.replace_strict(words, default=None),
        qc_status=pl.col("judgement").str.to_lowercase()
        .replace_strict(names.judgements, default=None),
        # Calibrators and buffers are known by where they stood, if they have no code.
        sample_code=pl.when(kind.is_in(names.kinds["sample"])).then("sample_code").otherwise(
            pl.coalesce("sample_code", pl.concat_str("kind", "plate_id", separator=" "))
        ),
    )  # fmt: skip
    for column, ours, known in (("SampleType", "sample_kind", words),
                                ("RowCheck", "qc_status", names.judgements)):  # fmt: skip
        source = "kind" if ours == "sample_kind" else "judgement"
        lenient = pl.col(source).is_null() if ours == "qc_status" else pl.lit(value=False)
        bad = found.filter(pl.col(ours).is_null(), ~lenient)["line"]
        if len(bad):
            raise DeliveryRefusedError(
                f"{path.name}, {column}: {len(bad):,} rows have another word than "
                f"{', '.join(known)} ({told_lines(bad)}); send the ADAT as it was made"
            )
    refuse_without_code(path, "SampleId", found["line"], found["sample_code"])
    if "run_date" in found.columns:
        found = found.with_columns(pl.col("run_date").str.to_date("%Y-%m-%d", strict=False))
    return numbered_replicates(found)


def _figures(
    path: Path, text: AdatText, names: AdatLayout,
    beside: pl.DataFrame, samples: pl.DataFrame, analytes: pl.DataFrame,
) -> pl.DataFrame:  # fmt: skip
    """Return what the laboratory says of file, plates, samples and aptamers."""
    plates = {p.replace(" ", "_"): p for p in samples["plate_id"].drop_nulls().unique()}
    rows = [_of_header(names, plates, *line) for line in text.header.items()]
    parts = [pl.DataFrame([row for row in rows if row], schema=_FIGURE, orient="row")]
    parts.extend(
        _stacked("sample", name, beside[name], sample=samples["sample_code"],
                 plate=samples["plate_id"])
        for name in text.beside if name.startswith(names.sample_figures)
    )  # fmt: skip
    parts.extend(
        _stacked("analyte", name, pl.Series(text.above[name], dtype=pl.String),
                 analyte=analytes["analyte_code"])
        for name in text.above if name.startswith(names.analyte_figures)
    )  # fmt: skip
    figures = pl.concat(parts).filter(pl.col("note") != "")
    read = read_cells(figures["note"])
    return figures.with_columns(
        value=read["value"],
        note=pl.when(pl.lit(read["value"]).is_null()).then("note"),
    )


_FIGURE = {"scope": pl.String, "plate_id": pl.String, "sample_code": pl.String,
           "analyte_code": pl.String, "metric": pl.String, "note": pl.String}  # fmt: skip


def _of_header(
    names: AdatLayout, plates: Mapping[str, str], name: str, told: str
) -> tuple[str, str | None, None, None, str, str] | None:
    if name in names.process:
        return ("file", None, None, None, name, told)
    for start in names.plate_figures:
        if name.startswith(start):
            plate = name.removeprefix(start)
            return ("plate", plates.get(plate, plate), None, None, start.rstrip("_"), told)
    return None


def _stacked(
    scope: str, metric: str, notes: pl.Series, *,
    sample: pl.Series | None = None, plate: pl.Series | None = None,
    analyte: pl.Series | None = None,
) -> pl.DataFrame:  # fmt: skip
    none = pl.Series([None] * len(notes), dtype=pl.String)
    return pl.DataFrame({
        "scope": [scope] * len(notes), "plate_id": none if plate is None else plate,
        "sample_code": none if sample is None else sample,
        "analyte_code": none if analyte is None else analyte,
        "metric": [metric] * len(notes), "note": notes,
    }, schema=_FIGURE)  # fmt: skip


def _values(path: Path, text: AdatText, samples: pl.DataFrame) -> Iterator[pa.RecordBatch]:
    first = 0
    for block in read_blocks(text):
        failed = samples["qc_status"][first : first + block.height] == "failed"
        status = pl.select(pl.when(failed).then(pl.lit("qc_failed"))).to_series()
        yield grid_values(
            path, block, text.columns, "RFU", first_row=first,
            status=pl.concat([status] * len(text.columns)),
        )  # fmt: skip
        first += block.height


FORMAT = Format(
    name="somascan",
    title="SomaScan ADAT, relative fluorescence of aptamers",
    layouts={name: f"^HEADER with !Version {one.version}" for name, one in ADATS.items()},
    suffixes=(".adat", ".txt"),
    recognise=recognise,
    read=read,
    seen=seen,
)
