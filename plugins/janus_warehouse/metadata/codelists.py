"""Codelists: the values a code can take, one CSV file each, with labels and validity."""

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from janus_warehouse.metadata.errors import MetadataError
from janus_warehouse.platform.settings import get_settings

COLUMNS = ["code", "label_no", "label_en", "valid_from", "valid_to"]


@dataclass(frozen=True)
class Code:
    """One value and what it means; `valid_to` is the last day, missing while it is in use."""

    code: str
    label_no: str
    label_en: str
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True)
class Codelist:
    """All values of one kind of code, in the order of the file."""

    name: str
    codes: tuple[Code, ...]

    @property
    def values(self) -> frozenset[str]:
        return frozenset(code.code for code in self.codes)


def load_codelists(metadata_dir: Path | None = None) -> dict[str, Codelist]:
    """Return every codelist by name.

    Raises:
        MetadataError: A file has other columns, an empty or repeated code, or a bad date.
    """
    folder = (metadata_dir or get_settings().metadata_dir) / "codelists"
    return {path.stem: load_codelist(path) for path in sorted(folder.glob("*.csv"))}


def load_codelist(path: Path) -> Codelist:
    """Return the codelist in a file; errors as in `load_codelists`."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if reader.fieldnames != COLUMNS:
            raise MetadataError(f"{path}:1: expected the columns {', '.join(COLUMNS)}")
        codes: list[Code] = []
        problems: list[str] = []
        for row in reader:
            where = f"{path}:{reader.line_num}"
            try:
                codes.append(_code(row))
            except (ValueError, TypeError):
                problems.append(f"{where}: expected a code, two labels and ISO dates or nothing")
    spans = [(code.code, code.valid_from) for code in codes]
    for index, span in enumerate(spans):
        if span in spans[:index]:
            problems.append(f"{path}:{index + 2}: code {span[0]} is listed twice")
    if not codes and not problems:
        problems.append(f"{path}:2: expected at least one code, found none")
    if problems:
        raise MetadataError("\n".join(problems))
    return Codelist(path.stem, tuple(codes))


def _code(row: dict[str, str]) -> Code:
    if not (row["code"] and row["label_no"] and row["label_en"]):
        raise ValueError
    return Code(
        row["code"],
        row["label_no"],
        row["label_en"],
        _day(row["valid_from"]),
        _day(row["valid_to"]),
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
