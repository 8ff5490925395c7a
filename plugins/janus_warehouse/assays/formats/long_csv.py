"""Long delimited text: one row per sample and analyte, as laboratories of chemistry write it."""

from collections.abc import Iterator
from datetime import date
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
from janus_warehouse.assays.formats.delimited import (
    Delimited,
    head_lines,
    open_delimited,
    read_rows,
)
from janus_warehouse.assays.formats.format import Format
from janus_warehouse.assays.formats.tables import CONTROLS, conform, control_kind
from janus_warehouse.assays.tables import ANALYTES, QC, SAMPLES, VALUES, AssayFile
from janus_warehouse.errors import DeliveryRefusedError

COLUMNS = {
    "sample_code": ("sampleid", "sample", "samplecode", "studycode", "barcode", "prove", "provenr",
                    "proveid", "provekode", "idnr"),
    "analyte_code": ("analyte", "analytecode", "analyteid", "antigen", "compound", "component",
                     "parameter", "analytt", "stoff", "komponent"),
    "value": ("value", "result", "concentration", "conc", "mfi", "verdi", "resultat",
              "konsentrasjon"),
    "unit": ("unit", "units", "enhet"),
    "lod": ("lod", "limitofdetection", "detectionlimit", "deteksjonsgrense"),
    "lloq": ("lloq", "loq", "limitofquantification", "kvantifiseringsgrense"),
    "uloq": ("uloq", "upperlimitofquantification"),
    "status": ("status", "statuscode", "flag", "qualifier", "merknad"),
    "plate_id": ("plate", "plateid", "plateno", "platenumber", "plate_nr", "brett"),
    "well": ("well", "wellid", "position", "bronn", "brønn"),
    "batch_id": ("batch", "batchid", "run", "runid", "serie"),
    "run_date": ("rundate", "date", "analysisdate", "measured", "dato", "analysedato"),
    "method_version": ("method", "methodversion", "metode"),
    "sample_kind": ("sampletype", "samplekind", "type", "provetype"),
    "replicate": ("replicate", "rep", "replikat"),
    "panel": ("panel", "kit"),
    "analyte_name": ("analytename", "compoundname", "navn"),
    "cas_number": ("cas", "casnumber", "casno", "casnr"),
    "uniprot": ("uniprot", "uniprotid"),
}  # fmt: skip
"""Our column → what laboratories call it, in lower case without signs between the letters."""

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

DATES = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%Y%m%d")
LAYOUT = "long"
_REQUIRED = ("sample_code", "analyte_code", "value")
_OF_SAMPLE = ("sample_code", "sample_kind", "replicate", "plate_id", "well", "batch_id", "run_date")
_OF_ANALYTE = ("analyte_code", "panel")
_LIMITS = ("lod", "lloq", "uloq")


def recognise(path: Path) -> str | None:
    """Return the layout if the header has columns for sample, analyte and value."""
    header = _header(path)
    return LAYOUT if all(name in header for name in _REQUIRED) else None


def seen(path: Path) -> str:
    """Return which columns of the layout the header has."""
    header = _header(path)
    lacking = [name for name in _REQUIRED if name not in header]
    known = ", ".join(f"{theirs} as {ours}" for ours, theirs in header.items())
    return f"a header with {known or 'no known column'}; none for {', '.join(lacking)}"


def read(path: Path, layout: str) -> AssayFile:
    """Return a long file as the four tables; see `reading.read_file`."""
    file = open_delimited(path)
    columns = {ours: theirs for ours, theirs in _header(path).items() if theirs in file.header}
    rows = _Rows(file, columns)
    samples, analytes = rows.keys()
    return AssayFile(
        format=FORMAT.name, layout=layout,
        samples=conform(samples, SAMPLES), analytes=conform(analytes, ANALYTES),
        qc=QC.empty_table(), values=rows.values(samples, analytes),
    )  # fmt: skip


class _Rows:
    """The rows of a long file under our names."""

    def __init__(self, file: Delimited, columns: dict[str, str]) -> None:
        self._file, self._columns = file, columns
        self._decimal = "," if file.delimiter != "," and self._has_commas() else "."

    def keys(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return samples and analytes, each once, in the order of the file.

        Raises:
            DeliveryRefusedError: A row without sample or analyte, a date that is none, names
                that are dates.
        """
        samples, analytes = [], []
        for rows in self._read():
            self._refuse_empty(rows)
            samples.append(rows.select(_OF_SAMPLE).unique(maintain_order=True))
            told = [c for c in ANALYTES.names if c in rows.columns and c not in _LIMITS]
            first = rows.group_by(_OF_ANALYTE, maintain_order=True).agg(
                *(pl.col(c).drop_nulls().first() for c in told if c not in _OF_ANALYTE),
                pl.col("line").first(),
            )
            analytes.append(first)
        if not samples:
            raise DeliveryRefusedError(
                f"{self._file.path.name}: a header and no rows; send the file again"
            )
        known = pl.concat(analytes).unique(_OF_ANALYTE, keep="first", maintain_order=True)
        refuse_spoilt_names(
            self._file.path, f"column {self._columns['analyte_code']}",
            known["analyte_code"], known["line"],
        )  # fmt: skip
        return pl.concat(samples).unique(maintain_order=True), known.drop("line")

    def values(self, samples: pl.DataFrame, analytes: pl.DataFrame) -> Iterator[pa.RecordBatch]:
        """Yield the cells."""
        samples = samples.with_row_index("sample_row")
        analytes = analytes.select(_OF_ANALYTE).with_row_index("analyte_row")
        for rows in self._read():
            cells = rows.join(samples, on=_OF_SAMPLE, how="left", nulls_equal=True)
            cells = cells.join(analytes, on=_OF_ANALYTE, how="left", nulls_equal=True)
            yield from conform(self._with_status(cells.sort("line")), VALUES).to_batches()

    def _read(self) -> Iterator[pl.DataFrame]:
        names = {theirs: ours for ours, theirs in self._columns.items()}
        for rows in read_rows(self._file, list(names)):
            rows = rows.rename(names).with_columns(pl.col(pl.String).str.strip_chars())
            absent = [c for c in (*_OF_SAMPLE, *_OF_ANALYTE) if c not in rows.columns]
            rows = rows.with_columns(pl.lit(None, pl.String).alias(c) for c in absent)
            yield rows.with_columns(
                sample_kind=_kind(), replicate=self._replicate(rows), run_date=self._dates(rows)
            )

    def _with_status(self, rows: pl.DataFrame) -> pl.DataFrame:
        read = read_cells(rows["value"], decimal=self._decimal)
        unread = read["is_unread"]
        column = f"column {self._columns['value']}"
        refuse_unread(
            self._file.path, column, rows["line"].filter(unread), rows["value"].filter(unread)
        )
        limits = {name: self._limit(rows, name) for name in _LIMITS}
        cells = rows.select("line", "sample_row", "analyte_row").with_columns(
            value=read["value"], value_text=read["value_text"],
            lod=_first_known(read["lod"], limits["lod"]), lloq=limits["lloq"],
            uloq=_first_known(read["uloq"], limits["uloq"]),
        )  # fmt: skip
        stated = self._stated(rows)
        by_text = read["status"]
        # A bound in the cell says more than the word beside it; an empty cell says less.
        is_bound = by_text.is_in(["below_lod", "above_uloq"])
        status = pl.coalesce(by_text.zip_with(is_bound.fill_null(False), _nulls(by_text)), stated,
                             by_text, judged())  # fmt: skip
        return cells.with_columns(status=status)

    def _stated(self, rows: pl.DataFrame) -> pl.Series:
        if "status" not in rows.columns:
            return pl.Series("status", [None] * rows.height, dtype=pl.String)
        words = {word: ours for ours, known in STATUSES.items() for word in known}
        stated = rows["status"].str.to_lowercase()
        found = stated.replace_strict(words, default=None, return_dtype=pl.String)
        unknown = rows["line"].filter(found.is_null() & stated.is_not_null())
        if len(unknown):
            raise DeliveryRefusedError(
                f"{self._file.path.name}, column {self._columns['status']}: {len(unknown):,} words "
                f"that are no status ({told_lines(unknown)}); write one of {', '.join(STATUSES)}"
            )
        return found

    def _limit(self, rows: pl.DataFrame, name: str) -> pl.Series:
        if name not in rows.columns:
            return pl.Series(name, [None] * rows.height, dtype=pl.Float64)
        read = read_cells(rows[name], decimal=self._decimal)
        bad = read["is_unread"] | read["lod"].is_not_null()
        column = f"column {self._columns[name]}"
        refuse_unread(self._file.path, column, rows["line"].filter(bad), rows[name].filter(bad))
        return read["value"]

    def _dates(self, rows: pl.DataFrame) -> pl.Series:
        texts = rows["run_date"].str.slice(0, 10)
        read = rows.select(
            pl.coalesce(texts.str.to_date(form, strict=False) for form in DATES)
        ).to_series()
        bad = rows["line"].filter(read.is_null() & texts.is_not_null())
        if len(bad):
            raise DeliveryRefusedError(
                f"{self._file.path.name}, column {self._columns['run_date']}: {len(bad):,} cells "
                f"are no day of the calendar ({told_lines(bad)}); write days as "
                f"{date(2026, 12, 31)} or 31.12.2026"
            )
        return read

    def _replicate(self, rows: pl.DataFrame) -> pl.Series:
        read = rows["replicate"].cast(pl.Int16, strict=False)
        bad = rows["line"].filter(read.is_null() & rows["replicate"].is_not_null())
        if len(bad):
            raise DeliveryRefusedError(
                f"{self._file.path.name}, column {self._columns['replicate']}: {len(bad):,} cells "
                f"are no number of a replicate ({told_lines(bad)}); write 1, 2, 3"
            )
        return read.fill_null(1)

    def _refuse_empty(self, rows: pl.DataFrame) -> None:
        for ours in ("sample_code", "analyte_code"):
            bad = rows["line"].filter(rows[ours].is_null() | (rows[ours] == ""))
            if len(bad):
                raise DeliveryRefusedError(
                    f"{self._file.path.name}, column {self._columns[ours]}: {len(bad):,} rows name "
                    f"none ({told_lines(bad)}); fill merged cells down, or send the file again if "
                    "it was cut off"
                )

    def _has_commas(self) -> bool:
        """Tell whether numbers of the file are written with decimal commas."""
        rows = next(read_rows(self._file, [self._columns["value"]]), None)
        if rows is None:
            return False
        cells = rows.to_series(1).str.strip_chars()
        return bool(cells.str.contains(r"^[<>]? ?-?[0-9]*,[0-9]+$").any())


def _header(path: Path) -> dict[str, str]:
    """Return our name of each known column → the header's, the first alias first."""
    lines = head_lines(path, 1)
    if not lines or not lines[0]:
        return {}
    try:
        header = open_delimited(path).header
    except DeliveryRefusedError:
        header = ()
    known = {"".join(c for c in name.lower() if c.isalnum()): name for name in reversed(header)}
    found = {
        ours: next((known[alias] for alias in aliases if alias in known), None)
        for ours, aliases in COLUMNS.items()
    }
    return {ours: theirs for ours, theirs in found.items() if theirs is not None}


def _kind() -> pl.Expr:
    """Return what kind of sample a row is of: as stated, else by its code."""
    stated = pl.col("sample_kind").str.to_lowercase()
    is_known = stated.is_in([*CONTROLS, "sample"])
    return pl.coalesce(pl.when(is_known).then(stated), control_kind("sample_code"))


def _first_known(one: pl.Series, other: pl.Series) -> pl.Series:
    return one.zip_with(one.is_not_null(), other)


def _nulls(like: pl.Series) -> pl.Series:
    return pl.Series(like.name, [None] * len(like), dtype=like.dtype)


FORMAT = Format(
    name="long_csv",
    title="Long delimited text of targeted chemicals, hormones and antibodies",
    layouts={
        LAYOUT: "one row per sample and analyte under a header that names sample, analyte and value"
    },
    suffixes=(".csv", ".tsv", ".txt"),
    recognise=recognise,
    read=read,
    seen=seen,
)
