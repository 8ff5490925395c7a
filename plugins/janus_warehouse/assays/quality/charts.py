"""Plates and controls as inline SVG: no script, no font, no file, and no need of colour."""

import math
from html import escape
from typing import Any

from markupsafe import Markup

from janus_warehouse.assays.plate_grid import PlateGrid, place_of
from janus_warehouse.assays.quality.figures import LEAST_POINTS, LEVELS

Row = dict[str, Any]
FILLS = ("#3b7fc4", "#b9d4ee", "#f4f6f8", "#f5cfa3", "#d9752b")
_INK = ("#fff", "#1c2733", "#1c2733", "#1c2733", "#fff")
_CELL = 26
WIDTH, _HEIGHT, _TICK = 460, 210, 62
"""Of a chart; and what the name of a plate needs below it."""


def plate_map(plate: Row) -> Markup:
    """Return a plate: in each well the class of its level, C for controls, D for duplicates.

    Args:
        plate: As `QualityFigures.plates` has them.
    """
    placed = {at: well for name, well in plate["wells"].items() if (at := place_of(name))}
    grid = PlateGrid.holding(placed, _CELL)
    drawn = [
        _well(placed.get(place), name, corner, grid.size) for place, name, corner in grid.wells()
    ]
    return Markup(grid.svg(f"Plate {plate['plate_id']}: {levels_in_words(plate)}", drawn))


def levels_in_words(plate: Row) -> str:
    """Return how many wells have which level, for whoever does not see the picture."""
    wells = list(plate["wells"].values())
    parts = [
        f"{n} {words}" for level, (_, words) in enumerate(LEVELS)
        if (n := sum(well["level"] == level for well in wells))
    ]  # fmt: skip
    if empty := sum(well["level"] is None for well in wells):
        parts.append(f"{empty} without a number")
    return f"{len(wells)} wells, " + ", ".join(parts)


def _well(well: Row | None, name: str, corner: tuple[float, float], size: float) -> str:
    left, top = corner
    place = f'x="{left:.1f}" y="{top:.1f}" width="{size:.1f}" height="{size:.1f}"'
    if well is None:
        return (
            f'<rect {place} rx="3" fill="none" stroke="#e3e9ef"><title>{name}: empty</title></rect>'
        )
    is_control, level = well["kind"] == "control", well["level"]
    sign, words = ("×", "no number") if level is None else LEVELS[level]
    of = "control" if is_control else "sample, repeated" if well["is_repeated"] else "sample"
    fill, ink = ("#fff", "#7d1410") if level is None else (FILLS[level], _INK[level])
    border = ' stroke="#1c2733" stroke-width="2"' if is_control else ""
    if well["is_repeated"]:
        border = ' stroke="#1c2733" stroke-width="1.6" stroke-dasharray="3 2"'
    letter = "C" if is_control else "D" if well["is_repeated"] else ""
    inset, down = (size * 0.38 if is_control else 3), (0.8 if letter else 0.66)
    mark = (
        f'<text x="{left + inset:.1f}" y="{top + size * 0.34:.1f}" fill="{ink}" '
        f'font-size="{size * 0.3:.1f}" font-weight="bold">{letter}</text>'
        if letter else ""
    )  # fmt: skip
    told = f"{name}: {of}; {words}; {well['n_measured']:,} of {well['n_values']:,} with a number"
    return (
        f'<g><title>{told}</title><rect {place} rx="{size / 2 if is_control else 3:.1f}" '
        f'fill="{fill}"{border}/>'
        f'<text x="{left + size / 2:.1f}" y="{top + size * down:.1f}" text-anchor="middle" '
        f'fill="{ink}" font-size="{size * 0.48:.1f}">{sign}</text>{mark}</g>'
    )


def control_chart(control: Row) -> Markup:
    """Return the values of a control in the order of the runs, with mean and 2 and 3 SD.

    Args:
        control: As `QualityFigures.controls` has them. The axis is that of logarithms.
    """
    logs, mean, sd = control["logs"], control["mean_log"], control["sd_log"]
    has_limits = control["n"] >= LEAST_POINTS and bool(sd)
    reach = max([abs(log - mean) for log in logs] + ([3.3 * sd] if has_limits else []) + [1e-9])
    left, right, top, bottom = 62, WIDTH - 8, 10, _HEIGHT - 40

    def y(log: float) -> float:
        return (top + bottom) / 2 - (log - mean) / reach * (bottom - top) / 2.1

    drawn = [_line(left, right, y(mean), "#1c2733", ""), _label(left, y(mean), control, mean, "")]
    for k in (-3, -2, 2, 3) if has_limits else ():
        at = mean + k * sd
        drawn.append(_line(left, right, y(at), "#b35c00" if abs(k) == 3 else "#8a97a5",
                           "" if abs(k) == 3 else "5 4"))  # fmt: skip
        drawn.append(_label(left, y(at), control, at, f"{k:+d}".replace("-", "−")))
    across = (right - left - 16) / max(len(logs) - 1, 1)
    before, labelled = None, float(-_TICK)
    for n, log in enumerate(logs):
        x = left + 8 + n * across if len(logs) > 1 else (left + right) / 2
        if control["plates"][n] != before:
            before = control["plates"][n]
            has_room = x - labelled >= _TICK
            labelled = x if has_room else labelled
            words = (before or "–", control["run_dates"][n] or "") if has_room else ("", "")
            drawn.append(_plate_tick(x, words, top, bottom))
        off = abs(log - mean) / sd if has_limits else 0
        told = f"{before or 'no plate'}: {shown(log, control['unit'])}"
        drawn.append(_point(x, y(log), off, told))
    return Markup(
        f'<svg viewBox="0 0 {WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{escape(control_in_words(control))}" font-size="10" fill="#5a6b7b">'
        f"{''.join(drawn)}</svg>"
    )


def control_in_words(control: Row) -> str:
    """Return what a chart shows, in a sentence."""
    unit = control["unit"] or ""
    plates = f"{control['n_plates']} plate{'' if control['n_plates'] == 1 else 's'}"
    mean = f"{shown(control['mean_log'], unit)} {unit}".strip()
    said = f"{control['n']} values on {plates}, mean {mean}"
    if control["n"] < LEAST_POINTS or not control["sd_log"]:
        return said + "; too few for limits" if control["sd_log"] else said + "; all the same"
    return f"{said}; {control['n_beyond_2']} beyond 2 SD, {control['n_beyond_3']} beyond 3 SD"


def shown(log: float, unit: str | None) -> str:
    """Return the number of which this is the logarithm; NPX are logarithms to base 2 themselves."""
    number = log / math.log(2) if unit == "NPX" else math.exp(log)
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3g}"


def _line(left: float, right: float, at: float, colour: str, dashes: str) -> str:
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<path d="M{left} {at:.1f}H{right}" stroke="{colour}"{dashed}/>'


def _label(left: float, at: float, control: Row, log: float, sds: str) -> str:
    words = shown(log, control["unit"]) + (f" {sds}" if sds else "")
    return f'<text x="{left - 5}" y="{at + 3:.1f}" text-anchor="end">{words}</text>'


def _plate_tick(x: float, words: tuple[str, str], top: int, bottom: int) -> str:
    plate, run_date = words
    is_last = x > WIDTH - 60
    at = f'x="{WIDTH - 2 if is_last else x - 4:.1f}" text-anchor="{"end" if is_last else "start"}"'
    return (
        f'<path d="M{x - 5:.1f} {top}V{bottom}" stroke="#e3e9ef"/>'
        f'<text {at} y="{bottom + 14}">{escape(plate[:12])}</text>'
        f'<text {at} y="{bottom + 26}" font-size="8">{escape(run_date)}</text>'
    )


def _point(x: float, y: float, off: float, told: str) -> str:
    """Draw a point: filled within 2 SD, a triangle beyond, a square beyond 3."""
    if off > 3:
        shape = f'<rect x="{x - 5:.1f}" y="{y - 5:.1f}" width="10" height="10" fill="#a51c1c"/>'
    elif off > 2:
        shape = (
            f'<path d="M{x:.1f} {y - 6:.1f}l6 11h-12z" fill="#fff" stroke="#b35c00" '
            'stroke-width="2"/>'
        )
    else:
        shape = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="#2f6fb0"/>'
    beyond = ", beyond 3 SD" if off > 3 else ", beyond 2 SD" if off > 2 else ""
    return f"<g><title>{escape(told)}{beyond}</title>{shape}</g>"
