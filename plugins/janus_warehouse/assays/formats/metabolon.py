"""Metabolon workbooks: a sheet of compounds, a sheet of samples, and a sheet for each scale.

Only the scales that were measured are read. Sheets in which missing values were filled, and those
computed from them, are named in the quality figures and left alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa

from janus_warehouse.assays.formats.format import Format
from janus_warehouse.assays.formats.grid import (
    grid_values,
    numbered_replicates,
    refuse_doubled,
    refuse_without_code,
)
from janus_warehouse.assays.formats.sheets import (
    open_book,
    read_sheet,
    refuse_merged,
    sheet_names,
    sheet_of,
)
from janus_warehouse.assays.formats.tables import conform, control_kind
from janus_warehouse.assays.tables import ANALYTES, QC, SAMPLES, AssayFile
from janus_warehouse.errors import DeliveryRefusedError


@dataclass(frozen=True)
class MetabolonLayout:
    """What a version calls its sheets and columns.

    Attributes:
        compounds: Sheet of the compounds; their code is its first column, ours → theirs below.
        samples: Sheet of the samples; their code is its first column.
        scales: Sheet of measured values → (panel, unit).
        derived: Sheets computed from those, with values filled in.
        compound_columns: Our column → theirs.
        client_codes: Columns with the code that the bank gave, the first that is filled counts.
        batch: Column with the batch.
    """

    compounds: str
    samples: str
    scales: Mapping[str, tuple[str, str]]
    derived: tuple[str, ...]
    compound_columns: Mapping[str, str]
    client_codes: tuple[str, ...]
    batch: str


LAYOUTS = {
    "v2": MetabolonLayout(
        compounds="Chemical Annotation",
        samples="Sample Meta Data",
        scales={
            "Peak Area Data": ("peak_area", "{area}"),
            "Batch-normalized Data": ("batch_normalized", "{ratio}"),
        },
        derived=(
            "Data Key & Explanation", "Batch-norm Imputed Data", "Log Transformed Data",
            "Batch-norm-Imputed Data", "Log-Transformed Data",
        ),
        compound_columns={
            "analyte_code": "CHEM_ID", "analyte_name": "CHEMICAL_NAME", "cas_number": "CAS",
            "hmdb": "HMDB", "method_version": "PLATFORM",
        },
        client_codes=("CLIENT_SAMPLE_ID", "CLIENT_IDENTIFIER", "PARENT_SAMPLE_NAME"),
        batch="BATCH",
    ),
}  # fmt: skip


def recognise(path: Path) -> str | None:
    """Return the layout whose sheets of compounds and samples are there."""
    names = sheet_names(path)
    there = (n for n, one in LAYOUTS.items() if one.compounds in names and one.samples in names)
    return next(there, None)


def seen(path: Path) -> str:
    """Return the names of the sheets."""
    return "sheets " + ", ".join(sheet_names(path)[:8])


def read(path: Path, layout: str) -> AssayFile:
    """Return a workbook as the four tables; see `reading.read_file`."""
    names = LAYOUTS[layout]
    sheets = sheet_names(path)
    unknown = sorted(
        {*sheets} - {names.compounds, names.samples, *names.scales, *names.derived}
    )  # fmt: skip
    scales = [sheet for sheet in names.scales if sheet in sheets]
    if unknown or not scales:
        raise DeliveryRefusedError(
            f"{path.name}: expected sheets {', '.join(names.scales)}, found "
            f"{', '.join(scales) or 'none of them'}"
            + (f" and unknown ones ({', '.join(unknown)})" if unknown else "")
            + "; send the workbook as it was made, a new sheet needs a new layout"
        )
    book = open_book(path)
    for sheet in (names.compounds, names.samples, *scales):
        refuse_merged(path, sheet_of(path, book, sheet))
    compounds = _table(path, names.compounds)
    samples = _samples(path, names)
    grids = {sheet: _grid(path, sheet, compounds, samples) for sheet in scales}
    analytes = pl.concat([_analytes(compounds, names, *names.scales[sheet]) for sheet in scales])
    derived = [sheet for sheet in names.derived if sheet in sheets]
    qc = pl.DataFrame({"note": derived}).with_columns(
        scope=pl.lit("file"), metric=pl.lit("sheet_not_read")
    )
    return AssayFile(
        format=FORMAT.name, layout=layout,
        samples=conform(samples, SAMPLES), analytes=conform(analytes, ANALYTES),
        qc=conform(qc, QC), values=_values(path, grids, samples, compounds),
    )  # fmt: skip


def _table(path: Path, sheet: str) -> pl.DataFrame:
    """Return a sheet as a table of text with the names of its first row and column `line`."""
    cells = read_sheet(path, sheet).with_columns(pl.all().str.strip_chars().replace("", None))
    if cells.height < 2:
        raise DeliveryRefusedError(
            f"{path.name}, sheet {sheet}: a header and no rows: the sheet is cut short; send it "
            "again"
        )
    header = [name or f"column {at}" for at, name in enumerate(cells.row(0), 1)]
    refuse_doubled(path, f"columns of sheet {sheet}", header, mend="name every column once")
    found = cells.rename(dict(zip(cells.columns, header, strict=True))).with_row_index("line", 1)
    found = found.slice(1).filter(pl.any_horizontal(pl.exclude("line").is_not_null()))
    refuse_without_code(path, f"{header[0]} in sheet {sheet}", found["line"], found[header[0]])
    refuse_doubled(path, f"rows of sheet {sheet}", found[header[0]].to_list(),
                   mend="each has one row")  # fmt: skip
    return found


def _samples(path: Path, names: MetabolonLayout) -> pl.DataFrame:
    table = _table(path, names.samples)
    codes = [name for name in names.client_codes if name in table.columns]
    batch = pl.col(names.batch) if names.batch in table.columns else pl.lit(None, pl.String)
    found = table.select(
        sample_code=pl.coalesce(*codes, table.columns[1]), laboratory_code=table.columns[1],
        batch_id=batch,
    )  # fmt: skip
    return numbered_replicates(found.with_columns(sample_kind=control_kind("sample_code")))


def _grid(path: Path, sheet: str, compounds: pl.DataFrame, samples: pl.DataFrame) -> pl.DataFrame:
    """Return a sheet of values, its rows in the order of the samples."""
    grid = _table(path, sheet)
    for what, here, there in (
        ("samples", grid.to_series(1), samples["laboratory_code"]),
        ("compounds", pl.Series(grid.columns[2:]), compounds.to_series(1)),
    ):
        lacking, further = set(there) - set(here), set(here) - set(there)
        if lacking or further:
            raise DeliveryRefusedError(
                f"{path.name}, sheet {sheet}: {len(lacking)} {what} of their own sheet are not "
                f"here and {len(further)} are here only; the sheets must have the same {what}, "
                "send the workbook again"
            )
    order = samples.select(pl.col("laboratory_code").alias(grid.columns[1]))
    return order.join(grid, on=grid.columns[1], how="left", maintain_order="left")


def _analytes(
    compounds: pl.DataFrame, names: MetabolonLayout, panel: str, unit: str
) -> pl.DataFrame:
    there = {o: t for o, t in names.compound_columns.items() if t in compounds.columns}
    there["analyte_code"] = compounds.columns[1]
    return compounds.select(**there, panel=pl.lit(panel), unit=pl.lit(unit))


def _values(
    path: Path, grids: Mapping[str, pl.DataFrame], samples: pl.DataFrame, compounds: pl.DataFrame
) -> Iterator[pa.RecordBatch]:
    codes = compounds.to_series(1).to_list()
    for at, (sheet, grid) in enumerate(grids.items()):
        batch = grid_values(path, grid, codes, f"sheet {sheet}")
        shifted = pl.DataFrame(pl.from_arrow(batch)).with_columns(
            pl.col("analyte_row") + at * len(codes)
        )
        yield from shifted.to_arrow().cast(batch.schema).to_batches()


FORMAT = Format(
    name="metabolon",
    title="Metabolon, untargeted mass spectrometry of metabolites",
    layouts={"v2": "a workbook with sheets Chemical Annotation, Sample Meta Data and Peak Area "
                   "Data or Batch-normalized Data"},
    suffixes=(".xlsx",),
    recognise=recognise,
    read=read,
    seen=seen,
)  # fmt: skip
