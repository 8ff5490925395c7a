"""Biocrates MetIDQ exports: a sheet in which the fill colour of a cell is its status."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
from openpyxl.worksheet.worksheet import Worksheet

from janus_warehouse.assays.formats.biocrates_colours import (
    COLOURS,
    colour_status,
    legend,
    told_apart,
)
from janus_warehouse.assays.formats.cells import read_cells, told_lines
from janus_warehouse.assays.formats.format import Format
from janus_warehouse.assays.formats.grid import (
    grid_values,
    numbered_replicates,
    refuse_doubled,
    refuse_without_code,
    stacked,
)
from janus_warehouse.assays.formats.sheets import open_book, read_sheet, refuse_merged, sheet_of
from janus_warehouse.assays.formats.tables import conform
from janus_warehouse.assays.tables import ANALYTES, QC, SAMPLES, AssayFile
from janus_warehouse.errors import DeliveryRefusedError

KINDS: Mapping[str, str] = {
    "sample": "sample", "zero sample": "blank", "blank": "blank", "double blank": "blank",
    "standard": "calibrator", "cal": "calibrator", "qc": "control", "quality control": "control",
    "reference": "control", "pooled": "control", "pool": "control",
}  # fmt: skip
"""Beginning of `Sample Type` → kind."""

COLUMNS = {"plate_id": "Plate Bar Code", "sample_code": "Sample Bar Code", "kind": "Sample Type"}
REQUIRED = (*COLUMNS.values(), "Measurement Time")
CLASS = "class"
_LOD = re.compile(r"LOD\b.*?(?P<plate>[0-9]{4,}[/-][0-9]+)?\s*(?:\[(?P<unit>[^\]]+)\])?\s*$")
_OP = re.compile(r"OP\s+(?P<plate>\S+)")
WITHOUT_UNIT = ("metabolism indicators",)
"""Classes of sums and ratios, for which MetIDQ gives neither unit nor limit."""


def recognise(path: Path) -> str | None:
    """Return the layout of a workbook whose first row has the columns of MetIDQ."""
    try:
        head = read_sheet(path, rows=2)
    except DeliveryRefusedError:
        return None
    texts = [(text or "").strip() for text in head.row(0)] if head.height else []
    return "metidq" if all(name in texts for name in REQUIRED) else None


def seen(path: Path) -> str:
    """Return what the first row begins with."""
    try:
        head = read_sheet(path, rows=1)
    except DeliveryRefusedError:
        return "no workbook that can be read"
    texts = [text[:30] for text in (head.row(0) if head.height else ()) if text]
    return "a first row with " + (", ".join(texts[:6]) or "nothing")


def read(path: Path, layout: str) -> AssayFile:
    """Return an export as the four tables; see `reading.read_file`."""
    sheet = sheet_of(path, open_book(path), 0)
    refuse_merged(path, sheet)
    texts, fills = _cells(sheet)
    header = [texts[c][0] for c in texts.columns]
    refuse_doubled(path, "columns", header, mend="name every column once")
    place = {name: texts.columns[header.index(name)] for name in REQUIRED}
    labels = place["Measurement Time"]
    behind = texts.columns[texts.columns.index(labels) + 1 :]
    rows = texts.with_row_index("line", 1)
    named = pl.all_horizontal(pl.col(place[name]).is_not_null() for name in COLUMNS.values())
    is_sample = rows.select(named & (pl.col("line") > 1)).to_series()
    body = rows.filter(is_sample)
    above = _above(path, texts, body, labels, behind)
    _refuse_stray(path, rows.filter(~is_sample).slice(1), labels, behind)
    analytes = _analytes(path, texts, above, labels, behind)
    samples = _samples(path, body, place)
    colours = {**COLOURS, **legend(texts, fills, above.height)}
    used = analytes["column"].to_list()
    coloured = colour_status(path, body, fills.filter(is_sample), used, colours)
    numbers = read_cells(stacked(body, used))["value"]
    status, unclear = told_apart(coloured, numbers, analytes, body.height)
    figures = pl.concat([_figures(above, labels, analytes), unclear], how="diagonal")
    return AssayFile(
        format=FORMAT.name, layout=layout,
        samples=conform(samples, SAMPLES), analytes=conform(analytes, ANALYTES),
        qc=conform(figures, QC),
        values=_values(path, body, used, status),
    )  # fmt: skip


def _refuse_stray(path: Path, rows: pl.DataFrame, labels: str, behind: list[str]) -> None:
    """Refuse rows of numbers that are neither limits nor those of a sample."""
    cells = read_cells(stacked(rows, behind))
    lines = pl.concat([rows["line"].cast(pl.Int64)] * len(behind))
    is_limit = pl.concat([rows[labels].str.starts_with("LOD").fill_null(False)] * len(behind))
    stray = lines.filter(cells["value"].is_not_null() & ~is_limit).unique().sort()
    if len(stray):
        raise DeliveryRefusedError(
            f"{path.name}: {len(stray):,} rows have values and lack {', '.join(COLUMNS.values())} "
            f"or one of them ({told_lines(stray)}); send the sheet as MetIDQ exported it"
        )


def _cells(sheet: Worksheet) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the texts of a sheet and the fill colours of its cells, six digits each."""
    texts, fills = [], []
    for row in sheet.iter_rows():
        texts.append([_text(cell.value) for cell in row])
        fills.append([_fill(cell) for cell in row])
    names = [f"c{n}" for n in range(sheet.max_column)]
    types = dict.fromkeys(names, pl.String)
    return (pl.DataFrame(texts, schema=types, orient="row"),
            pl.DataFrame(fills, schema=types, orient="row"))  # fmt: skip


def _text(value: Any) -> str | None:
    text = "" if value is None else str(value).strip()
    return text or None


def _fill(cell: Any) -> str | None:
    fill = cell.fill
    if fill is None or not fill.fill_type or fill.fgColor.type != "rgb":
        return None
    return str(fill.fgColor.rgb)[-6:].upper()


def _above(
    path: Path, texts: pl.DataFrame, body: pl.DataFrame, labels: str, behind: list[str]
) -> pl.DataFrame:
    """Return the rows between the header and the first sample."""
    if body.is_empty() or not behind:
        raise DeliveryRefusedError(
            f"{path.name}: expected samples below the header and metabolites behind {REQUIRED[-1]}"
            f", found {body.height} samples and {len(behind)} metabolites: the sheet is cut short; "
            "send it again"
        )
    above = texts.slice(1, int(body["line"][0]) - 2)
    if not (above[labels].str.to_lowercase() == CLASS).any():
        raise DeliveryRefusedError(
            f"{path.name}: expected a row Class above the samples, found none; export the sheet "
            "with classes and limits of detection"
        )
    return above


def _analytes(
    path: Path, texts: pl.DataFrame, above: pl.DataFrame, labels: str, behind: list[str]
) -> pl.DataFrame:
    classes = above.filter(above[labels].str.to_lowercase() == CLASS)
    limits = above.filter(above[labels].str.starts_with("LOD").fill_null(False))
    units = {m["unit"] for text in limits[labels] if (m := _LOD.match(text)) and m["unit"]}
    found = pl.DataFrame({
        "column": behind, "analyte_code": texts.select(behind).row(0),
        "panel": classes.select(behind).row(0),
        "lod": _limits(above, limits, labels, behind),
        "is_filled": [texts[c].is_not_null().any() for c in behind],
    }, schema_overrides={"lod": pl.Float64, "panel": pl.String})  # fmt: skip
    found = found.filter("is_filled")
    bare = found["analyte_code"].null_count()
    if bare or len(units) != 1:
        raise DeliveryRefusedError(
            f"{path.name}: expected a name above every column and one unit in the rows LOD, as in "
            f"LOD (calc.) 1012345678/1 [µM], found {bare} columns without a name and "
            f"{len(units)} units; export the sheet with them"
        )
    counted = found["panel"].str.to_lowercase().is_in(WITHOUT_UNIT).fill_null(False)
    return found.with_columns(
        unit=pl.when(~counted).then(pl.lit(next(iter(units)))),
        method_version=pl.Series(_procedures(above, labels, found["column"].to_list())),
    )


def _procedures(above: pl.DataFrame, labels: str, columns: list[str]) -> list[str | None]:
    """Return the operating procedure of each metabolite: the first from the row OP down."""
    starts = above[labels].str.starts_with("OP ").fill_null(False).arg_true()
    if not len(starts):
        return [None] * len(columns)
    below = above.slice(int(starts[0]))
    return [next((text for text in below[c] if text), None) for c in columns]


def _limits(
    above: pl.DataFrame, limits: pl.DataFrame, labels: str, behind: list[str]
) -> list[float | None]:
    """Return the limit of each metabolite on the plate on which it was measured.

    A kit has two plates. The row OP of a plate has the procedure above the metabolites that were
    measured on it; what its row leaves empty was measured on the plate without a row of its own.
    """
    by_plate = {
        (found["plate"] or "").replace("/", "-"): read_cells(pl.Series(row, dtype=pl.String))
        for label, row in zip(limits[labels], limits.select(behind).iter_rows(), strict=True)
        if (found := _LOD.match(label))
    }
    if not by_plate:
        return [None] * len(behind)
    if len(by_plate) == 1:
        return next(iter(by_plate.values()))["value"].to_list()
    named = above.filter(above[labels].str.starts_with("OP ").fill_null(False))
    rows = {
        found["plate"]: row
        for label, row in zip(named[labels], named.select(behind).iter_rows(), strict=True)
        if (found := _OP.match(label)) and found["plate"] in by_plate
    }
    rest = [plate for plate in by_plate if plate not in rows]
    fallback = rest[0] if len(rest) == 1 else None
    chosen = [
        next((p for p, row in rows.items() if row[at]), fallback) for at in range(len(behind))
    ]
    return [by_plate[p]["value"][at] if p else None for at, p in enumerate(chosen)]


def _samples(path: Path, body: pl.DataFrame, place: Mapping[str, str]) -> pl.DataFrame:
    found = body.select("line", **{ours: place[theirs] for ours, theirs in COLUMNS.items()})
    kind = pl.col("kind").str.to_lowercase()
    by_start = [pl.when(kind.str.starts_with(s)).then(pl.lit(k)) for s, k in KINDS.items()]
    found = found.with_columns(sample_kind=pl.coalesce(*by_start))
    unknown = found.filter(pl.col("sample_kind").is_null())["line"]
    if len(unknown):
        raise DeliveryRefusedError(
            f"{path.name}, Sample Type: {len(unknown):,} rows have another type than "
            f"{', '.join(KINDS)} ({told_lines(unknown)}); send the sheet as MetIDQ exported it"
        )
    refuse_without_code(path, "Sample Bar Code", found["line"], found["sample_code"])
    return numbered_replicates(found)


def _figures(above: pl.DataFrame, labels: str, analytes: pl.DataFrame) -> pl.DataFrame:
    """Return the limits of detection of each plate as they stand above the metabolites."""
    parts = []
    for label, *row in above.select(labels, *analytes["column"]).iter_rows():
        found = _LOD.match(label or "")
        if found is not None:
            read = read_cells(pl.Series(row, dtype=pl.String))
            parts.append(analytes.select(
                "analyte_code", scope=pl.lit("analyte"), metric=pl.lit("lod"),
                plate_id=pl.lit((found["plate"] or "").replace("/", "-") or None, pl.String),
                value=read["value"], note=read["value_text"],
            ).filter(pl.col("value").is_not_null() | pl.col("note").is_not_null()))  # fmt: skip
    return pl.concat(parts) if parts else pl.DataFrame(schema={"scope": pl.String})


def _values(
    path: Path, body: pl.DataFrame, columns: list[str], status: pl.Series
) -> Iterator[pa.RecordBatch]:
    yield grid_values(path, body, columns, "concentrations", status=status)


FORMAT = Format(
    name="biocrates",
    title="Biocrates MetIDQ, metabolites with their status in the colour of the cell",
    layouts={"metidq": "a workbook whose first row has " + ", ".join(REQUIRED)},
    suffixes=(".xlsx",),
    recognise=recognise,
    read=read,
    seen=seen,
)
