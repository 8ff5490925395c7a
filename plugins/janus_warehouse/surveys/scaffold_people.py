"""Which columns say who a row is about, when the person came, and what may name a person."""

import re
from dataclasses import replace

from janus_warehouse.surveys.scaffold_columns import Column

_KEY_NAME = re.compile(
    r"(^|_)(id|pid|idnr|idno|seqn|nr|no|num|number|nummer|lopenr|lopenummer|respnr|respondent|case_?id|subject)$"
)
_KEY_LABEL = re.compile(r"sequence number|identif|løpenummer|respondent number|study number", re.I)
_NAMING = re.compile(
    r"^((for|etter|mellom|first|last|full|sur)_?)?(navn|name)$|adresse|^address|telefon|phone|mobil|e_?post$|e_?mail"
)
_ATTENDED = re.compile(
    r"attend|oppm|fremm|framm|undersok|examin|visit|screen|besok|exam|dato$|^dato|date$|^date|^day$|dag$"
)
_BORN = re.compile(r"fod|fød|birth|born|dod|død|death")


def with_person(columns: list[Column], known: frozenset[str]) -> list[Column]:
    """Return the columns with the one that names the person as identifier, if one can be found.

    National numbers are known by their check digits. Without any, a column without repetition
    whose name is that of a known identifier, or looks like one, is taken.

    Args:
        columns: The proposals.
        known: Systems of identifiers that contracts of the collection look persons up by.
    """
    columns = [_naming(column) for column in columns]
    if any(column.system == "national_number" for column in columns):
        return columns
    for wanted in (lambda c: c.name in known, _looks_like_a_key):
        for at, column in enumerate(columns):
            if column.is_unique and column.kind in ("integer", "text", "code") and wanted(column):
                note = (
                    () if column.name in known else ("settle: which system of identifiers is it?",)
                )
                key = replace(
                    column, kind="identifier", system=column.name, is_required=True, codes=(),
                    labels={}, missing={}, low=None, high=None, notes=note,
                )  # fmt: skip
                return [*columns[:at], key, *columns[at + 1 :]]
    return columns


def _looks_like_a_key(column: Column) -> bool:
    return bool(_KEY_NAME.search(column.name) or _KEY_LABEL.search(column.label))


def _naming(column: Column) -> Column:
    if column.kind in ("text", "integer") and _NAMING.search(column.name):
        note = "names a person: kept out of the warehouse as an identifier"
        return replace(
            column, kind="identifier", codes=(), labels={}, missing={}, low=None, high=None,
            notes=(note,), is_required=False,
        )  # fmt: skip
    return column


def person_of(columns: list[Column]) -> Column | None:
    """Return the column by which the person is looked up, or None."""
    return next((column for column in columns if column.system is not None), None)


def with_attendance(columns: list[Column]) -> list[Column]:
    """Return the columns with the day of attendance named `attended_date`, if there is one."""
    dates = [c for c in columns if c.kind == "date" and not _BORN.search(f"{c.name} {c.label}")]
    told = [c for c in dates if _ATTENDED.search(f"{c.name}")]
    chosen = next(iter(told or (dates if len(dates) == 1 else [])), None)
    if chosen is None or any(c.name == "attended_date" for c in columns if c is not chosen):
        return columns
    return [
        replace(c, name="attended_date", is_required=True) if c is chosen else c for c in columns
    ]
