"""Municipalities that donors live in, with the codes before and after the reform of 2020.

Source:
    Statistics Norway, standard for municipalities (Klass 131).
"""

from datetime import date

import numpy as np
import polars as pl

from janus_warehouse.synthetic.streams import Ints, Stream

_MUNICIPALITIES = (
    ("0301", "0301"), ("2003", "5405"), ("2004", "5406"), ("2012", "5403"), ("2030", "5444"),
    ("1401", "4602"), ("1432", "4647"), ("1420", "4640"), ("1449", "4651"), ("0501", "3405"),
    ("0502", "3407"), ("0542", "3451"), ("0517", "3437"), ("0101", "3001"), ("0219", "3024"),
    ("0231", "3030"), ("0403", "3403"), ("0602", "3005"), ("0806", "3807"), ("0906", "4203"),
    ("1001", "4204"), ("1103", "1103"), ("1201", "4601"), ("1502", "1506"), ("1601", "5001"),
    ("1702", "5006"), ("1804", "1804"), ("1902", "5401"),
)  # fmt: skip
_REFORM = (date(2020, 1, 1) - date(1970, 1, 1)).days
_OLD = pl.Series([old for old, _ in _MUNICIPALITIES])
_NEW = pl.Series([new for _, new in _MUNICIPALITIES])

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
    later = pl.Series(np.broadcast_to(np.asarray(day) >= _REFORM, place.shape))
    return _NEW.gather(place).zip_with(later, _OLD.gather(place))
