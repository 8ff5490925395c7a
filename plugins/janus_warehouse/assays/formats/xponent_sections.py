"""The sections of a batch export of xPONENT, each a small table in one text file."""

import csv
import gzip
import io
import re
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

from janus_warehouse.assays.formats.delimited import DELIMITERS, head_lines
from janus_warehouse.deliveries.readers.source import open_content
from janus_warehouse.errors import DeliveryRefusedError

_Row = tuple[int, int, list[str]]
"""Line, cells as they stand there, cells without the empty ones behind the last."""

MARKER = "datatype:"
END = "-- crc --"
"""What the program writes when it has written everything."""

_COMMA = re.compile(r"^[<>]? ?-?[0-9]*,[0-9]+$")


@dataclass(frozen=True)
class Section:
    """One table: its name, its header with the header's line, its rows with their lines."""

    name: str
    header: list[str]
    line: int
    rows: list[list[str]]
    lines: list[int]

    @property
    def is_by_well(self) -> bool:
        """Whether each row is a well and each column one of its analytes or figures."""
        names = [cell.lower() for cell in self.header]
        return names[:1] == ["location"] and "message" not in names

    def column(self, name: str) -> list[str]:
        """Return the cells of a column, by its name in lower case; empty ones if it is none."""
        names = [cell.lower() for cell in self.header]
        if name not in names:
            return [""] * len(self.rows)
        at = names.index(name)
        return [row[at] for row in self.rows]

    def cells(self, columns: list[str]) -> list[str]:
        """Return the cells of some columns, row by row."""
        places = [self.header.index(name) for name in columns]
        return [row[at] for row in self.rows for at in places]


@dataclass(frozen=True)
class Export:
    """A batch export.

    Attributes:
        header: First cell in lower case → the other cells, of the lines above the sections.
        sections: Name in lower case → section.
        is_whole: Whether the program's mark of the end is there.
        delimiter: Between the cells.
    """

    header: dict[str, list[str]]
    sections: dict[str, Section]
    is_whole: bool
    delimiter: str

    def told(self, name: str) -> str | None:
        """Return the first cell beside a name of the header; None where it is empty."""
        cells = self.header.get(name, [])
        return cells[0] if cells and cells[0] and cells[0] != "<None>" else None

    @cached_property
    def decimal(self) -> str:
        """The decimal mark: a comma where cells are not separated by commas and some have one."""
        cells = (c for s in self.sections.values() if s.is_by_well for row in s.rows for c in row)
        has_commas = self.delimiter != "," and any(map(_COMMA.match, cells))
        return "," if has_commas else "."

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return the export in a file. It is of a plate or a few, so it is read as a whole.

        Raises:
            DeliveryRefusedError: A section is twice there, a row has other cells than the header
                of its section, or the file is damaged.
        """
        delimiter = max(DELIMITERS, key=head_lines(path, 1)[0].count)
        rows = _rows(path, delimiter)
        header: dict[str, list[str]] = {}
        sections: dict[str, Section] = {}
        is_whole, at = False, 0
        while at < len(rows):
            line, _, cells = rows[at]
            at += 1
            if not cells:
                continue
            first = cells[0].lower()
            if first == END:
                is_whole = True
            elif first == MARKER:
                name = cells[1] if len(cells) > 1 else ""
                end = _end(rows, at)
                if name.lower() in sections:
                    raise DeliveryRefusedError(
                        f"{path.name}, line {line}: section {name} stands twice; export every "
                        "batch into a file of its own"
                    )
                sections[name.lower()] = _section(path, name, rows[at:end])
                at = end
            elif not sections:
                header.setdefault(first, cells[1:])
        return cls(header, sections, is_whole, delimiter)


def _rows(path: Path, delimiter: str) -> list[_Row]:
    try:
        with open_content(path) as handle:
            data = handle.read()
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise DeliveryRefusedError(
            f"{path.name}: the packed file is cut off or damaged; pack it again and send it again"
        ) from None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows = []
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            while stripped and not stripped[-1]:
                stripped.pop()
            rows.append((reader.line_num, len(cells), stripped))
    except csv.Error:
        raise DeliveryRefusedError(
            f"{path.name}, line {reader.line_num}: a quote is not closed, or the file was cut off "
            "here; export it again"
        ) from None
    return rows


def _end(rows: list[_Row], at: int) -> int:
    """Return where a section ends: before an empty row, the next section, or the end."""
    while at < len(rows) and rows[at][2] and rows[at][2][0].lower() not in (MARKER, END):
        at += 1
    return at


def _section(path: Path, name: str, rows: list[_Row]) -> Section:
    if not rows:
        return Section(name, [], 0, [], [])
    (line, _, header), body = rows[0], rows[1:]
    doubled = sorted({cell for cell in header if cell and header.count(cell) > 1})
    if doubled or "" in header:
        what = f"{', '.join(doubled)} stands twice" if doubled else "a column has no name"
        raise DeliveryRefusedError(
            f"{path.name}, line {line}, section {name}: {what} in the header; name every analyte "
            "once"
        )
    width = len(header)
    uneven = [
        (at, max(standing if standing < width else 0, len(cells)))
        for at, standing, cells in body
        if standing < width or len(cells) > width
    ]
    if uneven:
        raise DeliveryRefusedError(
            f"{path.name}, line {uneven[0][0]}, section {name}: expected {width} cells as in the "
            f"header, found {uneven[0][1]}; export the batch again, or send the file again if it "
            "was cut off"
        )
    full = [cells + [""] * (width - len(cells)) for *_, cells in body]
    return Section(name, header, line, full, [at for at, *_ in body])
