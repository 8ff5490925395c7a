"""What a laboratory's code means: by identifier first, then by name or synonym, never by guess.

The model `int_analytes__returned` does the same in SQL for what has arrived;
`tests/warehouse/assays/test_analytes_of_returns.py` holds the two together.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from janus_warehouse.assays.dictionary.checks import FORMS, canonical
from janus_warehouse.assays.dictionary.entries import Analyte, Dictionary, Identifier, Resolution
from janus_warehouse.assays.dictionary.loading import load_dictionary
from janus_warehouse.metadata.errors import MetadataError

NAMES_THE_PROTEIN = frozenset({"proximity_extension", "aptamer_proteomics"})
"""Platforms with several assays of one protein, on scales that do not compare: there a UniProt
accession says what is measured and not as which variable."""


def resolve(
    code: str,
    platform: str | None = None,
    as_of: str | date | None = None,
    *,
    laboratory: str | None = None,
    identifiers: Mapping[str, str | None] | None = None,
    dictionary: Dictionary | None = None,
) -> Resolution:
    """Return which analyte a laboratory's code means.

    Args:
        code: What the laboratory writes.
        platform: Where it was measured; without it, analytes of every platform may be meant.
        as_of: Edition of the system, or day, whose identifiers the code is one of; without it,
            an identifier of any time.
        laboratory: Who writes it.
        identifiers: System → identifier, as the laboratory states them beside the code.
        dictionary: By default that of `metadata/`.

    Raises:
        MetadataError: `as_of` is an edition that the dictionary does not know.
    """
    book = dictionary or load_dictionary()
    stated = {
        system: canonical(system, text) for system, text in (identifiers or {}).items() if text
    }
    found = _by_identifier(book, code, platform, as_of, stated)
    by_identifier = _agreed(found)
    by_name = _by_name(book, code, platform, laboratory)
    if by_identifier is None and not by_name:
        return _nothing(book, code, platform)
    meant = _meant(by_identifier, by_name)
    if len(meant) == 1:
        analyte = book.analytes[next(iter(meant))]
        if contradicted := _contradicted(book, analyte, stated):
            return Resolution(
                code, candidates=(analyte.analyte_id,),
                reason=f"{code} looks like {analyte.analyte_id}, but its {contradicted} is "
                "another's: ask the laboratory which of them is meant",
            )  # fmt: skip
        return _resolution(book, code, analyte, found if by_identifier == meant else [])
    every = {entry.analyte_id for entries in found for entry in entries} | by_name
    told = f"{code} may be {', '.join(sorted(meant or every))}"
    if not meant:
        told = f"{code} contradicts itself: its name and identifiers are of " + ", ".join(
            sorted(every)
        )
    mend = "state the platform, or identifiers and a name of one analyte"
    return Resolution(code, candidates=tuple(sorted(meant or every)), reason=f"{told}; {mend}")


def _agreed(found: list[list[Identifier]]) -> set[str] | None:
    """Return the analytes that every known identifier may mean; None where none is known."""
    if not found:
        return None
    return set.intersection(*({entry.analyte_id for entry in entries} for entries in found))


def _meant(by_identifier: set[str] | None, by_name: set[str]) -> set[str]:
    """Return whom identifier and name both mean; a name decides between the forms of a thing."""
    if by_identifier is None:
        return by_name
    return by_identifier & by_name if by_name else by_identifier


def _is_of(analyte: Analyte | None, platform: str | None) -> bool:
    return analyte is not None and platform in (None, analyte.platform)


def _by_identifier(
    book: Dictionary,
    code: str,
    platform: str | None,
    as_of: str | date | None,
    stated: Mapping[str, str],
) -> list[list[Identifier]]:
    """Return the entries of each identifier that is known, of stated ones and of the code."""
    found = []
    for system, identifier in [*stated.items(), *((name, canonical(name, code)) for name in FORMS)]:
        if system == "UniProt" and platform in NAMES_THE_PROTEIN:
            continue
        entries = [
            entry
            for entry in _at(book, book.of(system, identifier), as_of)
            if _is_of(book.analytes.get(entry.analyte_id), platform)
        ]
        if entries:
            found.append(entries)
    return found


def _at(book: Dictionary, entries: list[Identifier], as_of: str | date | None) -> list[Identifier]:
    """Return the entries that held in an edition or on a day; all where none did, or it is open."""
    if as_of is None or not entries:
        return entries
    editions = book.editions.get(entries[0].system, {})
    if isinstance(as_of, str):
        if as_of not in editions:
            known = ", ".join(editions) or "none"
            raise MetadataError(
                f"expected an edition of {entries[0].system} that "
                f"metadata/analytes/analyte_editions.csv has ({known}), found {as_of}"
            )
        day = editions[as_of]
    else:
        day = as_of
    held = [
        entry
        for entry in entries
        if (not entry.first_edition or editions[entry.first_edition] <= day)
        and (not entry.last_edition or day < _next(editions, entry.last_edition))
    ]
    return held or entries


def _next(editions: Mapping[str, date], edition: str) -> date:
    later = [day for day in editions.values() if day > editions[edition]]
    return min(later, default=date.max)


def _by_name(book: Dictionary, code: str, platform: str | None, laboratory: str | None) -> set[str]:
    """Return the analytes that have the code as their id, or else as a synonym."""
    if code in book.analytes and _is_of(book.analytes[code], platform):
        return {code}
    folded = code.strip().lower()
    meant = [
        entry
        for entry in book.synonyms
        if entry.synonym.lower() == folded
        and platform in (None, entry.platform)
        and entry.laboratory in ("", laboratory)
    ]
    own = {entry.analyte_id for entry in meant if entry.laboratory}
    return own or {entry.analyte_id for entry in meant}


def _contradicted(book: Dictionary, analyte: Analyte, stated: Mapping[str, str]) -> str | None:
    """Return a stated identifier of a system in which the analyte has another, or None."""
    for system, identifier in stated.items():
        own = {
            entry.identifier
            for entry in book.identifiers_of(analyte.analyte_id)
            if entry.system == system
        }
        if own and identifier not in own:
            return f"{system} {identifier}"
    return None


def _resolution(
    book: Dictionary, code: str, analyte: Analyte, found: list[list[Identifier]]
) -> Resolution:
    by = [entry for entries in found for entry in entries if entry.analyte_id == analyte.analyte_id]
    if not by:
        how = "name" if code == analyte.analyte_id else "synonym"
        return Resolution(code, analyte, matched_by=how)
    entry = by[-1]
    current = next(
        (new for old in entry.replaced_by for new in book.of(entry.system, old) if new.is_current),
        None,
    )
    resolution = Resolution(code, analyte, matched_by="identifier", system=entry.system)
    if current is None:
        return resolution
    return replace(resolution, current=current.identifier, since=current.first_edition)


def _nothing(book: Dictionary, code: str, platform: str | None) -> Resolution:
    """Return why a code means nothing: retired, of another platform, or never heard of."""
    known = [entry for system in FORMS for entry in book.of(system, canonical(system, code))]
    for entry in known:
        if _is_of(book.analytes.get(entry.analyte_id), platform):
            reason = f"{code} names the protein, and {platform} has several assays of it"
            return Resolution(code, candidates=(entry.analyte_id,), reason=reason)
    for entry in known:
        if entry.analyte_id:
            other = book.analytes[entry.analyte_id]
            reason = f"{code} is {entry.system} of {other.analyte_id}, measured by {other.platform}"
            return Resolution(code, candidates=(other.analyte_id,), reason=reason)
        return Resolution(code, system=entry.system, reason=_retired(code, entry))
    others = sorted(_by_name(book, code, None, None))
    if others:
        where = ", ".join(f"{name} ({book.analytes[name].platform})" for name in others)
        reason = f"{code} is on other platforms: {where}; on {platform} it is its own analyte"
        return Resolution(code, candidates=tuple(others), reason=reason)
    reason = "it is in no table of metadata/analytes; it stays its own analyte, listed as unknown"
    return Resolution(code, reason=reason)


def _retired(code: str, entry: Identifier) -> str:
    last = f" (last in {entry.system} {entry.last_edition})" if entry.last_edition else ""
    if not entry.replaced_by:
        return f"{code}{last} is retired and became nothing else: ask the laboratory"
    became = " and ".join(entry.replaced_by)
    return f"{code}{last} was split into {became}: ask the laboratory which was measured"
