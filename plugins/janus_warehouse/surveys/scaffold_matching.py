"""Which harmonised variable a column may be: by its name, label, question and codes.

A score is the share of a phrase's words (weighed by how few variables use them) that the column's
label or question has, or how much the column's name looks like an abbreviation of the phrase;
lowered where type, unit or number of codes speak against it. 1 is certain, 0 is nothing alike.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from pathlib import Path

from janus_warehouse.metadata import Codelist, UnitError, Variable, convert_factor
from janus_warehouse.metadata.located import read_yaml
from janus_warehouse.surveys.scaffold_columns import Column

THRESHOLD = 0.5
"""Below this a person should not be bothered with a candidate."""

_LETTERS = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "ä": "a", "ö": "o", "ü": "u", "é": "e"})
_WORD = re.compile(r"[a-z]+|[0-9]+")


@dataclass(frozen=True)
class Candidate:
    """A variable that a column may be, and how sure that is."""

    variable: str
    score: float


@dataclass(frozen=True)
class _Phrase:
    tokens: tuple[str, ...]
    words: tuple[str, ...]
    compact: str


@dataclass(frozen=True)
class Words:
    """Words that mean nothing in a question, and those by which surveys ask for a variable."""

    ignored: frozenset[str]
    variables: dict[str, list[str]]

    def of(self, variable: str) -> list[str]:
        """Return the words for one variable."""
        return self.variables.get(variable, [])


class Matcher:
    """Scores columns against the variables of the dictionary."""

    def __init__(
        self,
        variables: dict[str, Variable],
        codelists: dict[str, Codelist],
        words: Words,
    ) -> None:
        self._ignored = words.ignored
        self._variables, self._codelists = variables, codelists
        self._phrases = {
            name: [
                self._phrase(text)
                for text in (name, variable.label.nb, variable.label.en, *words.of(name))
            ]
            for name, variable in variables.items()
        }
        used = Counter(
            token
            for phrases in self._phrases.values()
            for token in {token for phrase in phrases for token in phrase.tokens}
        )
        self._weights = {
            token: math.log(1 + len(variables) / count) for token, count in used.items()
        }
        self._common = math.log(1 + len(variables))

    def candidates(self, column: Column, limit: int = 3) -> list[Candidate]:
        """Return the variables that a column may be, the likeliest first."""
        if column.kind in ("identifier", "date"):
            return []
        texts = [self._tokens(text) for text in (column.label, column.question) if text]
        name = "".join(re.findall("[a-z]+", _plain(column.header)))
        named = [self._tokens(column.name)] if "_" in column.name else []
        scored = [
            Candidate(variable, round(self._score(variable, column, [*texts, *named], name), 2))
            for variable in self._variables
        ]
        scored = [candidate for candidate in scored if candidate.score >= 0.3]
        return sorted(scored, key=lambda c: (-c.score, c.variable))[:limit]

    def _tokens(self, text: str) -> tuple[str, ...]:
        """Return the words of a text that mean something, without accents."""
        parted = re.sub(r"([a-z])([A-Z])", r"\1 \2", text)
        kept = [w for w in _all_words(parted) if len(w) > 1 and w not in self._ignored]
        return tuple(word for word in kept if not word.isdigit())

    def _phrase(self, text: str) -> _Phrase:
        compact = "".join(re.findall("[a-z]+", _plain(text)))
        return _Phrase(self._tokens(text), tuple(_all_words(text)), compact)

    def _score(
        self, variable: str, column: Column, texts: list[tuple[str, ...]], name: str
    ) -> float:
        phrases = self._phrases[variable]
        by_text = max((self._overlap(t, p.tokens) for t in texts for p in phrases), default=0.0)
        by_name = max((_name_score(name, p) for p in phrases), default=0.0)
        best = max(by_text, 0.85 * by_name) + 0.15 * min(by_text, by_name)
        return min(best * self._fits(variable, column), 1.0)

    def _overlap(self, text: tuple[str, ...], phrase: tuple[str, ...]) -> float:
        if not text or not phrase:
            return 0.0
        recall = self._covered(phrase, text)
        rarest = max(phrase, key=lambda token: self._weights.get(token, 0.0))
        if len(phrase) > 1 and not any(_alike(rarest, word) for word in text):
            recall *= 0.6  # "age at menopause" without menopause is just an age
        if not recall:
            return 0.0
        return recall * (0.65 + 0.35 * self._covered(text, phrase))

    def _covered(self, some: tuple[str, ...], other: tuple[str, ...]) -> float:
        total = found = 0.0
        for token in some:
            weight = self._weights.get(token, 0.6 * self._common)
            total += weight
            found += weight * max(_alike(token, against) for against in other)
        return found / total

    def _fits(self, name: str, column: Column) -> float:
        """Return how well type, unit and codes agree: 1 for no objection."""
        variable = self._variables[name]
        is_number = variable.is_number
        factor = 1.0
        if is_number and column.kind == "text":
            factor = 0.3
        elif is_number and column.kind == "code":
            factor = 0.75 if column.labels else 0.95
        elif variable.type == "code" and column.kind in ("integer", "number"):
            factor = 0.6
        elif variable.type == "text" and column.kind != "text":
            factor = 0.9 if any(len(code) > 3 for code in column.codes) else 0.5
        elif variable.type == "code" and any(len(code) > 9 for code in column.codes):
            factor = 0.7  # words that people wrote, not codes
        if is_number and column.unit and variable.unit and not _same_kind(column.unit, variable):
            factor *= 0.6
        codelist = self._codelists.get(variable.codelist or "")
        if codelist is not None and column.kind == "code":
            answers = len([code for code in column.codes if code not in column.missing])
            if variable.codelist == "yes_no" and answers > 2:
                factor *= 0.75
            elif variable.codelist != "yes_no" and answers <= 2:
                factor *= 0.92
        return factor


def _plain(text: str) -> str:
    return text.casefold().translate(_LETTERS).replace("aa", "a")


@lru_cache(maxsize=200_000)
def _alike(one: str, other: str) -> float:
    """Return how alike two words are: equal, one the beginning of the other, or misspelt."""
    if one == other:
        return 1.0
    short, long = sorted((one, other), key=len)
    shared = next(
        (at for at, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short)
    )
    if shared == len(short) >= 3 and shared >= 0.6 * len(long):
        return 0.9
    if shared >= 4 and shared >= 0.66 * len(long):
        return 0.85
    if len(short) >= 5 and shared and len(long) - len(short) <= 2:
        ratio = SequenceMatcher(None, one, other).ratio()
        return 0.85 * ratio if ratio >= 0.84 else 0.0
    return 0.0


def alike_texts(one: str, other: str) -> float:
    """Return how alike two short texts are: the words they share, of all words of both."""
    if _plain(one).strip() == _plain(other).strip():
        return 1.0
    first, second = _all_words(one), _all_words(other)
    if not first or not second:
        return 0.0
    shared = sum(max(_alike(a, b) for b in second) for a in first)
    shared += sum(max(_alike(b, a) for a in first) for b in second)
    return shared / (len(first) + len(second))


def _all_words(text: str) -> list[str]:
    return list(dict.fromkeys(_WORD.findall(_plain(text))))


def _name_score(name: str, phrase: _Phrase) -> float:
    """Return how much a column's name looks like a phrase, its beginning, or those of its words."""
    whole = _abbreviates(name, phrase.compact)
    if whole >= 0.7 or len(name) < 4 or len(phrase.words) < 2:
        return whole
    used = _beginnings(name, phrase.words)
    if used < 2:
        return whole
    return max(whole, min(0.6 + 0.35 * used / max(len(phrase.tokens), 1), 0.95))


def _beginnings(name: str, words: tuple[str, ...]) -> int:
    """Return of how many words of a phrase a name is put together, in any order; else 0."""
    if not name:
        return 0
    for at, word in enumerate(words):
        for length in range(min(len(word), len(name)), 1, -1):
            if name[:length] == word[:length]:
                rest = name[length:]
                if not rest:
                    return 1
                if further := _beginnings(rest, words[:at] + words[at + 1 :]):
                    return 1 + further
    return 0


def _abbreviates(name: str, phrase: str) -> float:
    """Return how much a column's name looks like a phrase or its beginning."""
    if not name or not phrase:
        return 0.0
    if name == phrase:
        return 1.0
    if len(name) >= 3 and phrase.startswith(name):
        return 0.65 + 0.35 * len(name) / len(phrase)
    if len(phrase) >= 3 and name.startswith(phrase):
        return 0.65 + 0.3 * len(phrase) / len(name)
    if len(name) >= 4:
        ratio = SequenceMatcher(None, name, phrase).ratio()
        return 0.8 * ratio if ratio >= 0.75 else 0.0
    return 0.0


def _same_kind(one: str, variable: Variable) -> bool:
    """Tell whether a unit measures what the variable measures; counts are by time alone."""
    source, target = (re.sub(r"\{[^}]*\}", "", u) or "1" for u in (one, variable.unit or "1"))
    if "/" in (source[0], target[0]):
        return True
    try:
        convert_factor(source, target, molar_mass=variable.molar_mass)
    except UnitError:
        return False
    return True


def read_words(path: Path) -> Words:
    """Return the words by which surveys ask for each variable.

    Raises:
        MetadataError: The file is no YAML mapping.
    """
    content = read_yaml(path).content
    ignored = frozenset(str(word) for word in content.get("ignored", ()))
    variables = content.get("variables", {})
    return Words(ignored, {name: [str(w) for w in words] for name, words in variables.items()})


def assign(scored: Iterable[tuple[str, list[Candidate]]]) -> dict[str, tuple[str, float]]:
    """Return the column of each variable: every column serves once, the surest pairs first."""
    pairs = sorted(
        ((c.score, column, c.variable) for column, found in scored for c in found),
        key=lambda pair: (-pair[0], pair[1], pair[2]),
    )
    chosen: dict[str, tuple[str, float]] = {}
    used: set[str] = set()
    for score, column, variable in pairs:
        if score >= THRESHOLD and variable not in chosen and column not in used:
            chosen[variable] = (column, score)
            used.add(column)
    return chosen
