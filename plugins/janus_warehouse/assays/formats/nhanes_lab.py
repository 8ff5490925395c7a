"""Laboratory tables of NHANES: a column of numbers, beside it the laboratory's comment.

The comment code says which numbers lie below the limit of detection. The number there is the limit
over the root of two: it is kept as the file has it, and never taken for a measurement.
"""

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa

from janus_warehouse.assays.errors import UnknownLayoutError
from janus_warehouse.assays.formats.cells import told_lines
from janus_warehouse.assays.formats.delimited import open_delimited, read_rows
from janus_warehouse.assays.formats.format import Format
from janus_warehouse.assays.formats.grid import grid_values, refuse_doubled, refuse_without_code
from janus_warehouse.assays.formats.nhanes_facts import FILL_VALUES, LIMITS, UNITS
from janus_warehouse.assays.formats.tables import conform
from janus_warehouse.assays.tables import ANALYTES, QC, SAMPLES, AssayFile
from janus_warehouse.deliveries.readers.xpt import open_xpt
from janus_warehouse.errors import DeliveryRefusedError

SAMPLE_COLUMNS = ("SEQN", "SAMPLEID")
"""Number of the participant, or of the pooled serum of several."""

NO_RESULTS = re.compile(r"WTS.*|KI[QD]\d{3}|RIAGENDR|ETHNICTY|RIDAGGRP|RIDRETH\d|RIANSMP")
"""Columns about weights, answers and persons: no result of a laboratory."""


@dataclass(frozen=True)
class Pair:
    """Columns of numbers, how the column with their comment is called, and their unit.

    Attributes:
        value: Form of the name; its first group names the substance.
        comment: Name of the comment's column, `{}` for the substance; None without one.
        unit: Unit in all columns of the form; None where `UNITS` has one for each.
    """

    value: str
    comment: str | None
    unit: str | None


_PFAS = "PFOA|PFOS|PFHS|EPAH|MPAH|PFDE|PFBS|PFHP|PFNA|PFSA|PFUA|PFDO"
# Dioxins, furans and the PCBs without chlorine in the ortho places: in fg, and in pg per g lipid.
_TRACES = "D0[1-7]|F0[1-9]|F10|PCB|TC2|HXC|TCD"
_CHLORINATED = (
    r"\d{3}|BHC|GHC|HCB|HPE|MIR|ODT|OXY|PDE|PDT|TNA|ALD|DIE|END|BB1|BR[1-9]"  # PCB, DDT, PBDE
)
_LEAD = "LB[XCD]"
PAIRS: Mapping[str, tuple[Pair, ...]] = {
    "pfas": (Pair(f"LBX({_PFAS})", "LBD{}L", "ng/mL"),),
    "surplus_pfas": (Pair(f"S({_PFAS})", "S{}LC", "ng/mL"),),
    "organochlorines": (
        Pair(f"{_LEAD}({_TRACES})", "LBD{}LC", "fg/g"),
        Pair(f"{_LEAD}({_TRACES})LA", "LBD{}LC", "pg/g{lipid}"),
        Pair("LBX(BR66)", "LBD{}C", "ng/g"),
        Pair("LBX(BR66)L", "LBD{}C", "ng/g{lipid}"),
        Pair(f"{_LEAD}({_CHLORINATED})", "LBD{}LC", "ng/g"),
        Pair(f"{_LEAD}({_CHLORINATED})LA", "LBD{}LC", "ng/g{lipid}"),
    ),
    "single": (
        Pair("LBX(COT)", "LBD{}LC", "ng/mL"),
        Pair("URX(NAL)", "URD{}LC", "ng/mL"),
        Pair("(" + "|".join(UNITS) + ")", None, None),
    ),
}
"""Layout → its columns of numbers. A comment's column that a table lacks is done without."""

COMMENTS = {"0": "detected", "1": "below_lod"}
"""Code → status. It is kept where the number contradicts it: in L24PFC_C 60 numbers have the code 0
and lie below the table's limit, which the quality figures tell."""


@dataclass(frozen=True)
class _Column:
    name: str
    comment: str | None
    unit: str
    layout: str


def recognise(path: Path) -> str | None:
    """Return the layout of a table whose first column is SEQN or SAMPLEID."""
    try:
        header = _header(path)
    except DeliveryRefusedError:
        return None
    if not header or header[0] not in SAMPLE_COLUMNS:
        return None
    found = [column.layout for name in header if (column := _column(name, header)) is not None]
    return max(found, key=found.count) if found else None


def seen(path: Path) -> str:
    """Return what the header begins with."""
    try:
        return "a header that begins with " + ", ".join(_header(path)[:6])
    except DeliveryRefusedError:
        return "no table that can be read"


def read(path: Path, layout: str) -> AssayFile:
    """Return a laboratory table as the four tables; see `reading.read_file`."""
    header = _header(path)
    refuse_doubled(path, "columns", header, mend="name every column once")
    columns = [column for name in header if (column := _column(name, header)) is not None]
    _refuse_unknown(path, header, columns)
    rows = [block.select("line", code=header[0]) for block in _blocks(path, header)]
    if not rows:
        raise DeliveryRefusedError(f"{path.name}: a header and no rows; send the file again")
    codes = pl.concat(rows)
    refuse_without_code(path, header[0], codes["line"], codes["code"])
    refuse_doubled(path, header[0], codes["code"].to_list(), mend="a participant has one row")
    limits = LIMITS.get(_table(path), {})
    analytes = pl.DataFrame({
        "analyte_code": [c.name for c in columns], "unit": [c.unit for c in columns],
        "lod": [limits.get(c.name) for c in columns],
    }, schema_overrides={"lod": pl.Float64})  # fmt: skip
    samples = codes.select(sample_code="code", sample_kind=pl.lit("sample"), replicate=pl.lit(1))
    return AssayFile(
        format=FORMAT.name, layout=layout,
        samples=conform(samples, SAMPLES), analytes=conform(analytes, ANALYTES),
        qc=conform(_contradictions(path, header, columns), QC),
        values=_values(path, header, columns),
    )  # fmt: skip


def _table(path: Path) -> str:
    """Return the name of the table, which the survey gives to the file: `PFC_D`."""
    return path.name.split(".")[0].upper()


def _header(path: Path) -> tuple[str, ...]:
    if ".xpt" in path.name.lower():
        return tuple(name.upper() for name in _opened(path).columns)
    return tuple(name.upper() for name in open_delimited(path).header)


def _column(name: str, header: tuple[str, ...]) -> _Column | None:
    for layout, pairs in PAIRS.items():
        for pair in pairs:
            if found := re.fullmatch(pair.value, name):
                comment = pair.comment.format(found[1]) if pair.comment else None
                comment = comment if comment in header else None
                return _Column(name, comment, pair.unit or UNITS[name], layout)
    return None


def _refuse_unknown(path: Path, header: tuple[str, ...], columns: list[_Column]) -> None:
    """Refuse a table with a column that is neither a result nor known not to be one."""
    known = {c.name for c in columns} | {c.comment for c in columns}
    unknown = [n for n in header[1:] if n not in known and not NO_RESULTS.fullmatch(n)]
    if unknown:
        raise UnknownLayoutError(
            f"{path.name}, line 1: {len(unknown)} columns are not known ({', '.join(unknown[:5])}"
            f"{', …' if len(unknown) > 5 else ''}); their unit and their comment's column belong "
            "into the layouts of nhanes_lab"
        )


def _opened(path: Path):  # type: ignore[no-untyped-def]
    try:
        return open_xpt(path, {})
    except (ValueError, OSError, EOFError):
        raise DeliveryRefusedError(
            f"{path.name}: expected a SAS transport file (XPORT), found a damaged one; send it "
            "again as it was published"
        ) from None


def _blocks(path: Path, header: tuple[str, ...]) -> Iterator[pl.DataFrame]:
    """Yield rows as text with their line; of a transport file the row with its header counted."""
    if ".xpt" not in path.name.lower():
        for block in read_rows(open_delimited(path)):
            yield block.rename(dict(zip(block.columns, ("line", *header), strict=True)))
        return
    line = 2
    for chunk in _opened(path).chunks:
        block = pl.read_csv(
            io.BytesIO(chunk), has_header=False, schema=dict.fromkeys(header, pl.String)
        )
        yield block.with_row_index("line", line).with_columns(pl.col("line").cast(pl.Int64))
        line += block.height


def _values(
    path: Path, header: tuple[str, ...], columns: list[_Column]
) -> Iterator[pa.RecordBatch]:
    names = [column.name for column in columns]
    limits = LIMITS.get(_table(path), {})
    first = 0
    for block in _blocks(path, header):
        lod = pl.concat([
            pl.Series([limits.get(name)], dtype=pl.Float64).new_from_index(0, block.height)
            for name in names
        ])  # fmt: skip
        status = pl.concat([_status(path, block, column) for column in columns])
        yield grid_values(
            path, block, names, "numbers", first_row=first, status=status, lod=lod
        )  # fmt: skip
        first += block.height


def _contradictions(path: Path, header: tuple[str, ...], columns: list[_Column]) -> pl.DataFrame:
    """Return how many numbers that are said to be above the limit lie below it."""
    limits = LIMITS.get(_table(path), {})
    above = {
        c.name: (pl.col(c.comment) == "0")
        & (pl.col(c.name).cast(pl.Float64, strict=False) < limits[c.name])
        for c in columns
        if c.comment is not None and c.name in limits
    }
    if not above:
        return pl.DataFrame(schema={"scope": pl.String})
    counts = pl.concat(
        [block.select(x.sum().alias(name) for name, x in above.items())
         for block in _blocks(path, header)]
    ).sum()  # fmt: skip
    return (
        counts.unpivot(variable_name="analyte_code", value_name="value")
        .filter(pl.col("value") > 0)
        .with_columns(scope=pl.lit("analyte"), metric=pl.lit("said_above_but_below_limit"))
    )


def _status(path: Path, block: pl.DataFrame, column: _Column) -> pl.Series:
    """Return what comment or codebook say of the numbers of a column; a number alone is found."""
    value = block[column.name].cast(pl.Float64, strict=False)
    if column.comment is None:
        fills = FILL_VALUES.get(_table(path), {}).get(column.name, ())
        below = pl.when(value.is_in(list(fills))).then(pl.lit("below_lod"))
        return pl.select(below.otherwise(pl.lit("detected"))).to_series()
    comment = block[column.comment].str.strip_chars().str.replace(r"\.0+$", "")
    # Some tables leave the comment out where there is no number.
    wrong = block["line"].filter(
        (comment.is_not_null() & ~comment.is_in(list(COMMENTS))).fill_null(False)
        | (comment.is_null() & value.is_not_null())
    )
    if len(wrong):
        raise DeliveryRefusedError(
            f"{path.name}, {column.comment}: {len(wrong):,} numbers have no comment code or one "
            f"that is not {' or '.join(COMMENTS)} ({told_lines(wrong)}); send the table as it was "
            "published"
        )
    return comment.replace_strict(COMMENTS, default=None, return_dtype=pl.String)


FORMAT = Format(
    name="nhanes_lab",
    title="Laboratory tables of the survey NHANES",
    layouts={
        "pfas": "SEQN, LBX… with a comment LBD…L beside each",
        "surplus_pfas": "SEQN, S… with a comment S…LC beside each",
        "organochlorines": "SEQN or SAMPLEID, LBX… and LBX…LA (by lipid) with a comment LBD…LC",
        "single": "SEQN and columns of single analyses, such as LBXCOT, LBXCRP, LBXP1",
    },
    suffixes=(".csv", ".xpt"),
    recognise=recognise,
    read=read,
    seen=seen,
)
