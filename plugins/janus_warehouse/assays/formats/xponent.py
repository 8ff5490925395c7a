"""The batch export of xPONENT, the program of Luminex instruments."""

import re
from datetime import date
from pathlib import Path

import polars as pl

from janus_warehouse.assays.formats.cells import read_cells, refuse_spoilt_names, refuse_unread
from janus_warehouse.assays.formats.delimited import DELIMITERS, head_lines
from janus_warehouse.assays.formats.tables import conform, control_kind
from janus_warehouse.assays.formats.xponent_figures import figures, judgements
from janus_warehouse.assays.formats.xponent_sections import Export, Section
from janus_warehouse.assays.formats.xponent_wells import refuse_cut_short, wells_of
from janus_warehouse.assays.tables import ANALYTES, QC, SAMPLES, VALUES, AssayFile
from janus_warehouse.errors import DeliveryRefusedError

LAYOUT, UNIT = "xponent", "MFI"
PROGRAM = ("program", "xponent")
VALUE_SECTIONS = {"result": None, "net mfi": UNIT, "median": UNIT}
"""Sections that may hold the result, the best first → its unit; None: the section Units says it."""

NOT_ANALYTES = ("location", "sample", "total events", "notes")
KINDS = {
    "blank": r"^(background|bkg|bg)[ _-]?[0-9]{0,3}$",
    "calibrator": r"^s[0-9]{1,2}$",
    "control": r"^c[0-9]{1,2}$",
}
"""Kind of sample → what the program calls its wells, in lower case, beside the usual words."""

_DAY = re.compile(r"^([0-9]{1,4})([./-])([0-9]{1,2})[./-]([0-9]{1,4})\b(.*)$")


def fits(path: Path) -> bool:
    """Tell whether a file is a batch export: its first line says so."""
    return tuple(cell.lower() for cell in _first(path)[:2]) == PROGRAM


def seen(path: Path) -> str:
    """Return what the first line begins with, against what it begins with in an export."""
    return f"a first line that begins with {', '.join(_first(path)[:2])[:60] or 'nothing'}"


def read(path: Path, format_name: str) -> AssayFile:
    """Return an export as the four tables; see `reading.read_file`.

    The numbers are those of the best section that holds any; figures of the other sections go to
    the quality figures. A cell for which no bead was counted is no measurement.

    Raises:
        DeliveryRefusedError: There is no section of results, sections have different wells, or
            the file is cut short.
    """
    export = Export.read(path)
    section = _value_section(path, export)
    analytes = _analytes(section)
    wells = wells_of(path, export, section)
    refuse_cut_short(path, export, section)
    line = pl.Series([section.line] * len(analytes), dtype=pl.Int64)
    refuse_spoilt_names(path, f"section {section.name}", pl.Series(analytes), line)
    judged = judgements(path, export, wells)
    batch = export.told("batch")
    samples = wells.join(judged, on=["number", "well"], how="left", maintain_order="left")
    samples = samples.with_columns(
        sample_kind=_kind(), batch_id=pl.lit(batch, pl.String),
        run_date=pl.lit(run_day(export), pl.Date),
        replicate=pl.int_range(1, pl.len() + 1).over("sample_code"),
    )  # fmt: skip
    if "warnings/errors" not in export.sections:
        samples = samples.with_columns(qc_status=pl.lit(None, pl.String))
    method = " ".join(filter(None, map(export.told, ("protocolname", "protocolversion"))))
    known = pl.DataFrame({"analyte_code": analytes}).with_columns(
        unit=_units(export, section, analytes), method_version=pl.lit(method or None, pl.String)
    )
    values = _values(path, export, section, analytes, samples)
    figured = figures(export, section, analytes, samples)
    return AssayFile(
        format=format_name, layout=LAYOUT,
        samples=conform(samples, SAMPLES), analytes=conform(known, ANALYTES),
        qc=conform(figured, QC), values=iter(conform(values, VALUES).to_batches()),
    )  # fmt: skip


def run_day(export: Export) -> date | None:
    """Return the day of the run; None where the day and the month cannot be told apart."""
    told = export.told("batchstarttime") or " ".join(export.header.get("date", [])[:2])
    found = _DAY.match(told)
    if found is None:
        return None
    first, sign, second, third, rest = found.groups()
    one, two, last = int(first), int(second), int(third)
    if len(first) == 4:
        year, month, day = one, two, last
    elif sign == ".":
        year, month, day = last, two, one
    elif re.search(r"[AP]M", rest, re.I) or two > 12 or one == two:
        year, month, day = last, one, two
    elif one > 12:
        year, month, day = last, two, one
    else:
        return None
    try:
        return date(year, month, day) if year > 1900 else None
    except ValueError:
        return None


def _first(path: Path) -> list[str]:
    lines = head_lines(path, 1)
    if not lines:
        return []
    delimiter = max(DELIMITERS, key=lines[0].count)
    return [cell.strip().strip('"') for cell in lines[0].split(delimiter)]


def _value_section(path: Path, export: Export) -> Section:
    there = [export.sections[n] for n in VALUE_SECTIONS if n in export.sections]
    there = [section for section in there if section.is_by_well and section.rows]
    if not there:
        raise DeliveryRefusedError(
            f"{path.name}: expected a section of results (Result, Net MFI or Median), found "
            f"{', '.join(s.name for s in export.sections.values()) or 'no section'}; export the "
            "batch with its medians"
        )
    for section in there:
        if any(re.search("[0-9]", cell) for cell in section.cells(_analytes(section))):
            return section
    return there[0]


def _analytes(section: Section) -> list[str]:
    return [name for name in section.header if name.lower() not in NOT_ANALYTES]


def _kind() -> pl.Expr:
    text = pl.col("sample_code").str.to_lowercase()
    own = (pl.when(text.str.contains(form)).then(pl.lit(k)) for k, form in KINDS.items())
    return pl.coalesce(*own, control_kind("sample_code"))


def _units(export: Export, section: Section, analytes: list[str]) -> pl.Series:
    unit = VALUE_SECTIONS[section.name.lower()]
    if unit is not None:
        return pl.Series([unit] * len(analytes), dtype=pl.String)
    stated = export.sections.get("units")
    rows = {row[0].lower(): row for row in stated.rows} if stated else {}
    row = rows.get("units:")
    told = dict(zip(stated.header, row, strict=True)) if stated and row else {}
    return pl.Series([told.get(name) or None for name in analytes], dtype=pl.String)


def _values(
    path: Path, export: Export, section: Section, analytes: list[str], samples: pl.DataFrame
) -> pl.DataFrame:
    cells = pl.Series(section.cells(analytes), dtype=pl.String)
    wide = len(analytes)
    lines = pl.Series(section.lines, dtype=pl.Int64).repeat_by(wide).explode()
    read = read_cells(cells, decimal=export.decimal)
    unread = read["is_unread"]
    refuse_unread(path, f"section {section.name}", lines.filter(unread), cells.filter(unread))
    rows = pl.select(pl.int_range(samples.height, dtype=pl.Int32)).to_series()
    failed = (samples["qc_status"] == "failed").fill_null(False).repeat_by(wide).explode()
    no_bead = _no_bead(export, section, analytes)
    counts = read.with_columns(is_bad=failed | no_bead, line=lines)
    return counts.with_columns(
        sample_row=rows.repeat_by(wide).explode(),
        analyte_row=pl.int_range(pl.len(), dtype=pl.Int32) % wide,
        status=pl.when(pl.col("is_bad"), pl.col("value").is_not_null())
        .then(pl.lit("qc_failed"))
        .otherwise(pl.coalesce("status", pl.lit("detected"))),
    )


def _no_bead(export: Export, section: Section, analytes: list[str]) -> pl.Series:
    """Tell for each cell whether no bead was counted for it."""
    counted = export.sections.get("count")
    nothing = pl.Series([False] * (len(section.rows) * len(analytes)), dtype=pl.Boolean)
    if counted is None or not counted.is_by_well or not set(analytes) <= set(counted.header):
        return nothing
    at = {place: n for n, place in enumerate(counted.column("location"))}
    rows = [counted.rows[at[place]] for place in section.column("location")]
    ordered = Section(counted.name, counted.header, counted.line, rows, section.lines)
    counts = pl.Series(ordered.cells(analytes), dtype=pl.String).cast(pl.Float64, strict=False)
    return (counts == 0).fill_null(False)
