"""Norwegian national identity numbers: check digits, kinds, dates of birth.

Eleven digits `ddmmyyiiikk`. Numbers issued from 2032 keep a looser first check digit, and sex
and century can then no longer be read from the number; both rules are valid side by side.

Source:
    The Norwegian Tax Administration, "Fødselsnummer" and the 2032 renewal
    ("PID"); test-population numbers carry month + 80.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

FIRST_WEIGHTS = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)
"""Weights of digits 1–10; the last is the first check digit itself."""

SECOND_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
"""Weights of digits 1–11; the last is the second check digit itself."""

REMAINDERS_BEFORE_2032 = (0,)
REMAINDERS_FROM_2032 = (0, 1, 2, 3)


class NumberKind(StrEnum):
    """What a number was issued as."""

    national = "national"
    d_number = "d_number"
    h_number = "h_number"


@dataclass(frozen=True)
class IdentityNumber:
    """What can be read from a valid number; `birth_date` and `is_male` only by the old rule."""

    kind: NumberKind
    is_test_population: bool
    keeps_old_rule: bool
    birth_date: date | None
    is_male: bool | None


def parse(number: str) -> IdentityNumber | None:
    """Return what a number says, or None when no rule makes it valid."""
    if len(number) != 11 or not (number.isascii() and number.isdigit()):
        return None
    digits = [int(digit) for digit in number]
    first = sum(w * d for w, d in zip(FIRST_WEIGHTS, digits[:10], strict=True)) % 11
    second = sum(w * d for w, d in zip(SECOND_WEIGHTS, digits, strict=True)) % 11
    if first not in REMAINDERS_FROM_2032 or second != 0:
        return None
    day, month, year = int(number[:2]), int(number[2:4]), int(number[4:6])
    is_d, is_test = day > 40, month > 80
    day, month = (day - 40 if is_d else day), (month - 80 if is_test else month)
    is_h = month > 40
    month = month - 40 if is_h else month
    old = first in REMAINDERS_BEFORE_2032
    century = _century(int(number[6:9]), year) if old else None
    # Without a century only day and month can be checked; a leap year is then assumed.
    birth = _date((century + year) if century is not None else 2000, month, day)
    if birth is None or (old and century is None):
        return None
    kind = NumberKind.national
    if is_d or is_h:
        kind = NumberKind.d_number if is_d else NumberKind.h_number
    return IdentityNumber(
        kind, is_test, old, birth if old else None, _male(number) if old else None
    )


def is_valid(number: str) -> bool:
    """Tell whether a number is valid by the rule before or from 2032."""
    return parse(number) is not None


NUMBER_FORM = "^([04][1-9]|[1256][0-9]|[37][01])([048][1-9]|[159][0-2])[0-9]{7}$"
"""Eleven digits with a day (or day + 40) and a month (or month + 40 or + 80), as a pattern."""


_LIKE_A_NUMBER = re.compile(r"(?:[0-9][ .-]?){10}[0-9]")
_DELIVERY_ID = re.compile(r"\b[a-z_]+-[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9a-f]{10}\b")


def looks_like_a_number_in(text: str) -> bool:
    """Tell whether a text that people write holds eleven digits in a row, grouped or not.

    Such a text is kept and shown, so a mistyped number is one too. The id of a delivery, which
    may have as many digits, is none.
    """
    return _LIKE_A_NUMBER.search(_DELIVERY_ID.sub("", text)) is not None


def check_digits_sql(number: str) -> str:
    """Return the SQL condition that the check digits of a number of the right form agree.

    The length of the month is not asked: the registers own the date of birth, and a number
    whose check digits agree was not mistyped.

    Args:
        number: SQL expression of the number as bigint.
    """

    def weighted(weights: tuple[int, ...]) -> str:
        terms = [f"{w} * ({number} / {10 ** (11 - i)} % 10)" for i, w in enumerate(weights, 1)]
        return f"({' + '.join(terms)}) % 11"

    low, high = min(REMAINDERS_FROM_2032), max(REMAINDERS_FROM_2032)
    return f"{weighted(FIRST_WEIGHTS)} between {low} and {high} and {weighted(SECOND_WEIGHTS)} = 0"


def _male(number: str) -> bool:
    return int(number[8]) % 2 == 1


def _century(individual: int, year: int) -> int | None:
    if individual <= 499:
        return 1900
    if 500 <= individual <= 749 and year >= 54:
        return 1800
    if year < 40:
        return 2000
    if individual >= 900:
        return 1900
    return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
