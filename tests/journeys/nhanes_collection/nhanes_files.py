"""The public NHANES files of 1999 to 2010: laid out as deliveries, and their codebooks read.

The files are read from the shared folder and never copied into the repository; what the
codebooks say is parsed when a test runs.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from janus_warehouse.deliveries import write_manifest
from janus_warehouse.platform.settings import get_settings

LINKED_UNTIL = date(2011, 12, 31)

CYCLES = {1999: "a", 2001: "b", 2003: "c", 2005: "d", 2007: "e", 2009: "f"}
"""First year of a cycle → the letter that the publisher's files and our tables end with."""

LINKED_CYCLES = (2003, 2005)
"""The cycles whose transport files and linkage to deaths are at hand."""

PFAS_FILES = {2003: "L24PFC_C", 2005: "PFC_D", 2007: "PFC_E", 2009: "PFC_F"}
"""First year of a cycle → the laboratory's file of perfluorinated compounds."""

_QUESTIONNAIRES = {
    "demographics": "DEMO",
    "smoking": "SMQ",
    "body_measures": "BMX",
    "medical_conditions": "MCQ",
}
"""Our table → the publisher's file, whose name says the cycle: DEMO, DEMO_B, DEMO_C …"""

_LABORATORY = {
    "cholesterol": ("LAB13", "L13_B", "L13_C", "TCHOL_D", "TCHOL_E", "TCHOL_F"),
    "crp": ("LAB11", "L11_B", "L11_C", "CRP_D", "CRP_E", "CRP_F"),
    "cotinine": ("LAB06", "L06_B", "L06COT_C", "COT_D", "COTNAL_E", "COTNAL_F"),
}
"""Our table → the publisher's file in each cycle: the laboratory renamed them."""

_TRANSPORT = {
    f"{table}_{letter}": f"{file}_{letter.upper()}.XPT{packed}"
    for letter in "cd"
    for table, file, packed in (
        ("demographics", "DEMO", ".gz"),
        ("smoking", "SMQ", ".gz"),
        ("body_measures", "BMX", ".gz"),
        ("blood_pressure", "BPX", ".gz"),
        ("diabetes", "DIQ", ".gz"),
        ("alcohol", "ALQ", ""),
    )
} | {"cholesterol_c": "L13_C.XPT", "cholesterol_d": "TCHOL_D.XPT", "hdl_d": "HDL_D.XPT"}
"""What is at hand as the publisher's transport file; everything else is a copy in csv."""


def _codebooks() -> dict[str, str]:
    found = {"hdl_d": "HDL_D"} | {f"pfas_{CYCLES[y]}": file for y, file in PFAS_FILES.items()}
    for position, letter in enumerate(CYCLES.values()):
        suffix = "" if letter == "a" else f"_{letter.upper()}"
        found |= {f"{table}_{letter}": f + suffix for table, f in _QUESTIONNAIRES.items()}
        found |= {f"{table}_{letter}": names[position] for table, names in _LABORATORY.items()}
    return found


CODEBOOKS = _codebooks()
"""Which official codebook describes which of our tables.

The mortality files have none here, and neither have blood pressure, diabetes and alcohol.
"""


@dataclass(frozen=True)
class NhanesDelivery:
    """One delivery: whose, of which day, and which published file fills which table."""

    source: str
    name: str
    as_of: date
    files: dict[str, str]
    """Name in the delivery → path below the real data; the name starts with the table's."""


def survey_delivery(first_year: int) -> NhanesDelivery:
    """Return what a cycle delivers: its questionnaires, measurements and blood samples."""
    letter, files = CYCLES[first_year], {}
    for table in sorted({*CODEBOOKS, *_TRANSPORT}):
        if not table.endswith(f"_{letter}") or table.startswith("pfas"):
            continue
        if path := _TRANSPORT.get(table):
            files[f"{table}.{path.partition('.')[2].lower()}"] = f"nhanes_linkage/raw/{path}"
        else:
            files[f"{table}.csv.gz"] = f"nhanes/csv/{CODEBOOKS[table]}.csv.gz"
    last_year = first_year + 1
    return NhanesDelivery(
        "nhanes_survey", f"{first_year}-{last_year}", date(last_year, 12, 31), files
    )


SURVEYS = {first_year: survey_delivery(first_year) for first_year in CYCLES}


def laboratory_delivery(first_year: int) -> NhanesDelivery:
    """Return what the laboratory delivers of a cycle."""
    file, last_year = PFAS_FILES[first_year], first_year + 1
    return NhanesDelivery(
        "nhanes_lab",
        f"{first_year}-{last_year}",
        date(last_year, 12, 31),
        {f"pfas_{CYCLES[first_year]}.csv.gz": f"nhanes/csv/{file}.csv.gz"},
    )


LABORATORY = {first_year: laboratory_delivery(first_year) for first_year in PFAS_FILES}

MORTALITY = NhanesDelivery(
    "nhanes_mortality",
    "release-2011",
    LINKED_UNTIL,
    {
        "mortality_2003.dat": "nhanes_linkage/raw/NHANES_2003_2004_MORT_2011_PUBLIC.dat",
        "mortality_2005.dat": "nhanes_linkage/raw/NHANES_2005_2006_MORT_2011_PUBLIC.dat",
    },
)
"""The linkage of the two cycles that have one."""


def real_data() -> Path:
    """Return the folder of real data; it may not exist."""
    return get_settings().shared_root / "real-data"


def lay_deliveries(landing: Path, cycles: Iterable[int] = LINKED_CYCLES) -> list[Path]:
    """Lay NHANES deliveries into a landing zone, manifests last; return their folders.

    The cycles asked for with their laboratory, and the linkage. The files are links to the
    published ones, so nothing is copied.
    """
    folders = []
    surveys = [SURVEYS[first_year] for first_year in cycles]
    laboratory = [LABORATORY[first_year] for first_year in cycles if first_year in LABORATORY]
    for delivery in (*surveys, *laboratory, MORTALITY):
        folder = landing / delivery.source / delivery.name
        folder.mkdir(parents=True)
        for name, path in delivery.files.items():
            (folder / name).symlink_to((real_data() / path).resolve())
        write_manifest(folder, source=delivery.source, collection="nhanes", as_of=delivery.as_of)
        folders.append(folder)
    return folders


@dataclass
class CodebookVariable:
    """What an official codebook says about one variable.

    Attributes:
        codes: Code → how many records have it. Codes are whole numbers as text.
        ranges: (lowest, highest, how many records) of measured values.
        missing: How many records have no value.
    """

    codes: dict[str, int] = field(default_factory=dict)
    ranges: list[tuple[float, float, int]] = field(default_factory=list)
    missing: int | None = None


_VARIABLE = re.compile(r"^### (\w+) - ")
_ROW = re.compile(r"^(?P<code>.+?) \| .*? \| (?P<count>\d+) \| \d+ \|")
_RANGE = re.compile(r"^(-?[\d.]+) to (-?[\d.]+)$")


def read_codebook(name: str) -> dict[str, CodebookVariable]:
    """Return what a codebook says about each variable that it counts."""
    path = real_data() / "nhanes" / "codebooks_md" / f"{name}.md"
    variables: dict[str, CodebookVariable] = {}
    current = None
    for line in path.read_text(encoding="utf-8").splitlines():
        if found := _VARIABLE.match(line):
            current = variables.setdefault(found[1], CodebookVariable())
        elif line.startswith("#"):
            current = None
        elif current is not None and (row := _ROW.match(line)):
            _add_row(current, row["code"].strip(), int(row["count"]))
    return {name: found for name, found in variables.items() if found.missing is not None}


def _add_row(variable: CodebookVariable, code: str, count: int) -> None:
    if found := _RANGE.match(code):
        variable.ranges.append((float(found[1]), float(found[2]), count))
    elif code in (".", "< blank >"):
        variable.missing = count
    else:
        variable.codes[code] = count


def compared_columns() -> dict[tuple[str, str], list[tuple[str, str]]]:
    """Return (raw table, table) → its (our column, variable) that a codebook counts."""
    from janus_warehouse.contracts import load_contracts

    return {
        (contract.raw_table, contract.table): [
            (column.name, column.physical_name) for column in contract.kept_columns
        ]
        for contract in load_contracts()
        if contract.collection == "nhanes" and contract.table in CODEBOOKS
    }
