"""Sheets of workbooks as tables of text, with the place of each cell."""

import zipfile
from pathlib import Path

import fastexcel
import openpyxl
import polars as pl

from janus_warehouse.errors import DeliveryRefusedError


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
    except (fastexcel.FastExcelError, OSError, ValueError):
        raise DeliveryRefusedError(
            f"{path.name}: the workbook is damaged or cut off, or has no sheet {sheet}; send it "
            "again as the instrument's program wrote it"
        ) from None
    return found.rename({name: f"c{n}" for n, name in enumerate(found.columns)})


def refuse_merged_cells(path: Path, sheet: str | int = 0) -> None:
    """Refuse a sheet with merged cells: all but the first of them are empty.

    Raises:
        DeliveryRefusedError: There are some; says where.
    """
    try:
        book = openpyxl.load_workbook(path)
        found = book.worksheets[sheet] if isinstance(sheet, int) else book[sheet]
    except (OSError, KeyError, ValueError, IndexError, zipfile.BadZipFile):
        raise DeliveryRefusedError(
            f"{path.name}: the workbook is damaged or cut off; send it again"
        ) from None
    places = sorted(str(place) for place in found.merged_cells.ranges)
    if places:
        shown = ", ".join(places[:5]) + (", …" if len(places) > 5 else "")
        raise DeliveryRefusedError(
            f"{path.name}: {len(places):,} merged cells ({shown}); split them and write the value "
            "into each, or send the file as the instrument's program wrote it"
        )
