"""What the numbers of a column tell: their bulk, strays, missing-value codes, limits with room."""

import math

import polars as pl

from janus_warehouse.surveys.scaffold_tally import Tally

FAR = 0.1
"""A missing-value code lies above all values by at least this share of their span."""

STRAY = 0.005
"""Share of values beyond a wide gap that are taken for mistakes rather than measurements."""


def by_number(code: str) -> tuple[int, float, str]:
    """Return what codes are ordered by: numbers first, by size."""
    try:
        return 0, float(code), code
    except ValueError:
        return 1, 0, code


def middle(values: pl.DataFrame) -> float | None:
    """Return the median; it tells the unit, and is written nowhere."""
    if not len(values):
        return None
    upper = values.filter(pl.col("n").cum_sum() * 2 >= pl.col("n").sum())
    return float(upper["value"][0])


def number_of(code: str) -> float | None:
    """Return the number that a code is, with either decimal sign, or None."""
    try:
        return float(code.replace(",", "."))
    except ValueError:
        return None


def all_whole(values: pl.DataFrame) -> bool:
    """Tell whether every value is a whole number."""
    return bool((values["value"] == values["value"].round(0)).all())


def sentinels_beyond(tally: Tally) -> list[str]:
    """Return the texts such as 999 that lie far from all other values."""
    marks = {text: number for text in tally.sentinels if (number := number_of(text)) is not None}
    others = tally.numbers.filter(~pl.col("value").is_in(list(marks.values())))
    low, high, _ = bulk(others)
    if low is None or high is None:
        return []
    span = max(high - low, 1e-9)
    found = []
    for text, number in sorted(marks.items(), key=lambda mark: mark[1]):
        above = number >= 7 and number > high + max(FAR * span, 1)
        if not above and number > 0:
            high = max(high, number)  # a 7 after 6 is one more glass
        zero = number == 0 and low >= 0.25 * span and low > 1
        negative = number < 0 <= low
        if above or zero or negative:
            found.append(text)
    return sorted(found, key=by_number)


def bulk(values: pl.DataFrame) -> tuple[float | None, float | None, int]:
    """Return the lowest and highest value without strays, and how many strays there are."""
    if not len(values):
        return None, None, 0
    value, n = values["value"].to_list(), values["n"].to_list()
    total, first, last, strays = sum(n), 0, len(value) - 1, 0
    while last > first:
        span = max(value[last - 1] - value[first], 1e-9)
        borne = n[last] + strays <= STRAY * total
        if not (borne and value[last] - value[last - 1] > 0.5 * span):
            break
        strays, last = strays + n[last], last - 1
    while last > first:
        span = max(value[last] - value[first + 1], 1e-9)
        borne = n[first] + strays <= STRAY * total
        if not (borne and value[first + 1] - value[first] > 0.5 * span):
            break
        strays, first = strays + n[first], first + 1
    return value[first], value[last], strays


def outwards(
    low: float | None, high: float | None, finest: float
) -> tuple[float | None, float | None]:
    """Return limits with room, rounded so that they are nobody's own value."""
    if low is None or high is None:
        return None, None
    span = max(high - low, abs(high) * 0.1, 1e-6)
    step = 10 ** math.floor(math.log10(span))
    step = max(step / 2 if span / step < 5 else step, finest)
    room = 0.1 * span
    down, up = math.floor((low - room) / step) * step, math.ceil((high + room) / step) * step
    down = max(down, 0) if low >= 0 else down
    return _tidy(down), _tidy(up)


def _tidy(number: float) -> float:
    return float(f"{number:.10g}")
