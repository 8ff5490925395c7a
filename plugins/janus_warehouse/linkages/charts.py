"""Small charts as inline SVG: no script, no font, no file beside the page."""

from collections.abc import Sequence
from html import escape

from markupsafe import Markup

COLOURS = {
    "new": "#2f7ed8", "changed": "#e0a100", "renumbered": "#8e6bbf", "retracted": "#c8432f",
    "unchanged": "#c9d3de", "set_aside": "#8a97a5",
    "current_number": "#2e9e6b", "earlier_number": "#7cc4a0", "earlier_d_number": "#b6dfc9",
    "ill_formed": "#c8432f", "wrong_check_digits": "#e57c5c", "unknown": "#e0a100",
    "now": "#2f7ed8", "before": "#8a97a5",
    "n_values": "#08519c", "n_not_answered": "#e0a100", "n_not_asked": "#8a97a5",
    "n_refused": "#c8432f", "n_unknown": "#f0d58a", "n_out_of_range": "#8e6bbf",
    "n_inconsistent": "#e57c5c", "n_not_applicable": "#dfe5eb",
}  # fmt: skip
WIDTH = 920
_ROW, _BAR, _LABEL = 24, 15, 190
_INK, _MUTED, _GRID = "#1c2733", "#5a6b7b", "#e3e9ef"
Parts = Sequence[tuple[str, str, float]]
"""Key of the colour, words, count."""


def share_bar(parts: Parts) -> Markup:
    """Return one bar over the whole width, with a part for each count and a legend below it."""
    total = sum(value for _, _, value in parts) or 1
    drawn, left = [], 0.0
    for key, words, value in parts:
        width = WIDTH * value / total
        drawn.append(_bar(left, 0, width, 30, key, f"{words}: {value:,.0f}"))
        if width > 70:
            drawn.append(_text(left + width / 2, 20, _share(value, total), "middle", colour="#fff"))
        left += width
    told = [(k, f"{words} {value:,.0f} ({_share(value, total)})") for k, words, value in parts]
    legend, height = _legend(told, 52)
    return _svg(drawn + legend, height, "share of each part")


def stacked_bars(rows: Sequence[tuple[str, dict[str, float]]], words: dict[str, str]) -> Markup:
    """Return a horizontal bar for each row, stacked by the keys of `words`, with their sum."""
    most = max((sum(counts.values()) for _, counts in rows), default=0) or 1
    room = WIDTH - _LABEL - 70
    drawn, _ = _legend(list(words.items()), 14)
    top = 34.0
    for label, counts in rows:
        left = float(_LABEL)
        drawn.append(_text(_LABEL - 10, top + 12, label, "end"))
        for key in words:
            width = room * counts.get(key, 0) / most
            if width:
                drawn.append(_bar(left, top, max(width, 1), _BAR, key,
                                  f"{label}, {words[key]}: {counts[key]:,.0f}"))  # fmt: skip
            left += width
        drawn.append(_text(left + 6, top + 12, f"{sum(counts.values()):,.0f}", colour=_MUTED))
        top += _ROW
    return _svg(drawn, top + 4, "bars by group")


def lines(series: Sequence[tuple[str, str, dict[int, float]]]) -> Markup:
    """Return counts over years as lines.

    Args:
        series: Key of the colour, words, count by year.
    """
    years = sorted({year for _, _, counts in series for year in counts})
    if len(years) < 2:
        return Markup("")
    most = _nice(max(value for _, _, counts in series for value in counts.values()))
    left, right, top, bottom = 60, WIDTH - 16, 34, 280

    def x(year: int) -> float:
        return left + (right - left) * (year - years[0]) / (years[-1] - years[0])

    def y(value: float) -> float:
        return bottom - (bottom - top) * value / most

    drawn, _ = _legend([(key, words) for key, words, _ in series], 14)
    for step in range(5):
        value = most * step / 4
        drawn.append(f'<path d="M{left} {y(value):.1f}H{right}" stroke="{_GRID}"/>')
        drawn.append(_text(left - 8, y(value) + 4, f"{value:,.0f}", "end", colour=_MUTED))
    every = 5 if years[-1] - years[0] < 40 else 10
    for year in range(-(-years[0] // every) * every, years[-1] + 1, every):
        drawn.append(_text(x(year), bottom + 20, str(year), "middle", colour=_MUTED))
    for key, words, counts in reversed(series):
        # A linkage knows nothing of the years after it; a year without rows inside is none.
        own = range(min(counts), max(counts) + 1)
        points = " ".join(f"{x(year):.1f},{y(counts.get(year, 0)):.1f}" for year in own)
        drawn.append(
            f'<polyline points="{points}" fill="none" stroke="{COLOURS[key]}" '
            f'stroke-width="2.5" stroke-linejoin="round"><title>{escape(words)}</title></polyline>'
        )
    return _svg(drawn, bottom + 30, "counts by year")


def dots(rows: Sequence[tuple[str, float, str]], *, key: str = "now") -> Markup:
    """Return a percentage from 0 to 100 for each row, as a dot on a line.

    Args:
        rows: Label, percentage, and what it stands on in words.
        key: Key of the colour.
    """
    room = WIDTH - _LABEL - 230
    drawn, top = [], 26.0
    for mark in range(0, 101, 25):
        across = _LABEL + room * mark / 100
        drawn.append(f'<path d="M{across:.1f} 18V{top + _ROW * len(rows)}" stroke="{_GRID}"/>')
        drawn.append(_text(across, 12, f"{mark} %", "middle", colour=_MUTED))
    for label, percent, told in rows:
        across = _LABEL + room * min(percent, 100) / 100
        drawn.append(_text(_LABEL - 10, top + 12, label, "end"))
        drawn.append(f'<path d="M{_LABEL} {top + 8}H{across:.1f}" stroke="{_GRID}" '
                     'stroke-width="5"/>')  # fmt: skip
        drawn.append(f'<circle cx="{across:.1f}" cy="{top + 8}" r="6" fill="{COLOURS[key]}">'
                     f"<title>{escape(label)}: {escape(told)}</title></circle>")  # fmt: skip
        drawn.append(_text(_LABEL + room + 16, top + 12, told, colour=_MUTED))
        top += _ROW
    return _svg(drawn, top + 4, "percentages by group")


def _share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f} %"


def _nice(value: float) -> float:
    """Return a round number at or above a value, fit for the top of an axis."""
    step = 1.0
    while step * 10 < value:
        step *= 10
    return next(step * factor for factor in (1, 2, 4, 6, 8, 10) if step * factor >= value)


def _legend(entries: Sequence[tuple[str, str]], top: float) -> tuple[list[str], float]:
    drawn, left = [], 0.0
    for key, words in entries:
        room = 42 + 7.2 * len(words)
        if left and left + room > WIDTH:
            left, top = 0.0, top + 22
        drawn.append(f'<rect x="{left:.1f}" y="{top - 10:.1f}" width="12" height="12" rx="2" '
                     f'fill="{COLOURS[key]}"/>')  # fmt: skip
        drawn.append(_text(left + 18, top, words))
        left += room
    return drawn, top + 8


def _bar(left: float, top: float, width: float, height: float, key: str, told: str) -> str:
    return (
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height}" '
        f'fill="{COLOURS[key]}"><title>{escape(told)}</title></rect>'
    )


def _text(left: float, top: float, words: str, anchor: str = "start", colour: str = _INK) -> str:
    return (
        f'<text x="{left:.1f}" y="{top:.1f}" text-anchor="{anchor}" fill="{colour}">'
        f"{escape(words)}</text>"
    )


def _svg(drawn: Sequence[str], height: float, title: str) -> Markup:
    return Markup(
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(title)}" '
        f'font-size="13">{"".join(drawn)}</svg>'
    )
