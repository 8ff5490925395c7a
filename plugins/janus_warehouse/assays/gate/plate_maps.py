"""Plates as small pictures: which wells are in use, and in which of them lines fail."""

from janus_warehouse.assays.plate_grid import PlateGrid, place_of

_SIZE = 17
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
    grid = PlateGrid.holding(placed, _SIZE)
    most = max(placed.values(), default=0)
    drawn = []
    for place, name, (left, top) in grid.wells():
        failing = placed.get(place)
        words = "not in use" if failing is None else f"{failing:,} failing"
        drawn.append(
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{grid.size:.1f}" '
            f'height="{grid.size:.1f}" rx="3" fill="{_colour(failing, most)}">'
            f"<title>{name}: {words}</title></rect>"
        )
    return grid.svg(f"Plate {plate}: {sum(placed.values()):,} failing lines", drawn)


def _colour(failing: int | None, most: int) -> str:
    if failing is None:
        return _EMPTY
    if failing == 0:
        return _USED
    return _FAILING[min(int(failing / most * len(_FAILING)), len(_FAILING) - 1)]
