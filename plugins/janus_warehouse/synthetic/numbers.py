"""National identity numbers of the Norwegian test population, made in bulk.

The month is raised by 80, so no number can belong to a living person. Check digits follow the
rule in force until 2032: the numbers are valid under the later rule as well.

Source:
    Forskrift om folkeregistrering, and the tax administration's description of synthetic test
    persons (month + 80); D-numbers have the day raised by 40.
"""

import numpy as np

from janus_warehouse.synthetic.errors import InvalidPlanError
from janus_warehouse.synthetic.streams import Ints, Stream

SYNTHETIC_MONTH = 80
D_NUMBER_DAY = 40
_FIRST = (3, 7, 6, 1, 8, 9, 4, 5, 2)
_SECOND = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_CANDIDATES = 250
"""Individual numbers 000 to 499 are of the years 1900 to 1999; half of them are of each sex."""
_GROUPS_AT_ONCE = 8192


def make_numbers(birth_day: Ints, is_male: np.ndarray, stream: Stream, *, day_offset: int = 0):
    """Return a different 11-digit number for each person, as whole numbers (int64).

    Args:
        birth_day: Days since 1970-01-01, of the years 1900 to 1999.
        is_male: Whether the ninth digit is to be odd.
        stream: Gives the place in the day's series where the numbers start.
        day_offset: `D_NUMBER_DAY` for D-numbers.

    Raises:
        InvalidPlanError: More people of one sex on one day than there are numbers.
    """
    prefix = _date_digits(birth_day, day_offset)
    groups, group_of = np.unique(prefix * 2 + is_male, return_inverse=True)
    by_group = np.argsort(group_of, kind="stable")
    sizes = np.bincount(group_of, minlength=len(groups))
    firsts = np.cumsum(sizes) - sizes
    start = stream.below(len(groups), _CANDIDATES)
    numbers = np.empty(len(birth_day), dtype=np.int64)
    for low in range(0, len(groups), _GROUPS_AT_ONCE):
        high = min(low + _GROUPS_AT_ONCE, len(groups))
        made = _valid_numbers(groups[low:high], start[low:high], sizes[low:high])
        first, end = firsts[low], firsts[high - 1] + sizes[high - 1]
        numbers[by_group[first:end]] = made
    return numbers


def _date_digits(birth_day: Ints, day_offset: int) -> Ints:
    dates = birth_day.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    day = (dates - months).astype(np.int64) + 1 + day_offset
    month = months.astype(np.int64) % 12 + 1 + SYNTHETIC_MONTH
    year = (dates.astype("datetime64[Y]").astype(np.int64) + 1970) % 100
    return (day * 100 + month) * 100 + year


def _valid_numbers(groups: Ints, start: Ints, sizes: Ints) -> Ints:
    prefix, is_male = groups // 2, groups % 2
    place = (start[:, None] + np.arange(_CANDIDATES)) % _CANDIDATES
    individual = place * 2 + is_male[:, None]
    digits = [(prefix // 10**power % 10)[:, None] for power in range(5, -1, -1)]
    digits += [individual // 100, individual // 10 % 10, individual % 10]
    first = -sum(w * d for w, d in zip(_FIRST, digits, strict=True)) % 11
    second = -sum(w * d for w, d in zip(_SECOND, [*digits, first], strict=True)) % 11
    valid = (first < 10) & (second < 10)
    chosen = valid & (np.cumsum(valid, axis=1) <= sizes[:, None])
    if (chosen.sum(axis=1) < sizes).any():
        raise InvalidPlanError(
            "expected a different number for everyone, found more people of one sex born on "
            "one day than it has numbers; take a smaller scale"
        )
    return (((prefix[:, None] * 1000 + individual) * 10 + first) * 10 + second)[chosen]
