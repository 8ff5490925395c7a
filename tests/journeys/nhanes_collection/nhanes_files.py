"""The public NHANES files of 2003 to 2006: laid out as deliveries, and their codebooks read.

The files are read from the shared folder and never copied into the repository; what the
codebooks say is parsed when a test runs.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from janus_warehouse.deliveries import write_manifest
from janus_warehouse.platform.settings import get_settings

LINKED_UNTIL = date(2011, 12, 31)

CODEBOOKS = {
    "demographics_c": "DEMO_C",
    "demographics_d": "DEMO_D",
    "smoking_c": "SMQ_C",
    "smoking_d": "SMQ_D",
    "body_measures_c": "BMX_C",
    "body_measures_d": "BMX_D",
    "cholesterol_c": "L13_C",
    "cholesterol_d": "TCHOL_D",
    "hdl_d": "HDL_D",
    "pfas_c": "L24PFC_C",
    "pfas_d": "PFC_D",
}
"""Which official codebook describes which of our tables; the mortality files have none here."""


@dataclass(frozen=True)
class NhanesDelivery:
    """One delivery: whose, of which day, and which published file fills which table."""

    source: str
    name: str
    as_of: date
    files: dict[str, str]
    """Name in the delivery → path below the real data; the name starts with the table's."""


DELIVERIES = (
    NhanesDelivery(
        "nhanes_survey",
        "2003-2004",
        date(2004, 12, 31),
        {
            "demographics_c.xpt.gz": "nhanes_linkage/raw/DEMO_C.XPT.gz",
            "smoking_c.xpt.gz": "nhanes_linkage/raw/SMQ_C.XPT.gz",
            "body_measures_c.xpt.gz": "nhanes_linkage/raw/BMX_C.XPT.gz",
            "cholesterol_c.xpt": "nhanes_linkage/raw/L13_C.XPT",
        },
    ),
    NhanesDelivery(
        "nhanes_survey",
        "2005-2006",
        date(2006, 12, 31),
        {
            "demographics_d.xpt.gz": "nhanes_linkage/raw/DEMO_D.XPT.gz",
            "smoking_d.xpt.gz": "nhanes_linkage/raw/SMQ_D.XPT.gz",
            "body_measures_d.xpt.gz": "nhanes_linkage/raw/BMX_D.XPT.gz",
            "cholesterol_d.xpt": "nhanes_linkage/raw/TCHOL_D.XPT",
            "hdl_d.xpt": "nhanes_linkage/raw/HDL_D.XPT",
        },
    ),
    NhanesDelivery(
        "nhanes_lab",
        "2003-2004",
        date(2004, 12, 31),
        {"pfas_c.csv.gz": "nhanes/csv/L24PFC_C.csv.gz"},
    ),
    NhanesDelivery(
        "nhanes_lab",
        "2005-2006",
        date(2006, 12, 31),
        {"pfas_d.csv.gz": "nhanes/csv/PFC_D.csv.gz"},
    ),
    NhanesDelivery(
        "nhanes_mortality",
        "release-2011",
        LINKED_UNTIL,
        {
            "mortality_2003.dat": "nhanes_linkage/raw/NHANES_2003_2004_MORT_2011_PUBLIC.dat",
            "mortality_2005.dat": "nhanes_linkage/raw/NHANES_2005_2006_MORT_2011_PUBLIC.dat",
        },
    ),
)


def real_data() -> Path:
    """Return the folder of real data; it may not exist."""
    return get_settings().shared_root / "real-data"


def lay_deliveries(landing: Path) -> list[Path]:
    """Lay every NHANES delivery into a landing zone, manifests last; return their folders.

    The files are links to the published ones, so nothing is copied.
    """
    folders = []
    for delivery in DELIVERIES:
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


def compared_columns() -> Iterator[tuple[str, str, str, str]]:
    """Yield (raw table, our column, table, variable) of every column that a codebook counts."""
    from janus_warehouse.contracts import load_contracts

    for contract in load_contracts():
        if contract.collection == "nhanes" and contract.table in CODEBOOKS:
            for column in contract.kept_columns:
                yield contract.raw_table, column.name, contract.table, column.physical_name
