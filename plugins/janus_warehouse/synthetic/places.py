"""Municipalities that donors live in, with the codes of each time.

Source:
    Statistics Norway, standard for municipalities (Klass 131); `metadata/classifications` has all.
"""

from datetime import date

import numpy as np
import polars as pl

from janus_warehouse.synthetic.streams import Ints, Stream

_YEARS = (1972, 1977, 1992, 2018, 2020, 2024)
"""Years on whose first day one of these municipalities got another code."""
_MUNICIPALITIES = (
    "0301", "2003 2020:5405 2024:5607", "2001 1992:2004 2020:5406 2024:5603",
    "2012 2020:5403 2024:5601", "2030 2020:5444 2024:5605", "1401 2020:4602", "1432 2020:4647",
    "1420 2020:4640", "1448 1977:1449 2020:4651", "0501 2020:3405", "0502 2020:3407",
    "0542 2020:3451", "0517 2020:3437", "0101 2020:3001 2024:3101", "0219 2020:3024 2024:3201",
    "0231 2020:3030 2024:3205", "0401 1992:0403 2020:3403", "0602 2020:3005 2024:3301",
    "0806 2020:3807 2024:4003", "0903 1992:0906 2020:4203", "1001 2020:4204", "1103",
    "1301 1972:1201 2020:4601", "1502 2020:1506", "1601 2018:5001", "1702 2018:5004 2020:5006",
    "1804", "1902 2020:5401 2024:5501",
)  # fmt: skip
_STARTS = np.array([(date(year, 1, 1) - date(1970, 1, 1)).days for year in _YEARS])


def _code_in(written: str, year: int) -> str:
    first, *changes = written.split()
    steps = [change.split(":") for change in changes]
    return [first, *(code for since, code in steps if int(since) <= year)][-1]


_CODES = pl.Series(
    [_code_in(written, year) for year in (0, *_YEARS) for written in _MUNICIPALITIES]
)
"""Codes of all places before the first of `_YEARS`, then from each of them."""

OSLO = 0
COUNTIES = range(1, 13)
"""Places of the three counties of the county studies: Finnmark, Sogn og Fjordane, Oppland."""
NOT_OSLO = range(1, len(_MUNICIPALITIES))
PLACE_NAMES = ("Vadsø", "Hammerfest", "Alta", "Kirkenes", "Florø", "Førde", "Sogndal", "Stryn",
               "Lillehammer", "Gjøvik", "Fagernes", "Otta")  # fmt: skip
"""Names of the places in `COUNTIES`, in the same order."""


def living_in(stream: Stream, count: int, places: range) -> Ints:
    """Return a place for each person."""
    return stream.between(count, places.start, places.stop - 1)


def codes(place: Ints, day: Ints | int) -> pl.Series:
    """Return the municipality codes in force on each day (days since 1970-01-01)."""
    time = np.searchsorted(_STARTS, np.broadcast_to(day, place.shape), side="right")
    return _CODES.gather(time * len(_MUNICIPALITIES) + place)
