"""Names of genes that a spreadsheet has turned into dates.

    >>> excel_date_name("2-Sep"), excel_date_names("01.mar"), excel_date_name("IL6")
    ('SEPT2', ('MARCH1', 'MARC1'), None)

A spreadsheet reads `SEPT2` as a day. The genes were renamed for this reason (SEPTIN2, MARCHF1,
MTARC1, DELEC1), but the old names stand in many annotations.

Source:
    Ziemann, Eren, El-Osta: Gene name errors are widespread in the scientific literature, Genome
    Biology 2016;17:177; Bruford et al.: Guidelines for human gene nomenclature, Nature Genetics
    2020;52:754.
"""

import re
from types import MappingProxyType

_MONTHS = MappingProxyType({
    word: number
    for number, words in enumerate((
        "jan january januar", "feb february februar", "mar march mars", "apr april",
        "may mai", "jun june juni", "jul july juli", "aug august",
        "sep sept september", "oct okt october oktober", "nov november",
        "dec des december desember",
    ), start=1)
    for word in words.split()
})  # fmt: skip
_NAMES = MappingProxyType({
    3: (("MARCH", range(1, 12)), ("MARC", range(1, 3))),
    9: (("SEPT", range(1, 15)), ("SEP", (15,))),
    10: (("OCT", (1, 2, 4, 6)),),
    12: (("DEC", (1, 2)),),
})  # fmt: skip
"""Month → the names that look like a day of it, by the numbers that there are."""

_WORDED = re.compile(r"(?P<day>\d{1,2})[. /-]*(?P<month>[a-z]+)\.?(?:[. /-]+\d{2,4})?")
_WORD_FIRST = re.compile(r"(?P<month>[a-z]+)\.?[. /-]+(?P<day>\d{1,2})(?:[., /-]+\d{2,4})?")
_ISO = re.compile(r"\d{4}-(?P<month>\d{2})-(?P<day>\d{2})(?:[t ]00:00(?::00(?:\.0+)?)?)?")
_NUMBERS = re.compile(r"(?P<first>\d{1,2})[./-](?P<second>\d{1,2})[./-]\d{2,4}")


def excel_date_name(text: str) -> str | None:
    """Return the name that a date in its place most likely was, or None if it is no such date."""
    names = excel_date_names(text)
    return names[0] if names else None


def excel_date_names(text: str) -> tuple[str, ...]:
    """Return every name that a date in its place can have been, the likeliest first."""
    found: dict[str, None] = {}
    for month, day in _days(text.strip().lower()):
        for stem, numbers in _NAMES.get(month, ()):
            if day in numbers:
                found[f"{stem}{day}"] = None
    return tuple(found)


def _days(text: str) -> list[tuple[int, int]]:
    """Return (month, day) as the text can be read; numbers alone in both orders."""
    for pattern in (_WORDED, _WORD_FIRST):
        if (found := pattern.fullmatch(text)) and found["month"] in _MONTHS:
            return [(_MONTHS[found["month"]], int(found["day"]))]
    if found := _ISO.fullmatch(text):
        return [(int(found["month"]), int(found["day"]))]
    if found := _NUMBERS.fullmatch(text):
        first, second = int(found["first"]), int(found["second"])
        return [(second, first), (first, second)]
    return []
