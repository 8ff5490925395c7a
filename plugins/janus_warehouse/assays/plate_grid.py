"""The wells of a plate as places of a drawing: rows by letter, columns by number."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape

_ROWS = "ABCDEFGHIJKLMNOP"
_GAP, _LEFT, _TOP = 2, 20, 18
_SMALLER = 0.62
"""Size of a well of 384 beside one of 96."""


@dataclass(frozen=True)
class PlateGrid:
    """A plate of 96 or 384 wells.

    Attributes:
        rows: 8 or 16.
        columns: 12 or 24.
        size: Edge of a well in the drawing.
    """

    rows: int
    columns: int
    size: float

    @classmethod
    def holding(cls, places: Iterable[tuple[int, int]], cell: float) -> "PlateGrid":
        """Return the plate that has these places, its wells of the size `cell` if it has 96."""
        if any(row > 7 or column > 11 for row, column in places):
            return cls(16, 24, cell * _SMALLER)
        return cls(8, 12, cell)

    def wells(self) -> Iterator[tuple[tuple[int, int], str, tuple[float, float]]]:
        """Yield place, name and upper left corner of each well, row by row."""
        step = self.size + _GAP
        for row in range(self.rows):
            for column in range(self.columns):
                corner = (_LEFT + column * step, _TOP + row * step)
                yield (row, column), f"{_ROWS[row]}{column + 1:02d}", corner

    def svg(self, label: str, wells: Iterable[str]) -> str:
        """Return the drawing with the names of rows and columns around the wells.

        Args:
            label: What it shows, in words.
            wells: What is drawn for each, as SVG.
        """
        step = self.size + _GAP
        names = [
            f'<text x="{_LEFT + column * step + self.size / 2:.1f}" y="{_TOP - 5}" '
            f'text-anchor="middle">{column + 1}</text>'
            for column in range(self.columns)
        ] + [
            f'<text x="{_LEFT - 5}" y="{_TOP + row * step + self.size * 0.7:.1f}" '
            f'text-anchor="end">{_ROWS[row]}</text>'
            for row in range(self.rows)
        ]
        width, height = _LEFT + self.columns * step, _TOP + self.rows * step
        return (
            f'<svg viewBox="0 0 {width:.0f} {height:.0f}" role="img" '
            f'aria-label="{escape(label)}" font-size="8" fill="#5a6b7b">'
            f"{''.join([*names, *wells])}</svg>"
        )


def place_of(well: str) -> tuple[int, int] | None:
    """Return row and column from 0, None for what is no well."""
    row, column = well[:1].upper(), well[1:]
    if row not in _ROWS or not row or not column.isdigit() or not 1 <= int(column) <= 24:
        return None
    return _ROWS.index(row), int(column) - 1
