"""The text of an ADAT file: its blocks, and its rows some at a time."""

import gzip
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from janus_warehouse.assays.formats.delimited import encoding_of
from janus_warehouse.deliveries.readers.source import open_content
from janus_warehouse.errors import DeliveryRefusedError

_CELLS = 1_000_000
_BLOCKS = ("^HEADER", "^COL_DATA", "^ROW_DATA", "^TABLE_BEGIN")


@dataclass(frozen=True)
class AdatText:
    """What stands around the values.

    Attributes:
        path: The file.
        encoding: Of its text.
        header: Name → text of each line of `^HEADER`.
        above: Name of each row above the values → its cells.
        beside: Name of each column beside the values.
        first_line: Line of the first row of values.
    """

    path: Path
    encoding: str
    header: Mapping[str, str]
    above: Mapping[str, list[str]]
    beside: tuple[str, ...]
    first_line: int

    @property
    def columns(self) -> list[str]:
        """Return how the columns of values are called in the blocks of `read_blocks`."""
        return [f"v{n}" for n in range(len(next(iter(self.above.values()))))]


def open_adat(path: Path) -> AdatText:
    """Return what stands around the values of an ADAT.

    Raises:
        DeliveryRefusedError: A block is missing or contradicts another, or the file ends early.
    """
    encoding = encoding_of(path)
    lines = (line.decode(encoding, "replace") for line in _lines(path))
    block, header, named = "", {}, dict[str, list[str]]()
    found: list[str] = []
    at = 0
    while True:
        at += 1
        line = next(lines, None)
        if line is None:
            raise _cut(path, f"no {next(b for b in _BLOCKS if b not in found)}" if found else "it")
        cells = line.removeprefix("\ufeff").split("\t")
        if cells[0] in _BLOCKS:
            block = cells[0]
            found.append(block)
            if block == "^TABLE_BEGIN":
                break
        elif block == "^HEADER":
            header[cells[0].removeprefix("!")] = "\t".join(cells[1:]).strip()
        elif cells[0] == "!Name":
            named[block] = [cell.strip() for cell in cells[1:]]
    if tuple(found) != _BLOCKS or not all(named.get(b) for b in ("^COL_DATA", "^ROW_DATA")):
        raise DeliveryRefusedError(
            f"{path.name}: expected the blocks {', '.join(_BLOCKS)} once each and in this order, "
            f"with a line !Name in ^COL_DATA and ^ROW_DATA, found {', '.join(found)}; send the "
            "ADAT as it was made"
        )
    beside = tuple(named["^ROW_DATA"])
    _refuse_doubled(path, (*beside, *named["^COL_DATA"]))
    above: dict[str, list[str]] = {}
    for name in named["^COL_DATA"]:
        at += 1
        above[name] = _cells_above(path, next(lines, None), at, len(beside), name, above)
    at += 1
    heading = (next(lines, None) or "").split("\t")[: len(beside)]
    if tuple(cell.strip() for cell in heading) != beside:
        raise DeliveryRefusedError(
            f"{path.name}, line {at}: expected the {len(beside)} names of ^ROW_DATA in their "
            "order above the samples, found others; send the ADAT as it was made"
        )
    return AdatText(path, encoding, header, above, beside, at + 1)


def _cells_above(
    path: Path, line: str | None, at: int, beside: int, name: str, above: Mapping[str, list[str]]
) -> list[str]:
    cells = (line or "").split("\t")
    expected = len(next(iter(above.values()))) if above else len(cells) - beside - 1
    if len(cells) - beside - 1 != expected or expected < 1 or cells[beside].strip() != name:
        raise DeliveryRefusedError(
            f"{path.name}, line {at}: expected {name} in cell {beside + 1} and {max(expected, 1):,}"
            f" cells behind it, found {max(len(cells) - beside - 1, 0):,} behind it; send the ADAT "
            "as it was made, or again if it was cut off"
        )
    return [cell.strip() for cell in cells[beside + 1 :]]


def read_blocks(text: AdatText) -> Iterator[pl.DataFrame]:
    """Yield rows as text: `line`, the columns beside the values, and `v0`, `v1`, ….

    Raises:
        DeliveryRefusedError: A row has other cells than the table, or there is none.
    """
    names = [*text.beside, "", *text.columns]
    step = max(_CELLS // len(names), 1)
    rows: list[bytes] = []
    at, has_rows = text.first_line, False
    for number, line in enumerate(_lines(text.path), 1):
        if number < text.first_line:
            continue
        if (cells := line.count(b"\t") + 1) != len(names):
            raise DeliveryRefusedError(
                f"{text.path.name}, line {number}: expected {len(names):,} cells as above the "
                f"samples, found {cells:,}; send the ADAT again if it was cut off"
            )
        rows.append(line)
        has_rows = True
        if len(rows) == step:
            yield _frame(text, rows, names, at)
            at += len(rows)
            rows = []
    if rows:
        yield _frame(text, rows, names, at)
    if not has_rows:
        raise _cut(text.path, "no row of values")


def _frame(text: AdatText, rows: list[bytes], names: list[str], at: int) -> pl.DataFrame:
    data = b"\n".join(rows).decode(text.encoding, "replace").encode()
    frame = pl.read_csv(
        data, separator="\t", has_header=False, quote_char=None,
        schema=dict.fromkeys(names, pl.String),
    )  # fmt: skip
    return frame.with_columns(pl.all().str.strip_chars()).with_row_index("line", at)


def _lines(path: Path) -> Iterator[bytes]:
    """Yield lines without their ends.

    Raises:
        DeliveryRefusedError: The packed file is damaged, or the last line has no end.
    """
    rest = b""
    try:
        with open_content(path) as handle:
            while chunk := handle.read(1 << 20):
                *whole, rest = (rest + chunk).split(b"\n")
                yield from (line.removesuffix(b"\r") for line in whole)
    except (OSError, EOFError, gzip.BadGzipFile, zlib.error):
        raise _cut(path, "a packed file that cannot be unpacked") from None
    if rest:
        raise _cut(path, "a last line without an end")


def _cut(path: Path, found: str) -> DeliveryRefusedError:
    return DeliveryRefusedError(
        f"{path.name}: the file is cut off: found {found}; send the ADAT again as it was made"
    )


def _refuse_doubled(path: Path, names: tuple[str, ...]) -> None:
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled or "" in names:
        raise DeliveryRefusedError(
            f"{path.name}: {', '.join(doubled) or 'an empty name'} stands twice or is empty in "
            "^ROW_DATA and ^COL_DATA; name every column once"
        )
