"""Reading codebooks: what a column means, its question, unit, codes and range.

Four forms: a CSV with a row for each code, a YAML of the same, documentation as text with tables
of codes (as the American health surveys publish it), and the labels inside SAS, SPSS and Stata
files.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from janus_warehouse.surveys.errors import ScaffoldError

_HEADING = re.compile(r"^#{2,5} +\**([A-Za-z][A-Za-z0-9_.]{0,31})\** +[-–—:] +(.+?)\s*$")
_ITEM = re.compile(
    r"^\s*[-*] +`?(-?[0-9A-Za-z.,<> ]{1,20}?)`? *[:=] *(.+?)(?:, *[0-9][0-9 ,]*)?\s*$"
)
_RANGE = re.compile(r"^(-?[0-9.,]+) +(?:to|til|[-–]) +(-?[0-9.,]+)$")
_QUESTION = re.compile(r"^(English Text|Question|Spørsmål|Spørsmålstekst):?\s*$", re.IGNORECASE)
_UNIT = re.compile(r"\s*[(\[]([^()\[\]]{1,14})[)\]]\s*$")
_BLANK = {".", "", "< blank >", "<blank>", "blank"}
_ENCODINGS = ("utf-8-sig", "latin-1")


@dataclass(frozen=True)
class Entry:
    """What a codebook says of one column; what it does not say is empty."""

    name: str = ""
    label: str = ""
    question: str = ""
    unit: str = ""
    codes: dict[str, str] = field(default_factory=dict)
    limits: tuple[float, float] | None = None
    position: tuple[int, int] | None = None


Codebook = dict[str, Entry]
"""Entries by the column's name in lower case."""


def read_codebook(path: Path) -> Codebook:
    """Return what a codebook says of each column.

    Raises:
        ScaffoldError: The file is missing, of another form, or describes no column.
    """
    if not path.is_file():
        raise ScaffoldError(f"{path}: expected a codebook, found no such file; check the path")
    suffix = path.suffix.lower()
    if suffix in (".csv", ".tsv"):
        book = _from_rows(path, _csv_rows(path))
    elif suffix in (".yaml", ".yml"):
        book = _from_yaml(path)
    elif suffix in (".md", ".txt", ".html", ".htm"):
        book = from_text(_text(path))
    elif suffix in (".xpt", ".sav", ".zsav", ".dta", ".sas7bdat", ".por"):
        book = labels_inside(path)
    else:
        raise ScaffoldError(
            f"{path}: expected a codebook as .csv, .yaml, .md, .xpt, .sav, .dta or .sas7bdat, "
            f"found {suffix or 'a name without ending'}"
        )
    if not book:
        raise ScaffoldError(
            f"{path}: expected the description of at least one column, found none. A CSV has the "
            "columns name, label, code, code_label and, for fixed width, first and last"
        )
    return book


def _text(path: Path) -> str:
    data = path.read_bytes()
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _csv_rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    text = _text(path)
    first = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text), delimiter=max("\t;,", key=first.count))
    for row in reader:
        yield (
            reader.line_num,
            {str(k).strip().lower(): str(v or "").strip() for k, v in row.items()},
        )


def _from_rows(path: Path, rows: Iterator[tuple[int, dict[str, str]]]) -> Codebook:
    book: Codebook = {}
    name = ""
    for line, row in rows:
        if "name" not in row:
            raise ScaffoldError(
                f"{path}, line 1: expected a codebook with the columns name, label, code, "
                f"code_label, found {', '.join(sorted(row)[:6])}"
            )
        name = row["name"].lower() or name
        entry = book.get(name, Entry())
        if row.get("code"):
            entry.codes[row["code"]] = row.get("code_label", "")
        limits, position = _pair(path, line, row, "minimum", "maximum"), None
        if row.get("first") or row.get("last"):
            place = _pair(path, line, row, "first", "last")
            position = (int(place[0]), int(place[1])) if place else None
        book[name] = replace(
            entry,
            name=entry.name or row["name"],
            label=entry.label or row.get("label", ""),
            question=entry.question or row.get("question", ""),
            unit=entry.unit or row.get("unit", ""),
            limits=entry.limits or limits,
            position=entry.position or position,
            codes=dict(entry.codes),
        )
    book.pop("", None)
    return {key: _with_unit(entry) for key, entry in book.items()}


def _pair(
    path: Path, line: int, row: dict[str, str], low: str, high: str
) -> tuple[float, float] | None:
    if not (row.get(low) and row.get(high)):
        return None
    try:
        return float(row[low].replace(",", ".")), float(row[high].replace(",", "."))
    except ValueError:
        raise ScaffoldError(f"{path}, line {line}: expected numbers in {low} and {high}") from None


def _from_yaml(path: Path) -> Codebook:
    try:
        content: Any = yaml.safe_load(_text(path))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise ScaffoldError(f"{path}:{mark.line + 1 if mark else 1}: not YAML") from None
    if isinstance(content, list):
        content = {
            str(e["name"]): {k: v for k, v in e.items() if k != "name"}
            for e in content
            if isinstance(e, dict) and "name" in e
        }
    if not isinstance(content, dict):
        raise ScaffoldError(f"{path}:1: expected column names with label, question, unit, codes")
    book = {}
    for name, said in content.items():
        said = {"label": said} if isinstance(said, str) else said
        if not isinstance(said, dict) or not isinstance(said.get("codes") or {}, dict):
            raise ScaffoldError(f"{path}: {name}: expected label, question, unit, codes: {{…}}")
        codes = {str(code): str(label) for code, label in (said.get("codes") or {}).items()}
        texts = {key: str(said.get(key) or "") for key in ("label", "question", "unit")}
        row = {key: str(said.get(key) or "") for key in ("minimum", "maximum", "first", "last")}
        place = _pair(path, 1, row, "first", "last")
        book[str(name).lower()] = _with_unit(
            Entry(
                str(name), **texts, codes=codes, limits=_pair(path, 1, row, "minimum", "maximum"),
                position=(int(place[0]), int(place[1])) if place else None,
            )
        )  # fmt: skip
    return book


def from_text(text: str) -> Codebook:
    """Return the columns of a documentation page: headings `NAME - label`, then their codes.

    Codes stand in a table (code | label | count | …) or in a list (`- code: label, count`).
    """
    book: Codebook = {}
    name, asked = "", False
    for line in text.splitlines():
        if found := _HEADING.match(line):
            name = found[1].lower()
            book[name] = _with_unit(Entry(label=found[2]))
            asked = False
        elif line.startswith("#"):
            name = ""
        elif name:
            if _QUESTION.match(line.strip()):
                asked = True
            elif asked and line.strip():
                book[name] = replace(book[name], question=" ".join(line.split()))
                asked = False
            elif cells := _cells(line):
                book[name] = _with_code(book[name], *cells)
    return {key: entry for key, entry in book.items() if entry.label}


def _cells(line: str) -> tuple[str, str] | None:
    if line.count("|") >= 2:
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) >= 3 and re.fullmatch(r"[0-9 ,]*", cells[2]) and not set(cells[0]) <= {"-"}:
            return cells[0], cells[1]
    elif found := _ITEM.match(line):
        return found[1].strip(), found[2].strip()
    return None


def _with_code(entry: Entry, code: str, label: str) -> Entry:
    if code.lower() in _BLANK:
        return entry
    if found := _RANGE.match(code):
        low, high = (float(part.replace(",", "")) for part in found.groups())
        if entry.limits:
            low, high = min(low, entry.limits[0]), max(high, entry.limits[1])
        return replace(entry, limits=(low, high))
    if re.fullmatch(r"-?[0-9A-Za-z][0-9A-Za-z.+-]{0,15}", code):
        return replace(entry, codes={**entry.codes, _plain(code): label})
    return entry


def _plain(code: str) -> str:
    """Return a code as the readers write it: `1.0` is `1`."""
    return code[:-2] if re.fullmatch(r"-?[0-9]+\.0", code) else code


def labels_inside(path: Path) -> Codebook:
    """Return the labels of columns and codes that a SAS, SPSS or Stata file holds."""
    import pyreadstat

    readers: dict[str, Callable[..., Any]] = {
        ".xpt": pyreadstat.read_xport, ".sav": pyreadstat.read_sav, ".zsav": pyreadstat.read_sav,
        ".por": pyreadstat.read_por, ".dta": pyreadstat.read_dta,
        ".sas7bdat": pyreadstat.read_sas7bdat,
    }  # fmt: skip
    try:
        _, told = readers[path.suffix.lower()](path, metadataonly=True)
    except Exception as error:
        what = type(error).__name__
        raise ScaffoldError(f"{path}: expected a file with labels, found {what}") from None
    book = {}
    for name, label in told.column_names_to_labels.items():
        values = (told.variable_value_labels or {}).get(name, {})
        codes = {_plain(str(code)): str(text) for code, text in values.items()}
        book[name.lower()] = _with_unit(Entry(label=label or "", codes=codes))
    return book


def _with_unit(entry: Entry) -> Entry:
    """Take a unit in brackets from the end of a label: `Weight (kg)`."""
    found = _UNIT.search(entry.label)
    if not found or entry.unit or (unit := ucum(found[1])) is None:
        return entry
    return replace(entry, unit=unit, label=entry.label[: found.start()].strip())


_UCUM = {
    "cm": "cm", "m": "m", "mm": "mm", "kg": "kg", "g": "g", "kg/m**2": "kg/m2", "kg/m2": "kg/m2",
    "mg/dl": "mg/dL", "mmol/l": "mmol/L", "umol/l": "umol/L", "ng/ml": "ng/mL", "g/dl": "g/dL",
    "mg/l": "mg/L", "ug/l": "ug/L", "mmhg": "mm[Hg]", "mm hg": "mm[Hg]", "mm[hg]": "mm[Hg]",
    "år": "a", "years": "a", "yrs": "a", "hours": "h", "timer": "h", "hrs": "h", "h": "h",
    "per day": "/d", "pr dag": "/d", "per dag": "/d", "beats/min": "/min", "/min": "/min",
    "slag/min": "/min", "months": "mo", "sec": "s", "days": "d", "dager": "d", "pg/ml": "pg/mL",
}  # fmt: skip


def ucum(written: str) -> str | None:
    """Return the UCUM unit that people write in a label, or None for words that are no unit."""
    return _UCUM.get(written.strip().lower())
