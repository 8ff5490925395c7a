"""What a contract could say of each column: kind, codes, missing-value codes, range, format.

Nothing here shows a value that fewer persons have than the smallest cell of a table may hold:
rare codes are left out and counted, ranges are rounded outwards.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import polars as pl

from janus_warehouse.surveys.scaffold_codebook import Entry
from janus_warehouse.surveys.scaffold_numbers import (
    all_whole,
    bulk,
    by_number,
    middle,
    number_of,
    outwards,
    sentinels_beyond,
)
from janus_warehouse.surveys.scaffold_tally import DATE_FORMATS, Tally, is_sentinel

Kind = Literal["identifier", "date", "code", "integer", "number", "text"]

MOSTLY = 0.99
"""Share of cells that must agree with a type; the contract's tolerance bears the others."""

FEW_CODES = 12
"""A column of whole numbers with more distinct values counts or measures something."""

FEW_TEXTS = 20
REASONS = {
    "refused": r"refus|declin|vil(le)? ikke svare|nekte",
    "not_applicable": r"not applicable|ikke aktuel|gjelder ikke|inapplicable|uaktuel",
    "unknown": r"don.?t know|do(es)? not know|vei?t ikke|ukjent|unknown|usikker|not sure",
    "not_answered": (
        r"no answer|ubesvart|ikke (be)?svart|missing|mangle|ikke målt|not done|ikke tatt"
        r"|not (answered|measured|recorded|available|ascertained|given)|could not obtain"
        r"|lost|tapt|left blank|uoppgitt|unable"
    ),
}
"""Words in a code's label that say why there is no answer, by the reason they stand for."""


@dataclass(frozen=True)
class Column:
    """A proposal for one column of the contract."""

    name: str
    header: str
    kind: Kind
    label: str = ""
    question: str = ""
    unit: str = ""
    codes: tuple[str, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str | None] = field(default_factory=dict)
    low: float | None = None
    high: float | None = None
    date_format: str | None = None
    digits: int | None = None
    system: str | None = None
    is_required: bool = False
    is_unique: bool = False
    position: tuple[int, int] | None = None
    notes: tuple[str, ...] = ()
    middle: float | None = None
    years: tuple[int, int] | None = None


def reason_of(label: str) -> str | None:
    """Return the missing reason that a code's label stands for, or None for an answer."""
    return next((r for r, words in REASONS.items() if re.search(words, label, re.I)), None)


def propose_column(header: str, name: str, tally: Tally, entry: Entry, minimum: int = 5) -> Column:
    """Return what a contract could say of a column.

    Args:
        header: The column as the sender names it.
        name: The column as we name it.
        tally: What the file holds.
        entry: What the codebook says, empty where it says nothing.
        minimum: Values of fewer persons than this are not shown.
    """
    base = Column(
        name, header, "text", entry.label, entry.question, entry.unit, position=entry.position,
        is_required=tally.filled == tally.rows >= 100 and not tally.nothing,
        is_unique=tally.is_unique and tally.filled == tally.rows,
        missing=dict.fromkeys(sorted(tally.nothing), "not_answered"),
    )  # fmt: skip
    if not tally.filled:
        base = replace(base, notes=("empty in this file",))
        return _coded(base, tally, entry, minimum) if entry.codes and not entry.limits else base
    if tally.valid_numbers >= 0.9 * tally.filled:
        return replace(
            base, kind="identifier", system="national_number", missing={}, is_required=True
        )
    if _is_coded(tally, entry):
        return _coded(base, tally, entry, minimum)
    if (form := _date_format(tally)) is not None:
        years = [year for year, n in tally.years[form].items() if n >= minimum]
        span = (min(years), max(years)) if years else None
        return replace(base, kind="date", date_format=form, years=span)
    if _is_numeric(tally, entry):
        return measured(base, tally, entry)
    return _text(base, tally, minimum)


def _is_coded(tally: Tally, entry: Entry) -> bool:
    if entry.codes and entry.limits is None:
        answers = [code for code, label in entry.codes.items() if reason_of(label) is None]
        if len(answers) > 1 and (tally.texts is not None or len(entry.codes) > FEW_CODES):
            return True
    if entry.limits is not None or tally.texts is None:
        return False
    few = len(tally.texts) <= FEW_CODES and tally.filled >= 5 * len(tally.texts)
    if tally.whole >= MOSTLY * tally.filled:
        return few and all(len(text) <= 2 or is_sentinel(text) for text in tally.texts)
    return few and tally.lengths[1] <= 24 and not tally.numeric and _date_format(tally) is None


def _is_numeric(tally: Tally, entry: Entry) -> bool:
    if tally.numeric < MOSTLY * tally.filled:
        return False
    if tally.zeros > 0.02 * tally.filled and entry.limits is None:
        return False  # 0301 is a code of four digits, not three hundred and one
    return tally.lengths[1] <= 15


def _date_format(tally: Tally) -> str | None:
    best = max(DATE_FORMATS, key=lambda form: tally.dates[form])
    sentinels = sum(tally.sentinels.values())
    enough = tally.dates[best] >= 0.97 * (tally.filled - sentinels) and tally.dates[best] > 0
    return best if enough else None


def _coded(base: Column, tally: Tally, entry: Entry, minimum: int) -> Column:
    found: Mapping[str, int] = tally.texts or {}
    shown = {_as_in(entry, text) for text, n in found.items() if n >= minimum}
    documented = dict(entry.codes)
    codes = sorted({*documented, *shown}, key=by_number)
    missing: dict[str, str | None] = {
        code: reason for code, label in documented.items() if (reason := reason_of(label))
    }
    if not documented:
        missing = dict.fromkeys(_sentinels_after_gap(codes))
    notes = list(base.notes)
    rare = sum(n < minimum and _as_in(entry, text) not in documented for text, n in found.items())
    if rare:
        notes.append(f"further values in fewer than {minimum} rows are not shown: {rare}")
    strangers = sorted(shown - set(documented), key=by_number) if documented else []
    if strangers:
        notes.append(f"not in the codebook: {', '.join(strangers)}")
    if len(codes) < 2 and not documented:
        return replace(base, notes=tuple(notes))
    return replace(
        base, kind="code", codes=tuple(codes), labels=documented, notes=tuple(notes),
        missing={**base.missing, **missing},
    )  # fmt: skip


def _as_in(entry: Entry, text: str) -> str:
    """Return the codebook's form of a code where only leading zeros differ."""
    if text in entry.codes or not text.isdigit():
        return text
    return next((c for c in entry.codes if c.isdigit() and int(c) == int(text) and c == text), text)


def _sentinels_after_gap(codes: list[str]) -> list[str]:
    """Return the codes such as 9 or 99 that do not follow on the one before."""
    letters = {code.upper() for code in codes}
    if {"J", "N"} <= letters or {"Y", "N"} <= letters:
        return [code for code in codes if code.upper() not in {"J", "Y", "N"}]
    numbers = sorted((int(code), code) for code in codes if re.fullmatch(r"-?[0-9]{1,4}", code))
    answers = [number for number, code in numbers if not is_sentinel(code) or number == 0]
    if not answers:
        return []
    top = max(answers)
    # 8 and 9 after 1 to 7 go on counting; a gap, or two digits among single ones, tells a code.
    return [
        code
        for number, code in numbers
        if is_sentinel(code) and (number < 0 or (number > top + 1 and number >= 7))
    ]


def measured(base: Column, tally: Tally, entry: Entry) -> Column:
    """Return a column of numbers: missing-value codes, range, whole or decimal."""
    labelled = {code: reason for code, label in entry.codes.items() if (reason := reason_of(label))}
    missing: dict[str, str | None] = {**base.missing, **labelled}
    if not entry.codes:
        missing |= dict.fromkeys(sentinels_beyond(tally))
    left_out = [number_of(code) for code in missing if code not in tally.nothing]
    values = tally.numbers.filter(~pl.col("value").is_in([v for v in left_out if v is not None]))
    low, high, strays = bulk(values)
    if entry.limits is not None and low is not None and high is not None:
        low, high = min(low, entry.limits[0]), max(high, entry.limits[1])
    elif entry.limits is not None:
        low, high = entry.limits
    for code, label in entry.codes.items():
        number = number_of(code)
        if number is not None and reason_of(label) is None and low is not None and high is not None:
            low, high = min(low, number), max(high, number)
    notes = list(base.notes)
    if strays:
        notes.append("a few values lie far outside this range: mistakes, or codes; look at them")
    is_whole = all_whole(values) and tally.dotted + tally.commas <= 0.01 * tally.filled
    low, high = outwards(low, high, 1 if is_whole else 0)
    return replace(
        base, kind="integer" if is_whole else "number", low=low, high=high, missing=missing,
        labels=dict(entry.codes), notes=tuple(notes), middle=middle(values),
    )  # fmt: skip


def _text(base: Column, tally: Tally, minimum: int) -> Column:
    notes = list(base.notes)
    digits = tally.lengths[0] if tally.lengths[0] == tally.lengths[1] else None
    if digits and tally.whole >= MOSTLY * tally.filled:
        return replace(base, digits=digits)
    if tally.numeric > 0.5 * tally.filled:
        notes.append("mostly numbers: settle what the other texts mean")
    if tally.texts is None or len(tally.texts) > FEW_TEXTS:
        notes.append("free text: may it enter, and can it name a person?")
    return replace(base, notes=tuple(notes))


def names_of(headers: list[str]) -> list[str]:
    """Return our names of the columns: lower case, letters and digits, each different."""
    taken: set[str] = set()
    names = []
    for header in headers:
        plain = header.casefold().translate(_LETTERS)
        plain = re.sub(r"[^a-z0-9]+", "_", plain).strip("_") or "column"
        plain = (plain if plain[0].isalpha() else f"c_{plain}")[:44].rstrip("_")
        name, number = plain, 2
        while name in taken:
            name, number = f"{plain}_{number}", number + 1
        taken.add(name)
        names.append(name)
    return names


_LETTERS = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "ä": "a", "ö": "o", "ü": "u", "é": "e"})
