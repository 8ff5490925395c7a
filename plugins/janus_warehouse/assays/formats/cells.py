"""Cells of laboratory files: numbers, what stands in their place, names that a program spoilt."""

from pathlib import Path

import polars as pl

from janus_warehouse.assays.dictionary.excel_dates import excel_date_name
from janus_warehouse.errors import DeliveryRefusedError

MISSING_WORDS = (
    "na", "n/a", "#n/a", "n.a.", "nd", "n.d.", "missing", "null", "none", ".", "-", "--",
    "empty", "not measured", "no sample", "insufficient", "qns",
)  # fmt: skip
"""Words for a value that is not there, in lower case."""

NO_NUMBERS = ("nan", "inf", "-inf", "+inf", "infinity", "-infinity", "1.#inf", "1.#qnan")
"""What programs write when a computation has failed: there is no value."""

_NUMBER = r"[+-]?(?:[0-9]+(?:[.][0-9]*)?|[.][0-9]+)(?:[eE][+-]?[0-9]+)?"
_IS_NUMBER = f"^{_NUMBER}$"
_IS_BOUND = f"^([<>])(=?) ?({_NUMBER})$"
_SHOWN = 5


def read_cells(texts: pl.Series, *, decimal: str = ".") -> pl.DataFrame:
    """Return cells as numbers with what stands in their place.

    Args:
        texts: The cells; null for an empty one.
        decimal: `.` or `,`.

    Returns:
        One row per cell: `value` (float64 or null), `value_text` (what is no number), `status`
        (null where it is a plain number), `lod` and `uloq` as `<0.05` and `>90` tell them, and
        `is_unread` where the text is neither a number nor a known word.
    """
    # Nearly all cells are plain numbers, and the regular expressions take ten times as long.
    cells = pl.DataFrame({"cell": texts.cast(pl.String)}).with_row_index("row")
    read = cells.with_columns(value=_plain_numbers(decimal))
    is_plain = pl.col("value").is_not_null()
    others = _read_others(read.filter(~is_plain).drop("value"), decimal)
    if others.height == read.height:
        return others.drop("row")
    plain = read.filter(is_plain).select("row", "value", is_unread=pl.lit(False))
    return pl.concat([others, plain], how="diagonal").sort("row").drop("row")


def _plain_numbers(decimal: str) -> pl.Expr:
    """Return the cells that are numbers and nothing else; null where that takes a closer look."""
    cell = pl.col("cell").str.strip_chars()
    if decimal == ",":
        # A point in such a file groups thousands or is a mistake: nobody can know.
        cell = pl.when(~cell.str.contains(".", literal=True)).then(
            cell.str.replace(",", ".", literal=True)
        )
    number = cell.cast(pl.Float64, strict=False)
    return pl.when(number.is_finite()).then(number)


def _read_others(cells: pl.DataFrame, decimal: str) -> pl.DataFrame:
    """Return row, and what `read_cells` does, of cells that are no plain numbers."""
    cell = pl.col("cell").str.strip_chars()
    plain = cell.str.replace(",", ".", literal=True) if decimal == "," else cell
    lower = cell.str.to_lowercase()
    bound = plain.str.extract(_IS_BOUND, 3).cast(pl.Float64, strict=False)
    sign = plain.str.extract(_IS_BOUND, 1)
    is_number = plain.str.contains(_IS_NUMBER).fill_null(False)
    if decimal == ",":
        is_number = is_number & ~cell.str.contains(".", literal=True).fill_null(False)
    is_word = (lower.is_in(MISSING_WORDS) | lower.is_in(NO_NUMBERS)).fill_null(False)
    is_empty = cell.is_null() | (cell == "")
    value = pl.when(is_number).then(plain.cast(pl.Float64, strict=False))
    # 1e999 reads as a number and is none.
    value = pl.when(value.is_finite()).then(value)
    return cells.select(
        "row", value=value,
        value_text=pl.when(~is_number & ~is_empty | is_number & value.is_null()).then(cell),
        status=pl.when(sign == "<").then(pl.lit("below_lod"))
        .when(sign == ">").then(pl.lit("above_uloq"))
        .when(is_empty | is_word | is_number & value.is_null()).then(pl.lit("missing")),
        lod=pl.when(sign == "<").then(bound),
        uloq=pl.when(sign == ">").then(bound),
        is_unread=~(is_number | is_word | is_empty | bound.is_not_null()),
    )  # fmt: skip


def judged(lod: str = "lod", lloq: str = "lloq", uloq: str = "uloq") -> pl.Expr:
    """Return the status of a plain number by its limits."""
    return (
        pl.when(pl.col("value") < pl.col(lod)).then(pl.lit("below_lod"))
        .when(pl.col("value") < pl.col(lloq)).then(pl.lit("below_lloq"))
        .when(pl.col("value") > pl.col(uloq)).then(pl.lit("above_uloq"))
        .otherwise(pl.lit("detected"))
    )  # fmt: skip


def refuse_unread(path: Path, column: str, lines: pl.Series, cells: pl.Series) -> None:
    """Refuse a file for cells of numbers that hold neither a number nor a known word.

    Args:
        path: The file.
        column: How the message calls the place.
        lines: Line of each unread cell.
        cells: Their texts; only whether they look like numbers with a comma is told.

    Raises:
        DeliveryRefusedError: There are such cells.
    """
    if not len(lines):
        return
    commas = cells.str.contains(r"^[<>]? ?-?[0-9]+,[0-9]+$").sum()
    mend = "write a number, or leave the cell empty where there is none"
    if commas:
        mend = (
            f"{commas:,} of them have a decimal comma: write points, or commas in every cell of a "
            "file whose cells are not separated by commas"
        )
    raise DeliveryRefusedError(
        f"{path.name}, {column}: {len(lines):,} cells hold neither a number nor a word for a "
        f"missing value ({told_lines(lines)}); {mend}"
    )


def told_lines(lines: pl.Series) -> str:
    """Return the first lines in words: `lines 2, 3, 4 and 7 more`."""
    shown = ", ".join(map(str, lines.head(_SHOWN).to_list()))
    more = f" and {len(lines) - _SHOWN:,} more" if len(lines) > _SHOWN else ""
    return f"{'line' if len(lines) == 1 else 'lines'} {shown}{more}"


def refuse_spoilt_names(path: Path, column: str, names: pl.Series, lines: pl.Series) -> None:
    """Refuse a file in which a spreadsheet has turned names of analytes into dates.

    Raises:
        DeliveryRefusedError: There are such names; says which genes they probably were.
    """
    spoilt = [(n, g, line) for n, line in zip(names, lines, strict=True)
              if n is not None and (g := excel_date_name(n)) is not None]  # fmt: skip
    if spoilt:
        told = ", ".join(f"line {line}: {n}, probably {g}" for n, g, line in spoilt[:_SHOWN])
        raise DeliveryRefusedError(
            f"{path.name}, {column}: {len(spoilt):,} names of analytes are dates, which a "
            f"spreadsheet makes of them ({told}); send the file as the instrument's program "
            "wrote it, not opened and saved in a spreadsheet"
        )
