"""The oracle tables of tumour codes, read from the real data; nothing of them is kept here."""

import csv
from pathlib import Path
from typing import NamedTuple

# Letters for pairs that ICD-O-3 does not list stand for the digit of the same rule.
UNLISTED = dict(zip("EFGHKLM", "1234789", strict=True))
COLUMNS = {"1": 0, "2": 1, "3": 2, "4": 3, "5": 4}
NO_CODE = {"?", "##", "####", "#", ""}


class Rule(NamedTuple):
    """What the oracle does with a morphology and its behaviour."""

    kind: str
    argument: str
    is_listed: bool


class Icdo3Oracle:
    """The conversion of the IARC/IACR tools: fixed columns, three files."""

    def __init__(self, folder: Path) -> None:
        self.topographies: dict[str, list[str]] = {}
        for line in _lines(folder / "O3_10T.txt"):
            self.topographies["C" + line[:3]] = [line[3 + 4 * n : 7 + 4 * n] for n in range(5)]
        self.morphologies: dict[tuple[str, str], Rule] = {}
        for line in _lines(folder / "O3_10M.txt"):
            kind, argument = line[5], line[6:].split("//")[0].split("/*")[0].strip()
            rule = Rule(UNLISTED.get(kind, kind), argument, kind not in UNLISTED)
            self.morphologies[line[:4], line[4]] = rule
        self.exceptions = {"8": _lines(folder / "O3_10r8.txt"), "9": _lines(folder / "O3_10r9.txt")}

    def icd10(self, topography: str, morphology: str, behaviour: str) -> str | None:
        """Return the ICD-10 code for a man, or nothing where the oracle has none."""
        kind, argument, _ = self.morphologies[morphology, behaviour]
        if kind in COLUMNS:
            return _code(self.topographies[topography][COLUMNS[kind]])
        if kind == "7":
            return _code(argument)
        return self._by_exception(self.exceptions[kind], int(argument), topography)

    def _by_exception(self, lines: list[str], first: int, topography: str) -> str | None:
        for line in lines[first - 1 :]:
            site, code = line[:4].strip(), line[4:8].strip()
            if site == "aos." or topography[1:].startswith(site.rstrip("-")):
                if code.startswith(":"):
                    return _code(self.topographies[topography][COLUMNS[code[1]]])
                return code[:3] + topography[3] if code.endswith("-") else _code(code)
        return None


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="latin-1").splitlines() if line.strip()]


def _code(text: str) -> str | None:
    code = text.strip()
    return None if code in NO_CODE else code.strip("+@# ")


def listed_morphologies(folder: Path) -> set[tuple[str, str]]:
    """Return the pairs of ICD-O-3.1 in the dictionary of CanReg5."""
    lines = (folder / "morphology5.tsv").read_text(encoding="latin-1").splitlines()[1:]
    return {(line[:4], line[4]) for line in lines if line.strip()}


def entities_by_icd10(folder: Path) -> dict[str, dict[str, str]]:
    """Return level → entity of each ICD-10 code; entity 999 is none."""
    with (folder / "icd10_to_entity_columns.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    return {
        row["icd10"].upper(): {
            column.removeprefix("entity_level_"): value
            for column, value in row.items()
            if column != "icd10" and value not in ("", "999")
        }
        for row in rows
    }


def icd10_by_icd7(folder: Path) -> dict[str, set[str]]:
    """Return the ICD-10 codes of each ICD-7 code."""
    found: dict[str, set[str]] = {}
    with (folder / "icd10_vs_icd67_icd8_icd9.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter=";"):
            if row["icd67"]:
                found.setdefault(row["icd67"], set()).add(row["icd10"])
    return found
