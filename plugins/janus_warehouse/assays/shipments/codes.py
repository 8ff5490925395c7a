"""Study codes: drawn at random, and wrong as soon as one character is mistyped.

A code is `S`, seven random letters or digits and a check character. The random part comes from
the operating system and from nothing else, so no seed, tube or donor leads to it.

Source:
    ISO/IEC 7064:2003, hybrid system MOD 37,36.
"""

import re
import secrets
from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt

CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MODULUS = len(CHARACTERS)
_CLEAR = [n for n, character in enumerate(CHARACTERS) if character not in "IO"]
"""I and O are read as 1 and 0."""
_RANDOM = 7
_LEFT_ALONE = re.compile(r"(?!SEP)[^IO]*")
"""Spreadsheets take what begins like September for a date."""


def draw_codes(count: int, taken: Collection[str] = ()) -> list[str]:
    """Return new study codes, all different and none of `taken`, in random order."""
    codes: dict[str, None] = {}
    known = set(taken)
    while len(codes) < count:
        # Of 32 bits a remainder by 34 is even to within one in a hundred million.
        words = np.frombuffer(secrets.token_bytes(4 * _RANDOM * count), dtype=np.uint32)
        digits = np.asarray(_CLEAR)[words.reshape(count, _RANDOM) % len(_CLEAR)]
        bodies = ["S" + "".join(CHARACTERS[digit] for digit in row) for row in digits.tolist()]
        for code in with_check(bodies):
            if code not in known and _LEFT_ALONE.fullmatch(code):
                codes[code] = None
    return list(codes)[:count]


def with_check(bodies: Sequence[str]) -> list[str]:
    """Return texts of digits and capital letters, all of one length, with their check character."""
    if not bodies:
        return []
    product = np.full(len(bodies), _MODULUS)
    for column in _digits(bodies).T:
        total = (product + column) % _MODULUS
        product = np.where(total == 0, _MODULUS, total) * 2 % (_MODULUS + 1)
    checks = ((1 - product) % _MODULUS).tolist()
    return [body + CHARACTERS[check] for body, check in zip(bodies, checks, strict=True)]


def has_right_check(code: str) -> bool:
    """Tell whether a study code made here is written rightly; codes of before 2026 have no check.

    Any one wrong character is noticed, and two neighbours in each other's place are noticed but
    for one pair of characters.
    """
    if not re.fullmatch(r"S[0-9A-Z]{8}", code):
        return False
    return with_check([code[:-1]]) == [code]


def _digits(texts: Sequence[str]) -> npt.NDArray[np.int64]:
    letters = np.array([list(text) for text in texts])
    return np.searchsorted(np.array(list(CHARACTERS)), letters)
