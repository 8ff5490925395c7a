"""The sheets `samples.csv` and `analytes.csv`: what a laboratory tells beside its native files.

They fill what the native files leave empty (plates, volumes, units, limits) and name the samples
that have no result. They never change what a file says: a contradiction refuses the return.
"""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import polars as pl
import pyarrow as pa

from janus_warehouse.assays.tables import ANALYTES, SAMPLES, AssayFile
from janus_warehouse.errors import DeliveryRefusedError

_SHOWN = 5
_LIMITS = ("lod", "lloq", "uloq")


@dataclass(frozen=True)
class Sheets:
    """The two sheets of a return, each with its line in `line`; empty where there is none."""

    samples: pl.DataFrame
    analytes: pl.DataFrame

    SAMPLES: ClassVar[str] = "samples.csv"
    ANALYTES: ClassVar[str] = "analytes.csv"

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Return the sheets in a folder of native files.

        Raises:
            DeliveryRefusedError: A sheet has a column that no table has, lacks the code, names
                one thing twice, or has a cell that does not read as its type.
        """
        return cls(
            samples=_read(folder / cls.SAMPLES, SAMPLES, "sample_code"),
            analytes=_read(folder / cls.ANALYTES, ANALYTES, "analyte_code"),
        )

    @classmethod
    def is_sheet(cls, path: Path) -> bool:
        """Tell whether a file of a return is one of the sheets."""
        return path.name in (cls.SAMPLES, cls.ANALYTES)

    def complete(self, file: AssayFile) -> AssayFile:
        """Return a native file with its empty cells about samples and analytes filled."""
        samples = _filled(file.samples, self.samples, "sample_code", self.SAMPLES)
        analytes = _filled(file.analytes, self.analytes, "analyte_code", self.ANALYTES)
        values = file.values
        if self.gives_limits:
            values = (_judged(batch, analytes) for batch in file.values)
        return dataclasses.replace(file, samples=samples, analytes=analytes, values=values)

    @property
    def gives_limits(self) -> bool:
        """Whether the sheet of analytes has limits, which tell the status of plain numbers."""
        return bool(set(_LIMITS) & set(self.analytes.columns))

    def without_result(self, samples: pl.DataFrame) -> pl.DataFrame:
        """Return the samples that only the sheet names, in the columns of `samples`."""
        empty = samples.clear()
        if self.samples.is_empty():
            return empty
        only = self.samples.join(samples, on="sample_code", how="anti")
        kept = only.select(name for name in only.columns if name in empty.columns)
        defaults = {"sample_kind": pl.lit("sample"), "replicate": pl.lit(1, pl.Int16)}
        missing = {n: e for n, e in defaults.items() if n not in kept.columns}
        return pl.concat([empty, kept.with_columns(**missing)], how="diagonal")


def _read(path: Path, schema: pa.Schema, code: str) -> pl.DataFrame:
    types = dict(pl.DataFrame(schema.empty_table()).schema)
    if not path.exists():
        return pl.DataFrame(schema={code: pl.String, "line": pl.Int64})
    try:
        texts = pl.read_csv(path, infer_schema=False, separator=_separator(path))
    except (pl.exceptions.PolarsError, UnicodeDecodeError):
        raise DeliveryRefusedError(
            f"{path.name}: expected comma-separated text in UTF-8 with a header; write it from "
            "the template that came with the shipment"
        ) from None
    unknown = [name for name in texts.columns if name not in types]
    if unknown or code not in texts.columns:
        raise DeliveryRefusedError(
            f"{path.name}, line 1: expected {code} and any of {', '.join(types)}; "
            + (f"not known: {', '.join(unknown)}" if unknown else f"{code} is missing")
        )
    texts = texts.with_columns(pl.col(pl.String).str.strip_chars().replace("", None))
    sheet = texts.with_columns(
        pl.col(name).cast(types[name], strict=False) if types[name] != pl.Date
        else pl.col(name).str.to_date("%Y-%m-%d", strict=False)
        for name in texts.columns
    ).with_row_index("line", offset=2)  # fmt: skip
    for name in texts.columns:
        bad = sheet.filter(sheet[name].is_null() & texts[name].is_not_null())["line"]
        if len(bad):
            raise DeliveryRefusedError(
                f"{path.name}, column {name}: {_lines(bad)} cannot be read; write numbers with a "
                "point and dates as 2026-12-31"
            )
    key = pl.struct(_key(sheet, code))
    bad = sheet.filter(pl.col(code).is_null() | key.is_duplicated())["line"]
    if len(bad):
        raise DeliveryRefusedError(
            f"{path.name}, {code}: {_lines(bad)} have none, or one that stands twice; "
            "write one line for each, or tell them apart by "
            + ("plate, well or replicate" if code == "sample_code" else "panel")
        )
    return sheet.with_columns(pl.col("line").cast(pl.Int64))


def _separator(path: Path) -> str:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        header = file.readline()
    return max((",", ";", "\t"), key=header.count)


def _key(frame: pl.DataFrame, code: str) -> list[str]:
    """Return what tells two lines about one code apart, as far as the sheet has it."""
    further = ("panel",) if code == "analyte_code" else ("plate_id", "well", "replicate")
    return [code, *(name for name in further if name in frame.columns)]


def _filled(table: pa.Table, sheet: pl.DataFrame, code: str, name: str) -> pa.Table:
    """Return a table with its empty cells filled from the sheet's line about the same code.

    Where the sheet has several lines of a code, the columns that tell them apart must be in the
    file too, and are matched.
    """
    told = [c for c in sheet.columns if c not in (code, "line")]
    if sheet.is_empty() or not told:
        return table
    frame = pl.DataFrame(pl.from_arrow(table)).with_row_index("row")
    is_many = sheet[code].is_duplicated().any()
    on = _key(sheet, code) if is_many else [code]
    sheet = sheet.with_columns(pl.col(c).cast(frame.schema[c]) for c in (*told, code))
    joined = frame.join(sheet, on=on, how="left", suffix="_sheet", nulls_equal=True).sort("row")
    for column in (c for c in told if c not in on):
        against = joined.filter(pl.col(column) != pl.col(f"{column}_sheet"))["line"]
        if len(against):
            raise DeliveryRefusedError(
                f"{name}, column {column}: the file of results says otherwise than "
                f"{_lines(against)}; correct whichever is wrong"
            )
    filled = [pl.coalesce(c, f"{c}_sheet").alias(c) for c in told if c not in on]
    return joined.with_columns(filled).select(table.column_names).to_arrow().cast(table.schema)


def _judged(batch: pa.RecordBatch, analytes: pa.Table) -> pa.RecordBatch:
    """Return cells with the status that limits of the sheet give to plain numbers."""
    cells = pl.DataFrame(pl.from_arrow(batch))
    limits = pl.DataFrame(pl.from_arrow(analytes.select(_LIMITS)))[cells["analyte_row"]]
    known = {name: pl.coalesce(cells[name], limits[name]) for name in _LIMITS}
    status: Any = (
        pl.when(pl.col("status") != "detected").then("status")
        .when(pl.col("value") < pl.col("lod")).then(pl.lit("below_lod"))
        .when(pl.col("value") < pl.col("lloq")).then(pl.lit("below_lloq"))
        .when(pl.col("value") > pl.col("uloq")).then(pl.lit("above_uloq"))
        .otherwise("status")
    )  # fmt: skip
    judged = cells.with_columns(**known).with_columns(status=status)
    return judged.to_arrow().cast(batch.schema).to_batches()[0]


def _lines(lines: pl.Series) -> str:
    shown = ", ".join(map(str, lines.head(_SHOWN).to_list()))
    more = f" and {len(lines) - _SHOWN:,} more" if len(lines) > _SHOWN else ""
    return f"{'line' if len(lines) == 1 else 'lines'} {shown}{more}"
