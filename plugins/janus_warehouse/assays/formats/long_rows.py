"""Long files, one row per sample and analyte: what all such layouts share."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from janus_warehouse.assays.formats.cells import (
    judged,
    read_cells,
    refuse_spoilt_names,
    refuse_unread,
    told_lines,
)
from janus_warehouse.assays.formats.delimited import open_delimited, read_rows
from janus_warehouse.assays.formats.long_layout import LongLayout, header_of
from janus_warehouse.assays.formats.tables import CONTROLS, conform, control_kind
from janus_warehouse.assays.lake.ahead import read_ahead
from janus_warehouse.assays.tables import ANALYTES, QC, SAMPLES, VALUES, AssayFile
from janus_warehouse.errors import DeliveryRefusedError

DATES = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%Y%m%d")
STATUSES = {
    "detected": ("detected", "ok", "valid", "pass", "quantified", "påvist"),
    "below_lod": ("below_lod", "<lod", "below lod", "blod", "not detected", "ikke påvist"),
    "below_lloq": ("below_lloq", "<lloq", "<loq", "below loq", "below lloq", "bloq"),
    "above_uloq": ("above_uloq", ">uloq", "above uloq", "saturated"),
    "missing": ("missing", "na", "nd", "no result", "mangler"),
    "qc_failed": ("qc_failed", "qc failed", "failed", "fail", "rejected", "underkjent"),
    "excluded": ("excluded", "outlier", "utelatt"),
}  # fmt: skip
"""Our status → what laboratories write, in lower case."""

QC_WORDS = {
    "passed": ("pass", "passed", "ok", "accepted"),
    "warned": ("warn", "warning", "manual_warn", "manual warning"),
    "failed": ("fail", "failed", "rejected"),
}
"""Judgement of a sample → what laboratories write, in lower case."""

_KEY = ("sample_code", "sample_kind", "replicate", "plate_id", "well", "batch_id", "run_date")
_OF_ANALYTE = ("analyte_code", "panel")
_LIMITS = ("lod", "lloq", "uloq")
_WORST_FIRST = ("failed", "warned", "passed")


def read_long(path: Path, format_name: str, layout: LongLayout) -> AssayFile:
    """Return a long file as the four tables; see `reading.read_file`."""
    rows = _Rows(path, layout)
    samples, analytes = rows.keys()
    return AssayFile(
        format=format_name, layout=layout.name,
        samples=conform(samples, SAMPLES), analytes=conform(analytes, ANALYTES),
        qc=QC.empty_table(), values=rows.values(samples, analytes),
    )  # fmt: skip


class _Rows:
    """The rows of a long file under our names."""

    def __init__(self, path: Path, layout: LongLayout) -> None:
        self._path, self._layout = path, layout
        self._columns = layout.found_in(header_of(path))
        self._decimal = "."
        self._decimal = "," if self._has_commas() else "."

    def keys(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return samples and analytes, each once, in the order of the file.

        Raises:
            DeliveryRefusedError: A row without sample or analyte, a date that is none, names
                that are dates.
        """
        samples, analytes = [], []
        for rows in self._read():
            self._refuse_empty(rows)
            samples.append(rows.select(*_KEY, "qc_status").unique(maintain_order=True))
            told = [c for c in ANALYTES.names if c in rows.columns and c not in _LIMITS]
            analytes.append(
                rows.group_by(_OF_ANALYTE, maintain_order=True).agg(
                    *(pl.col(c).drop_nulls().first() for c in told if c not in _OF_ANALYTE),
                    pl.col("line").first(),
                )
            )
        if not samples:
            raise DeliveryRefusedError(
                f"{self._path.name}: a header and no rows; send the file again"
            )
        known = pl.concat(analytes).unique(_OF_ANALYTE, keep="first", maintain_order=True)
        column = f"column {self._columns['analyte_code']}"
        refuse_spoilt_names(self._path, column, known["analyte_code"], known["line"])
        if "analyte_name" in known.columns:
            column = f"column {self._columns['analyte_name']}"
            refuse_spoilt_names(self._path, column, known["analyte_name"], known["line"])
        # A sample that is judged panel by panel is what its worst panel is.
        judgement = pl.col("qc_status")
        worst = pl.coalesce(
            pl.when((judgement == word).any()).then(pl.lit(word)) for word in _WORST_FIRST
        )
        judged_samples = pl.concat(samples).group_by(_KEY, maintain_order=True).agg(qc_status=worst)
        return judged_samples, known.drop("line")

    def values(self, samples: pl.DataFrame, analytes: pl.DataFrame) -> Iterator[pa.RecordBatch]:
        """Yield the cells."""
        samples = samples.select(_KEY).with_row_index("sample_row")
        analytes = analytes.select(_OF_ANALYTE).with_row_index("analyte_row")
        for rows in self._read():
            cells = rows.join(samples, on=_KEY, how="left", nulls_equal=True)
            cells = cells.join(analytes, on=_OF_ANALYTE, how="left", nulls_equal=True)
            yield from conform(self._with_status(cells.sort("line")), VALUES).to_batches()

    def _read(self) -> Iterator[pl.DataFrame]:
        ours = [pl.col(theirs).alias(name) for name, theirs in self._columns.items()]
        theirs = list(dict.fromkeys(self._columns.values()))
        for rows in read_ahead(_text_rows(self._path, theirs)):
            rows = rows.select("line", *ours).with_columns(pl.col(pl.String).str.strip_chars())
            if self._layout.sample_parts:
                parts = pl.concat_str(self._layout.sample_parts, separator="-")
                rows = rows.with_columns(sample_code=parts)
            constants = self._layout.constants.items()
            rows = rows.with_columns(pl.lit(v).alias(c) for c, v in constants if c not in rows)
            absent = [c for c in (*_KEY, *_OF_ANALYTE, "qc_status") if c not in rows.columns]
            rows = rows.with_columns(pl.lit(None, pl.String).alias(c) for c in absent)
            # A sample has many rows: what kind it is of is asked once.
            named = ["sample_code", "sample_kind"]
            kinds = rows.select(named).unique().with_columns(kind=self._kind())
            rows = rows.join(kinds, on=named, how="left", nulls_equal=True, maintain_order="left")
            yield rows.drop("sample_kind").rename({"kind": "sample_kind"}).with_columns(
                replicate=self._replicate(rows),
                run_date=self._dates(rows), qc_status=self._judgement(rows),
            )  # fmt: skip

    def _with_status(self, rows: pl.DataFrame) -> pl.DataFrame:
        read = read_cells(rows["value"], decimal=self._decimal)
        unread = read["is_unread"]
        column = f"column {self._columns['value']}"
        refuse_unread(self._path, column, rows["line"].filter(unread), rows["value"].filter(unread))
        limits = {name: self._limit(rows, name) for name in _LIMITS}
        cells = rows.select("line", "sample_row", "analyte_row").with_columns(
            value=read["value"], value_text=read["value_text"],
            lod=_first_known(read["lod"], limits["lod"]), lloq=limits["lloq"],
            uloq=_first_known(read["uloq"], limits["uloq"]),
        )  # fmt: skip
        by_text = read["status"]
        # A bound in the cell says more than the word beside it; an empty cell says less.
        bound = pl.when(by_text.is_in(["below_lod", "above_uloq"])).then(by_text)
        status = pl.coalesce(bound, self._stated(rows), by_text, judged())
        return cells.with_columns(status=status)

    def _stated(self, rows: pl.DataFrame) -> pl.Series:
        if "status" in rows.columns:
            return self._word(rows, "status", STATUSES)
        nothing = pl.Series("status", [None] * rows.height, dtype=pl.String)
        return pl.select(
            pl.when(rows["qc_status"] == "failed", rows["value"].is_not_null())
            .then(pl.lit("qc_failed")).otherwise(nothing)
        ).to_series()  # fmt: skip

    def _judgement(self, rows: pl.DataFrame) -> pl.Series:
        return self._word(rows, "qc_status", QC_WORDS)

    def _word(
        self, rows: pl.DataFrame, ours: str, vocabulary: Mapping[str, tuple[str, ...]]
    ) -> pl.Series:
        """Return our word for each text of a column that has few words."""
        words = {word: our for our, known in vocabulary.items() for word in known}
        stated = rows[ours].str.to_lowercase()
        found = stated.replace_strict(words, default=None, return_dtype=pl.String)
        unknown = rows["line"].filter(found.is_null() & stated.is_not_null() & (stated != "na"))
        self._refuse(unknown, ours, "words that are not known", "write one of "
                     + ", ".join(vocabulary))  # fmt: skip
        return found

    def _limit(self, rows: pl.DataFrame, name: str) -> pl.Series:
        if name not in rows.columns:
            return pl.Series(name, [None] * rows.height, dtype=pl.Float64)
        read = read_cells(rows[name], decimal=self._decimal)
        bad = read["is_unread"] | read["lod"].is_not_null()
        column = f"column {self._columns[name]}"
        refuse_unread(self._path, column, rows["line"].filter(bad), rows[name].filter(bad))
        return read["value"]

    def _dates(self, rows: pl.DataFrame) -> pl.Series:
        texts = rows["run_date"].str.slice(0, 10)
        read = rows.select(
            pl.coalesce(texts.str.to_date(form, strict=False) for form in DATES)
        ).to_series()
        bad = rows["line"].filter(read.is_null() & texts.is_not_null())
        self._refuse(bad, "run_date", "cells that are no day of the calendar",
                     f"write days as {date(2026, 12, 31)} or 31.12.2026")  # fmt: skip
        return read

    def _replicate(self, rows: pl.DataFrame) -> pl.Series:
        read = rows["replicate"].cast(pl.Int16, strict=False)
        bad = rows["line"].filter(read.is_null() & rows["replicate"].is_not_null())
        self._refuse(bad, "replicate", "cells that are no number of a replicate", "write 1, 2, 3")
        return read.fill_null(1)

    def _refuse_empty(self, rows: pl.DataFrame) -> None:
        for ours in ("sample_code", "analyte_code"):
            bad = rows["line"].filter(rows[ours].is_null() | (rows[ours] == ""))
            mend = "fill merged cells down, or send the file again if it was cut off"
            self._refuse(bad, ours, "rows that name none", mend)

    def _refuse(self, lines: pl.Series, ours: str, what: str, mend: str) -> None:
        if len(lines):
            column = self._columns.get(ours, ours)
            raise DeliveryRefusedError(
                f"{self._path.name}, column {column}: {len(lines):,} {what} ({told_lines(lines)}); "
                f"{mend}"
            )

    def _kind(self) -> pl.Expr:
        """Return what kind of sample a row is of: as stated, else by its code."""
        words = {kind: (kind,) for kind in (*CONTROLS, "sample")} | dict(self._layout.kinds)
        by_word = {word: kind for kind, known in words.items() for word in known}
        stated = pl.col("sample_kind").str.to_lowercase()
        stated = stated.replace_strict(by_word, default=None, return_dtype=pl.String)
        code = pl.col("sample_code").str.to_lowercase()
        by_code = [
            pl.when(code.str.starts_with(start)).then(pl.lit(kind))
            for kind, starts in self._layout.control_codes.items()
            for start in starts
        ]
        return pl.coalesce(stated, *by_code, control_kind("sample_code"))

    def _has_commas(self) -> bool:
        """Tell whether numbers of the file are written with decimal commas."""
        if self._path.suffix.lower() == ".parquet":
            return False
        if open_delimited(self._path).delimiter == ",":
            return False
        rows = next(_text_rows(self._path, [self._columns["value"]]), None)
        if rows is None:
            return False
        cells = rows[self._columns["value"]].str.strip_chars()
        return bool(cells.str.contains(r"^[<>]? ?-?[0-9]*,[0-9]+$").any())


def _text_rows(path: Path, columns: list[str]) -> Iterator[pl.DataFrame]:
    """Yield rows as text with their line; a row of a Parquet file counts from 1."""
    if path.suffix.lower() != ".parquet":
        yield from read_rows(open_delimited(path), columns)
        return
    line = 1
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=1 << 17, columns=columns):
            frame = pl.DataFrame(pl.from_arrow(batch)).select(columns)
            texts = frame.with_columns(pl.all().cast(pl.String)).with_row_index("line", line)
            line += frame.height
            yield texts.with_columns(pl.col("line").cast(pl.Int64))


def _first_known(one: pl.Series, other: pl.Series) -> pl.Series:
    return one.zip_with(one.is_not_null(), other)
