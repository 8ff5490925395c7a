"""The wide workbook of Olink NPX: samples down, assays across, panels side by side.

Above the samples stand rows Panel, Assay, Uniprot ID and OlinkID; below them limits of detection,
one row for the file or one for each plate. Every panel ends with its plate and its QC warning.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl
import pyarrow as pa

from janus_warehouse.assays.formats.cells import (
    judged,
    read_cells,
    refuse_spoilt_names,
    refuse_unread,
    told_lines,
)
from janus_warehouse.assays.formats.grid import refuse_without_code
from janus_warehouse.assays.formats.long_rows import QC_WORDS
from janus_warehouse.assays.formats.sheets import read_sheet, refuse_merged_cells
from janus_warehouse.assays.formats.tables import conform, control_kind
from janus_warehouse.assays.tables import ANALYTES, QC, SAMPLES, VALUES, AssayFile
from janus_warehouse.errors import DeliveryRefusedError

LAYOUT = "npx_wide"
_TITLE = "NPX data"
_HEADINGS = {"panel": "panel", "analyte_name": "assay", "uniprot": "uniprot id",
             "analyte_code": "olinkid"}  # fmt: skip
_PLATE, _QC = ("plate id", "plateid"), ("qc warning", "qc_warning")
_LOD = ("lod", "max lod", "plate lod")
_BELOW = (*_LOD, "missing data freq.", "normalization", "assay warning")
_HEAD_ROWS = 12


def fits(path: Path) -> bool:
    """Tell whether a workbook has the title and the headings."""
    try:
        head = read_sheet(path, rows=_HEAD_ROWS)
    except DeliveryRefusedError:
        return False
    left = _left(head)
    return any(_TITLE.lower() in text for text in left) and "olinkid" in left


def seen(path: Path) -> str:
    """Return what stands in the left column."""
    try:
        left = _left(read_sheet(path, rows=_HEAD_ROWS))
    except DeliveryRefusedError:
        return "no workbook that can be read"
    return "a left column with " + ", ".join(text[:30] for text in left if text)[:200]


def read(
    path: Path, format_name: str, unit: str, control_codes: Mapping[str, tuple[str, ...]]
) -> AssayFile:
    """Return a wide NPX workbook as the four tables; see `reading.read_file`."""
    refuse_merged_cells(path)
    sheet = read_sheet(path).with_columns(pl.all().str.strip_chars().replace("", None))
    sheet = sheet.with_row_index("line", 1)
    analytes, plate, judgement = _columns(path, sheet)
    first = int(_row_of(path, sheet, "olinkid")["line"][0]) + 1
    below = sheet.filter(pl.col("line") >= first, _lower("c0").is_in(_BELOW))
    end = int(below["line"].min() or sheet.height + 1)  # type: ignore[arg-type]
    body = sheet.filter(
        pl.col("line") >= first,
        pl.col("line") < end,
        pl.any_horizontal(pl.exclude("line").is_not_null()),
    )
    refuse_without_code(path, "code of a sample", body["line"], body["c0"])
    if body.is_empty() or below.filter(_lower("c0").is_in(_LOD)).is_empty():
        raise DeliveryRefusedError(
            f"{path.name}: expected samples below row {first - 1} and limits of detection below "
            "them, found none: the sheet is cut short; send it again"
        )
    _refuse_below(path, sheet.filter(pl.col("line") >= end))
    samples = _samples(body, plate, judgement, control_codes)
    limits = _limits(path, below, analytes, plate)
    return AssayFile(
        format=format_name, layout=LAYOUT,
        samples=conform(samples, SAMPLES),
        analytes=conform(analytes.with_columns(unit=pl.lit(unit)), ANALYTES),
        qc=QC.empty_table(), values=_values(path, body, samples, analytes, limits),
    )  # fmt: skip


def _refuse_below(path: Path, rows: pl.DataFrame) -> None:
    """Refuse rows among and below the limits that are none of what stands there."""
    known = _lower("c0").is_in(_BELOW).fill_null(value=False)
    stray = rows.filter(~known, pl.any_horizontal(pl.exclude("line").is_not_null()))["line"]
    if len(stray):
        raise DeliveryRefusedError(
            f"{path.name}: {len(stray)} rows at or below the limits of detection are none of "
            f"{', '.join(_BELOW)} ({told_lines(stray)}); samples stand above the limits"
        )


def _columns(path: Path, sheet: pl.DataFrame) -> tuple[pl.DataFrame, list[str], list[str]]:
    """Return the assays with their column, and the columns of plates and of QC warnings."""
    rows = {ours: _row_of(path, sheet, text).row(0) for ours, text in _HEADINGS.items()}
    across = pl.DataFrame({"column": sheet.columns, **rows}, strict=False).slice(2)
    name = pl.col("analyte_name").str.to_lowercase()
    plate = across.filter(name.is_in(_PLATE))["column"].to_list()
    judgement = across.filter(name.is_in(_QC))["column"].to_list()
    assays = across.filter(pl.col("analyte_code").is_not_null(), ~name.is_in([*_PLATE, *_QC]))
    if not plate or assays.is_empty():
        raise DeliveryRefusedError(
            f"{path.name}: expected assays and a column Plate ID in row Assay, found "
            f"{assays.height} assays and {len(plate)} columns of plates"
        )
    line = int(_row_of(path, sheet, "assay")["line"][0])
    lines = pl.Series([line] * assays.height, dtype=pl.Int64)
    refuse_spoilt_names(path, "row Assay", assays["analyte_name"], lines)
    return assays.with_columns(olink_id="analyte_code"), plate, judgement


def _samples(
    body: pl.DataFrame,
    plate: list[str],
    judgement: list[str],
    control_codes: Mapping[str, tuple[str, ...]],
) -> pl.DataFrame:
    """Return one row per sample; it stands on one plate in all panels of a sheet."""
    code = pl.col("c0").str.to_lowercase()
    by_code = [
        pl.when(code.str.starts_with(start)).then(pl.lit(kind))
        for kind, starts in control_codes.items()
        for start in starts
    ]
    words = {word: ours for ours, known in QC_WORDS.items() for word in known}
    judged_panels = body.select(
        pl.col(c).str.to_lowercase().replace_strict(words, default=None) for c in judgement
    )
    worst = pl.coalesce(
        pl.when(pl.any_horizontal(pl.all() == word)).then(pl.lit(word))
        for word in ("failed", "warned", "passed")
    )
    return body.select(
        sample_code="c0",
        sample_kind=pl.coalesce(*by_code, control_kind("c0")),
        replicate=pl.lit(1),
        plate_id=pl.col(plate[0]),
        qc_status=judged_panels.select(worst).to_series() if judgement else pl.lit(None),
    )


def _limits(
    path: Path, below: pl.DataFrame, analytes: pl.DataFrame, plate: list[str]
) -> pl.DataFrame:
    """Return limits of detection by assay (its row) and plate; null is any plate."""
    rows = below.filter(_lower("c0").is_in(_LOD))
    cells = rows.select("line", *analytes["column"], pl.col(plate[0]).alias("plate_id")).unpivot(
        index=["plate_id", "line"], variable_name="column", value_name="lod"
    )
    read = read_cells(cells["lod"])
    bad = read["is_unread"]
    refuse_unread(path, "row LOD", cells["line"].filter(bad), cells["lod"].filter(bad))
    doubled = rows.filter(rows[plate[0]].is_duplicated())["line"]
    if len(doubled):
        raise DeliveryRefusedError(
            f"{path.name}: {len(doubled)} rows LOD are about one plate ({told_lines(doubled)}); a "
            "plate has one row of limits"
        )
    numbered = analytes.select("column").with_row_index("analyte_row")
    return cells.with_columns(lod=read["value"]).join(numbered, on="column").drop("column", "line")


def _values(
    path: Path,
    body: pl.DataFrame,
    samples: pl.DataFrame,
    analytes: pl.DataFrame,
    limits: pl.DataFrame,
) -> Iterator[pa.RecordBatch]:
    numbered = analytes.select("column").with_row_index("analyte_row")
    everywhere = limits.filter(pl.col("plate_id").is_null()).select("analyte_row", all="lod")
    cells = (
        body.select("line", *analytes["column"])
        .with_columns(plate_id=samples["plate_id"])
        .with_row_index("sample_row")
        .unpivot(index=["sample_row", "line", "plate_id"], variable_name="column", value_name="v")
        .join(numbered, on="column")
        .join(limits, on=["analyte_row", "plate_id"], how="left")
        .join(everywhere, on="analyte_row", how="left")
        .sort("sample_row", "analyte_row")
    )
    read = read_cells(cells["v"])
    bad = read["is_unread"]
    refuse_unread(path, "NPX", cells["line"].filter(bad), cells["v"].filter(bad))
    values = cells.select("line", "sample_row", "analyte_row").with_columns(
        value=read["value"], value_text=read["value_text"],
        lod=cells.select(pl.coalesce("lod", "all")).to_series(), lloq=pl.lit(None, pl.Float64),
        uloq=pl.lit(None, pl.Float64),
    )  # fmt: skip
    failed = (samples["qc_status"] == "failed")[values["sample_row"]]
    status = pl.coalesce(
        read["status"],
        pl.when(pl.lit(failed)).then(pl.lit("qc_failed")),
        judged(),
    )
    yield from conform(values.with_columns(status=status), VALUES).to_batches()


def _row_of(path: Path, sheet: pl.DataFrame, heading: str) -> pl.DataFrame:
    found = sheet.head(_HEAD_ROWS).filter(_lower("c0") == heading)
    if found.height != 1:
        raise DeliveryRefusedError(
            f"{path.name}: expected one row {heading} above the samples, found {found.height}"
        )
    return found


def _lower(column: str) -> pl.Expr:
    return pl.col(column).str.to_lowercase()


def _left(head: pl.DataFrame) -> list[str]:
    return [(text or "").strip().lower() for text in head.to_series(0)] if head.width else []
