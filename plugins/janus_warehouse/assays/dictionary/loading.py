"""Reading `metadata/analytes/`; every mistake of all its files is told at once."""

import csv
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from janus_warehouse.assays.dictionary.checks import (
    OF_ONE_ANALYTE,
    canonical,
    identifier_problem,
    molar_mass,
)
from janus_warehouse.assays.dictionary.converting import is_scale, spelled
from janus_warehouse.assays.dictionary.entries import Analyte, Dictionary, Identifier, Synonym
from janus_warehouse.assays.dictionary.excel_dates import excel_date_name
from janus_warehouse.assays.platforms import known_platforms
from janus_warehouse.metadata.errors import MetadataError, UnitError
from janus_warehouse.metadata.units import parse_unit
from janus_warehouse.platform.settings import get_settings

COLUMNS = {
    "analyte": [
        "analyte_id", "analyte_name", "analyte_name_no", "analyte_class", "platform", "unit",
        "analyte_form", "formula", "molar_mass", "usual_low", "usual_high", "usual_source",
    ],
    "analyte_identifiers": [
        "analyte_id", "identifier_system", "identifier", "first_edition", "last_edition",
        "replaced_by",
    ],
    "analyte_synonyms": ["synonym", "analyte_id", "platform", "laboratory"],
    "analyte_editions": ["identifier_system", "edition", "released"],
    "nhanes_limits": ["survey_id", "analyte_id", "lod"],
}  # fmt: skip
"""File below `metadata/analytes/` → its columns."""

FORMS = ("", "wet_weight", "lipid_adjusted")
WIDEST = 1000
"""A usual range as wide as this could not tell a unit that is wrong by 1,000."""
MASS_TOLERANCE = Decimal("0.05")

Row = dict[str, str]
Tell = Callable[[str], None]


@dataclass
class _File:
    """A file of the dictionary: its rows by line, and what is wrong with it."""

    path: Path
    rows: dict[int, Row]
    problems: list[str]

    def each(self) -> Iterator[tuple[Row, Tell]]:
        """Yield each row, and a function that tells a problem with its place."""
        for line, row in self.rows.items():
            yield row, functools.partial(self._tell, line)

    def _tell(self, line: int, what: str) -> None:
        self.problems.append(f"{self.path}:{line}: {what}")


def load_dictionary(metadata_dir: Path | None = None) -> Dictionary:
    """Return the dictionary of analytes.

    Raises:
        MetadataError: Something in the files is wrong; every mistake has its file and line.
    """
    return _load(metadata_dir or get_settings().metadata_dir)


@functools.lru_cache(maxsize=4)
def _load(metadata_dir: Path) -> Dictionary:
    files = {name: _read(metadata_dir / "analytes" / f"{name}.csv") for name in COLUMNS}
    analytes = _analytes(files["analyte"])
    editions = _editions(files["analyte_editions"])
    identifiers = _identifiers(files["analyte_identifiers"], analytes, editions)
    synonyms = _synonyms(files["analyte_synonyms"], analytes)
    _check_limits(files["nhanes_limits"], analytes)
    if problems := [problem for file in files.values() for problem in file.problems]:
        raise MetadataError("\n".join(problems))
    return Dictionary(analytes, tuple(identifiers), tuple(synonyms), editions)


def _read(path: Path) -> _File:
    columns, rows, problems = COLUMNS[path.stem], {}, []
    if not path.is_file():
        return _File(path, {}, [f"{path}:1: expected this file, found none"])
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if reader.fieldnames != columns:
            return _File(path, {}, [f"{path}:1: expected the columns {', '.join(columns)}"])
        for row in reader:
            if None in row or None in row.values():
                problems.append(f"{path}:{reader.line_num}: expected {len(columns)} cells")
            else:
                rows[reader.line_num] = row
    return _File(path, rows, problems)


def _analytes(file: _File) -> dict[str, Analyte]:
    found: dict[str, Analyte] = {}
    for row, tell in file.each():
        if row["analyte_id"] in found:
            tell(f"analyte {row['analyte_id']} is listed twice")
        for column in COLUMNS["analyte"][:6]:
            if not row[column].strip():
                tell(f"expected a {column}, found none")
        if row["platform"] and row["platform"] not in known_platforms():
            tell(f"expected a platform of the codelist analysis_platform, found {row['platform']}")
        _check_unit(row, tell)
        found[row["analyte_id"]] = Analyte(
            row["analyte_id"], row["analyte_name"], row["analyte_name_no"], row["analyte_class"],
            row["platform"], row["unit"], row["analyte_form"], _mass(row, tell),
            _usual(row, tell), row["usual_source"],
        )  # fmt: skip
    return found


def _check_unit(row: Row, tell: Tell) -> None:
    unit, form = row["unit"], row["analyte_form"]
    if form not in FORMS:
        tell(f"expected a form of {', '.join(FORMS[1:])} or nothing, found {form}")
    if (form == "lipid_adjusted") != unit.endswith("{lipid}"):
        tell(f"a unit of lipids goes with the form lipid_adjusted: found {unit} and {form or '-'}")
    if unit and not is_scale(unit):
        try:
            parse_unit(unit)
        except UnitError as error:
            tell(str(error))
    if unit != spelled(unit):
        tell(f'write the unit "{spelled(unit)}", found "{unit}"')


def _number(row: Row, column: str, tell: Tell) -> Decimal | None:
    text = row[column]
    if not text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal(0)
    if not (number.is_finite() and number > 0):
        tell(f"expected a number above 0 as {column}")
        return None
    return number


def _mass(row: Row, tell: Tell) -> Decimal | None:
    stated = _number(row, "molar_mass", tell)
    if row["formula"]:
        try:
            worked_out = molar_mass(row["formula"])
        except ValueError:
            tell(f"{row['formula']} is no formula of elements that are known here")
            return stated
        if stated is None or abs(stated - worked_out) > MASS_TOLERANCE:
            tell(f"expected the molar mass {worked_out:.2f} of {row['formula']}, found {stated}")
    return stated


def _usual(row: Row, tell: Tell) -> tuple[Decimal, Decimal] | None:
    low, high = _number(row, "usual_low", tell), _number(row, "usual_high", tell)
    if (low is None) != (high is None) or (low is None) == bool(row["usual_source"]):
        tell("expected usual_low, usual_high and usual_source together, or none of them")
    if low is None or high is None:
        return None
    if not low < high < WIDEST * low:
        tell(f"expected usual_high above usual_low and less than {WIDEST} times it")
    return low, high


def _editions(file: _File) -> dict[str, dict[str, date]]:
    found: dict[str, dict[str, date]] = {}
    for row, tell in file.each():
        editions = found.setdefault(row["identifier_system"], {})
        if row["edition"] in editions:
            tell(f"edition {row['edition']} is listed twice")
        try:
            editions[row["edition"]] = date.fromisoformat(row["released"])
        except ValueError:
            tell("expected the day of the release as yyyy-mm-dd")
    return found


def _identifiers(
    file: _File, analytes: dict[str, Analyte], editions: dict[str, dict[str, date]]
) -> list[Identifier]:
    found: list[Identifier] = []
    for row, tell in file.each():
        entry = Identifier(
            row["analyte_id"], row["identifier_system"], row["identifier"], row["first_edition"],
            row["last_edition"], tuple(row["replaced_by"].split()),
        )  # fmt: skip
        if entry.analyte_id and entry.analyte_id not in analytes:
            tell(f"there is no analyte {entry.analyte_id}")
        if not entry.analyte_id and entry.is_current:
            tell("an identifier of no analyte is a retired one: state last_edition or replaced_by")
        _check_identifier(entry, editions.get(entry.system, {}), tell)
        for other in found:
            if (other.system, other.identifier) == (entry.system, entry.identifier) and (
                other.analyte_id == entry.analyte_id or _clash(other, entry)
            ):
                tell(f"{entry.system} {entry.identifier} is already that of {other.analyte_id}")
        found.append(entry)
    current = {(entry.analyte_id, entry.system, entry.identifier) for entry in found
               if entry.is_current}  # fmt: skip
    for row, tell in file.each():
        for new in row["replaced_by"].split() if row["analyte_id"] else ():
            if (row["analyte_id"], row["identifier_system"], new) not in current:
                tell(f"expected {new} to be a current identifier of {row['analyte_id']}")
    return found


def _check_identifier(entry: Identifier, editions: dict[str, date], tell: Tell) -> None:
    for identifier in (entry.identifier, *entry.replaced_by):
        if problem := identifier_problem(entry.system, identifier):
            tell(problem)
        elif canonical(entry.system, identifier) != identifier:
            tell(f"write {canonical(entry.system, identifier)}")
    for edition in (entry.first_edition, entry.last_edition):
        if edition and edition not in editions:
            tell(f"edition {edition} of {entry.system} is not in analyte_editions.csv")
            return
    first, last = editions.get(entry.first_edition), editions.get(entry.last_edition)
    if first and last and first > last:
        tell("first_edition is a later edition than last_edition")


def _clash(first: Identifier, second: Identifier) -> bool:
    """Return whether two analytes have an identifier that only one can have at a time."""
    apart = (first.last_edition and second.first_edition) or (
        second.last_edition and first.first_edition
    )
    return first.system in OF_ONE_ANALYTE and not apart


def _synonyms(file: _File, analytes: dict[str, Analyte]) -> list[Synonym]:
    found: dict[tuple[str, str, str], Synonym] = {}
    for row, tell in file.each():
        entry = Synonym(row["synonym"], row["analyte_id"], row["platform"], row["laboratory"])
        analyte = analytes.get(entry.analyte_id)
        if not entry.synonym.strip() or entry.synonym != entry.synonym.strip():
            tell("expected a synonym without blanks around it")
        if name := excel_date_name(entry.synonym):
            tell(f"{entry.synonym} is a date that a spreadsheet made of a name: {name}?")
        if analyte is None:
            tell(f"there is no analyte {entry.analyte_id}")
        elif analyte.platform != entry.platform:
            tell(f"{entry.analyte_id} is measured by {analyte.platform}, found {entry.platform}")
        key = (entry.synonym.lower(), entry.platform, entry.laboratory)
        if key in found:
            tell(f"{entry.synonym} already means {found[key].analyte_id} there")
        other = analytes.get(entry.synonym)
        if other is not None and other != analyte and other.platform == entry.platform:
            tell(f"{entry.synonym} is another analyte")
        found[key] = entry
    return list(found.values())


def _check_limits(file: _File, analytes: dict[str, Analyte]) -> None:
    seen = set()
    for row, tell in file.each():
        key = (row["survey_id"], row["analyte_id"])
        if row["analyte_id"] not in analytes:
            tell(f"there is no analyte {row['analyte_id']}")
        if _number(row, "lod", tell) is None and not row["lod"]:
            tell("expected a limit of detection; leave the line out where it is not stated")
        if key in seen:
            tell(f"{' '.join(key)} has a limit already")
        seen.add(key)
