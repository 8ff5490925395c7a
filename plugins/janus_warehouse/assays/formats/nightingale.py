"""Nightingale workbooks: a title, four rows of headings, then a row for each sample.

Left of the samples stand columns of flags, above them the names of the flags.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa

from janus_warehouse.assays.errors import UnknownLayoutError
from janus_warehouse.assays.formats.cells import read_cells
from janus_warehouse.assays.formats.format import Format
from janus_warehouse.assays.formats.grid import (
    grid_values,
    numbered_replicates,
    refuse_doubled,
    refuse_without_code,
    stacked,
)
from janus_warehouse.assays.formats.sheets import read_sheet, refuse_merged_cells
from janus_warehouse.assays.formats.tables import conform, control_kind
from janus_warehouse.assays.tables import ANALYTES, QC, SAMPLES, AssayFile
from janus_warehouse.errors import DeliveryRefusedError


@dataclass(frozen=True)
class NightingaleLayout:
    """Where a version has what.

    Attributes:
        codes: Heading of the column of samples; it stands in the row of the biomarkers' codes.
        success: Heading, in the same column, of the row with the share of samples that succeeded.
        names: How many rows above the codes the full names stand, and the names of flags.
        units: How many rows below the codes the units stand.
        count: Text beside which the title has the number of samples.
        words: Text of a cell → status, as the sheet's annotations explain it.
        zero: Status of the number 0, as the annotations explain it.
    """

    codes: str = "sampleid"
    success: str = "success %"
    names: int = 1
    units: int = 1
    count: str = "n="
    words: Mapping[str, str] = None  # type: ignore[assignment]
    zero: str = "below_lod"


LAYOUTS = {"v2": NightingaleLayout(words={"na": "qc_failed", "tag": "qc_failed"})}
_HEAD_ROWS = 40


def recognise(path: Path) -> str | None:
    """Return the layout whose headings stand in one column of the first rows."""
    try:
        head = read_sheet(path, rows=_HEAD_ROWS)
    except DeliveryRefusedError:
        return None
    return next((name for name, one in LAYOUTS.items() if _place(head, one)), None)


def seen(path: Path) -> str:
    """Return which of the headings are there."""
    try:
        head = read_sheet(path, rows=_HEAD_ROWS)
    except DeliveryRefusedError:
        return "no workbook that can be read"
    texts = {text.strip().lower() for row in head.iter_rows() for text in row if text}
    there = [t for one in LAYOUTS.values() for t in (one.codes, one.success) if t in texts]
    return f"of the headings {', '.join(there) or 'none'}"


def _place(head: pl.DataFrame, layout: NightingaleLayout) -> tuple[str, int, int] | None:
    """Return column of the samples, row of the codes and row of the success rates, from 0."""
    for column in head.columns:
        texts = head[column].str.strip_chars().str.to_lowercase()
        codes, success = (texts == layout.codes).arg_true(), (texts == layout.success).arg_true()
        if len(codes) == len(success) == 1 and codes[0] < success[0]:
            return column, int(codes[0]), int(success[0])
    return None


def read(path: Path, layout: str) -> AssayFile:
    """Return a workbook as the four tables; see `reading.read_file`."""
    names = LAYOUTS[layout]
    sheet = read_sheet(path).with_columns(pl.all().str.strip_chars().replace("", None))
    place = _place(sheet.head(_HEAD_ROWS), names)
    if place is None:
        raise UnknownLayoutError(f"{path.name}: it is not laid out as {layout}: {seen(path)}")
    samples_in, at, success = place
    refuse_merged_cells(path, from_row=at)
    rows = sheet.with_row_index("line", 1)
    behind = sheet.columns[sheet.columns.index(samples_in) + 1 :]
    flags = sheet.columns[: sheet.columns.index(samples_in)]
    analytes = _analytes(path, sheet, names, at, success, behind)
    body = rows.slice(success + 1).filter(pl.any_horizontal(pl.exclude("line").is_not_null()))
    refuse_without_code(path, names.codes, body["line"], body[samples_in])
    _refuse_cut(path, sheet.head(at), names, body.height)
    is_flagged = pl.any_horizontal(pl.lit(value=False), pl.col(flags).is_not_null())
    samples = numbered_replicates(body.select(
        sample_code=samples_in, sample_kind=control_kind(samples_in),
        qc_status=pl.when(is_flagged).then(pl.lit("warned")).otherwise(pl.lit("passed")),
    ))  # fmt: skip
    qc = [_flags(sheet, body, samples, at - names.names, flags), _success(analytes)]
    return AssayFile(
        format=FORMAT.name, layout=layout,
        samples=conform(samples, SAMPLES), analytes=conform(analytes, ANALYTES),
        qc=conform(pl.concat(qc, how="diagonal"), QC),
        values=_values(path, names, body, analytes["column"].to_list()),
    )  # fmt: skip


def _analytes(
    path: Path, sheet: pl.DataFrame, names: NightingaleLayout, at: int, success: int,
    behind: list[str],
) -> pl.DataFrame:  # fmt: skip
    wide = sheet.select(behind)
    across = pl.DataFrame({
        "column": behind,
        "analyte_name": wide.row(at - names.names) if at >= names.names else None,
        "analyte_code": wide.row(at), "unit": wide.row(at + names.units),
        "success": wide.row(success),
        "is_filled": [wide[column][success:].is_not_null().any() for column in behind],
    }, schema_overrides={"analyte_name": pl.String, "success": pl.String, "unit": pl.String,
                         "analyte_code": pl.String})  # fmt: skip
    used = across.filter(pl.col("analyte_code").is_not_null() | pl.col("is_filled"))
    for column, what in (("analyte_code", "code"), ("unit", "unit")):
        bare = used.filter(pl.col(column).is_null()).height
        if bare or used.is_empty():
            raise DeliveryRefusedError(
                f"{path.name}: {bare} of {used.height} biomarkers have no {what} (row "
                f"{at + 1 + (names.units if what == 'unit' else 0)}); send the workbook as it was "
                "made"
            )
    refuse_doubled(path, "biomarkers", used["analyte_code"].to_list(), mend="each has one column")
    return used


def _refuse_cut(path: Path, title: pl.DataFrame, names: NightingaleLayout, height: int) -> None:
    """Refuse a sheet with another number of samples than its title says."""
    for row in title.iter_rows():
        texts = [(text or "").lower() for text in row]
        if names.count in texts[:-1]:
            stated = texts[texts.index(names.count) + 1].removesuffix(".0")
            if stated.isdigit() and int(stated) != height:
                raise DeliveryRefusedError(
                    f"{path.name}: the title says {stated} samples, found {height}: the sheet is "
                    "cut short; send it again"
                )
    if not height:
        raise DeliveryRefusedError(f"{path.name}: no sample below the headings; send it again")


def _flags(
    sheet: pl.DataFrame, body: pl.DataFrame, samples: pl.DataFrame, at: int, flags: list[str]
) -> pl.DataFrame:
    titled = {flag: sheet[flag][at] or flag for flag in flags if at >= 0}
    parts = [
        pl.DataFrame({"sample_code": samples["sample_code"], "note": body[flag]})
        .with_columns(scope=pl.lit("sample"), metric=pl.lit(title))
        .drop_nulls("note")
        for flag, title in titled.items()
    ]
    return pl.concat(parts) if parts else pl.DataFrame({"scope": []}, schema={"scope": pl.String})


def _success(analytes: pl.DataFrame) -> pl.DataFrame:
    read = read_cells(analytes["success"])
    return analytes.select(
        "analyte_code", scope=pl.lit("analyte"), metric=pl.lit("success"), value=read["value"],
        note=read["value_text"],
    )  # fmt: skip


def _values(
    path: Path, names: NightingaleLayout, body: pl.DataFrame, columns: list[str]
) -> Iterator[pa.RecordBatch]:
    numbers = read_cells(stacked(body, columns))["value"]
    status = pl.select(pl.when(numbers == 0).then(pl.lit(names.zero))).to_series()
    yield grid_values(path, body, columns, "biomarkers", status=status, words=names.words)


FORMAT = Format(
    name="nightingale",
    title="Nightingale biomarkers of nuclear magnetic resonance",
    layouts={"v2": "a workbook with sampleid in the row of codes and, below it in the same column, "
                   "success %"},
    suffixes=(".xlsx",),
    recognise=recognise,
    read=read,
    seen=seen,
)  # fmt: skip
