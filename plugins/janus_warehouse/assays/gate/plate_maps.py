"""Plates as small pictures: which wells are in use, and in which of them lines fail."""

from html import escape

_ROWS = "ABCDEFGHIJKLMNOP"
_SIZE, _GAP = 17, 2
_LEFT, _TOP = 20, 18
_USED, _EMPTY = "#d9e6f2", "#f3f5f7"
_FAILING = ("#f6c28b", "#ec8f4f", "#d9552f", "#a51c1c")
"""From one failing line to many."""


def plate_map(plate: str, wells: dict[str, int]) -> str:
    """Return a plate as SVG.

    Args:
        plate: Its name.
        wells: Failing lines by well, for every well in use.
    """
    placed = {at: n for name, n in wells.items() if (at := place_of(name)) is not None}
    large = any(row > 7 or column > 11 for row, column in placed)
    rows, columns = (16, 24) if large else (8, 12)
    size = _SIZE * 0.62 if large else _SIZE
    step = size + _GAP
    most = max(placed.values(), default=0)
    cells = [
        f'<text x="{_LEFT + column * step + size / 2:.1f}" y="{_TOP - 5}" '
        f'text-anchor="middle">{column + 1}</text>'
        for column in range(columns)
    ] + [
        f'<text x="{_LEFT - 5}" y="{_TOP + row * step + size * 0.72:.1f}" '
        f'text-anchor="end">{_ROWS[row]}</text>'
        for row in range(rows)
    ]
    for row in range(rows):
        for column in range(columns):
            failing = placed.get((row, column))
            name = f"{_ROWS[row]}{column + 1:02d}"
            words = "not in use" if failing is None else f"{failing:,} failing"
            cells.append(
                f'<rect x="{_LEFT + column * step:.1f}" y="{_TOP + row * step:.1f}" '
                f'width="{size:.1f}" height="{size:.1f}" rx="3" fill="{_colour(failing, most)}">'
                f"<title>{name}: {words}</title></rect>"
            )
    width, height = _LEFT + columns * step, _TOP + rows * step
    return (
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" role="img" '
        f'aria-label="Plate {escape(plate)}: {sum(placed.values()):,} failing lines" '
        f'font-size="8" fill="#5a6b7b">{"".join(cells)}</svg>'
    )


def place_of(well: str) -> tuple[int, int] | None:
    """Return row and column from 0, None for what is no well."""
    row, column = well[:1].upper(), well[1:]
    if row not in _ROWS or not row or not column.isdigit() or not 1 <= int(column) <= 24:
        return None
    return _ROWS.index(row), int(column) - 1


def _colour(failing: int | None, most: int) -> str:
    if failing is None:
        return _EMPTY
    if failing == 0:
        return _USED
    return _FAILING[min(int(failing / most * len(_FAILING)), len(_FAILING) - 1)]
