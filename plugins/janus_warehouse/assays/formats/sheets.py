"""Sheets of workbooks as tables of text, with the place of each cell."""

import zipfile
import zlib
from pathlib import Path

import fastexcel
import openpyxl
import polars as pl
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from janus_warehouse.errors import DeliveryRefusedError

# What the readers of workbooks raise when a file is damaged.
_DAMAGE = (
    OSError, KeyError, ValueError, IndexError, TypeError, AttributeError, EOFError, SyntaxError,
    NotImplementedError, zlib.error, zipfile.BadZipFile, InvalidFileException,
)  # fmt: skip


def sheet_names(path: Path) -> list[str]:
    """Return the names of a workbook's sheets; none of a file that is no workbook."""
    try:
        return list(fastexcel.read_excel(path).sheet_names)
    except (fastexcel.FastExcelError, OSError, ValueError):
        return []


def read_sheet(path: Path, sheet: str | int = 0, *, rows: int | None = None) -> pl.DataFrame:
    """Return a sheet as text: columns `c0`, `c1`, …; row n of the frame is row n + 1 of the sheet.

    Numbers are in the fewest digits that give the same number.

    Args:
        path: The workbook.
        sheet: Name or place of the sheet.
        rows: How many rows; by default all.

    Raises:
        DeliveryRefusedError: The workbook is damaged or cut off, or has no such sheet.
    """
    try:
        book = fastexcel.read_excel(path)
        found = book.load_sheet(
            sheet, header_row=None, skip_rows=0, n_rows=rows, dtypes="string"
        ).to_polars()
        numbers = book.load_sheet(
            sheet, header_row=None, skip_rows=0, n_rows=rows, dtypes="float"
        ).to_polars()
    except (fastexcel.FastExcelError, OSError, ValueError):
        raise DeliveryRefusedError(
            f"{path.name}: the workbook is damaged or cut off, or has no sheet {sheet}; send it "
            "again as the instrument's program wrote it"
        ) from None
    exact = [_exact(texts, numbers[name]) for name, texts in zip(found.columns, found, strict=True)]
    return pl.DataFrame(exact).rename({name: f"c{n}" for n, name in enumerate(found.columns)})


def _exact(texts: pl.Series, numbers: pl.Series) -> pl.Series:
    """Return the texts with those numbers in full that as text have nine decimals only."""
    if numbers.dtype != pl.Float64 or texts.dtype != pl.String:
        return texts.cast(pl.String)
    rounded = texts.cast(pl.Float64, strict=False)
    is_rounded = (rounded != numbers) & ((rounded - numbers).abs() < 1e-8)
    return texts.zip_with(~is_rounded.fill_null(False), numbers.cast(pl.String))


def open_book(path: Path) -> openpyxl.Workbook:
    """Return a workbook with its formats.

    Raises:
        DeliveryRefusedError: It is damaged or cut off.
    """
    try:
        return openpyxl.load_workbook(path, data_only=True)
    except _DAMAGE:
        raise DeliveryRefusedError(
            f"{path.name}: the workbook is damaged or cut off; send it again"
        ) from None


def refuse_merged_cells(path: Path, sheet: str | int = 0, *, from_row: int = 1) -> None:
    """Refuse a sheet with merged cells: all but the first of them are empty.

    Args:
        path: The workbook.
        sheet: Name or place of the sheet.
        from_row: Titles above this row may be merged.

    Raises:
        DeliveryRefusedError: There are some; says where.
    """
    refuse_merged(path, sheet_of(path, open_book(path), sheet), from_row)


def sheet_of(path: Path, book: openpyxl.Workbook, sheet: str | int) -> Worksheet:
    """Return a sheet of an opened workbook.

    Raises:
        DeliveryRefusedError: There is none of that name.
    """
    try:
        return book.worksheets[sheet] if isinstance(sheet, int) else book[sheet]
    except (KeyError, IndexError):
        raise DeliveryRefusedError(
            f"{path.name}: the workbook is damaged or has no sheet {sheet}; send it again"
        ) from None


def refuse_merged(path: Path, sheet: Worksheet, from_row: int = 1) -> None:
    """Refuse an opened sheet with merged cells; see `refuse_merged_cells`."""
    places = sorted(str(place) for place in sheet.merged_cells.ranges if place.max_row >= from_row)
    if places:
        shown = ", ".join(places[:5]) + (", …" if len(places) > 5 else "")
        raise DeliveryRefusedError(
            f"{path.name}: {len(places):,} merged cells ({shown}); split them and write the value "
            "into each, or send the file as the instrument's program wrote it"
        )
