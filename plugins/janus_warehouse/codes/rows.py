"""Reading what somebody pipes into a tool: CSV as text, or an error that says where it breaks."""

import csv
import io
import re

import polars as pl

from janus_warehouse.codes.tool import UnreadableRowsError

DELIMITERS = ",;\t|"


def delimiter_of(given: bytes) -> str:
    """Return the delimiter that is most frequent in the header, outside quotes."""
    header = re.sub(r'"[^"]*"', "", _header_line(given))
    return max(DELIMITERS, key=header.count)


def read_rows(given: bytes, delimiter: str) -> pl.DataFrame:
    """Return the rows with every cell as text; an empty cell is missing.

    Raises:
        UnreadableRowsError: It is no CSV in UTF-8 with a header. The error tells the line and
            nothing of what stands there, for the cells may be of persons.
    """
    text = _text(given)
    names = next(csv.reader(io.StringIO(text), delimiter=delimiter), [])
    _check_names(names)
    if len(names) > 1:
        # An empty line at the end is no row; in a file of one column it is an empty cell.
        text = text.rstrip("\r\n") + "\n"
    try:
        return pl.read_csv(io.BytesIO(text.encode()), separator=delimiter, infer_schema=False)
    except (pl.exceptions.PolarsError, ValueError):
        raise UnreadableRowsError(
            f"expected CSV with {_count(len(names), 'cell')} in each line, as in the header; "
            f"{_fault(text, delimiter, len(names))}. Put cells that hold the delimiter or a line "
            "end in double quotes, and double the quotes within them"
        ) from None


def _text(given: bytes) -> str:
    if not given.strip():
        raise UnreadableRowsError(
            "expected CSV with a header in line 1 on standard input; it is empty. Example: "
            "janus codes primaries < tumours.csv"
        )
    try:
        text = given.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = given.count(b"\n", 0, error.start) + 1
        raise UnreadableRowsError(
            f"expected CSV in UTF-8 on standard input; line {line} is in another encoding. Save "
            "the file as UTF-8, or pipe it through iconv: iconv -f WINDOWS-1252 -t UTF-8"
        ) from None
    if "\0" in text:
        raise UnreadableRowsError(
            "expected CSV in UTF-8 on standard input, found zero bytes, as in UTF-16 or a file of "
            "a spreadsheet program. Save the file as CSV in UTF-8"
        )
    return text


def _check_names(names: list[str]) -> None:
    plain = [name.strip().lower() for name in names]
    repeated = sorted({name for name in plain if name and plain.count(name) > 1})
    if repeated:
        raise UnreadableRowsError(
            f"expected each column once, found {', '.join(repeated)} several times in line 1. "
            "Rename all but one"
        )


def _fault(text: str, delimiter: str, width: int) -> str:
    """Return where the text stops being CSV, as far as that can be told."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    start = 1
    try:
        for cells in reader:
            if len(cells) > width:
                return f"line {start} has {len(cells)}"
            start = reader.line_num + 1
    except csv.Error:
        return f"a quote that opens in line {start} is not closed as it should be"
    return "it cannot be read"


def _header_line(given: bytes) -> str:
    return given.split(b"\n", 1)[0].decode("utf-8", errors="replace")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
