"""Files that nobody here made: counts only, never a value."""

import gzip
import os
from collections import Counter
from pathlib import Path

import pyreadstat
import pytest
from dialects import column, contract, received

from janus_warehouse.deliveries.readers import open_stream, scan, scan_faults

REPO = Path(__file__).parents[3]
REAL = Path(os.environ.get("JANUS_SHARED", REPO.parent / "shared")) / "real-data"
pytestmark = pytest.mark.skipif(
    not REAL.is_dir(), reason=f"REAL DATA MISSING at {REAL}: set JANUS_SHARED"
)

TRANSPORT_FILES = sorted((REAL / "nhanes_linkage" / "raw").glob("*.XPT*"))
TABLES = sorted((REAL / "nhanes" / "csv").glob("*.csv.gz"))


def test_there_are_as_many_files_as_expected():
    assert (len(TRANSPORT_FILES), len(TABLES)) == (15, 74)


@pytest.mark.parametrize("path", TRANSPORT_FILES, ids=lambda path: path.name)
def test_transport_file_agrees_with_the_reference_reader(path, tmp_path):
    plain = tmp_path / "plain.xpt"
    plain.write_bytes(
        gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    )
    reference, _ = pyreadstat.read_xport(str(plain))

    stream = open_stream(path, {"kind": "xpt"})
    rows = received(stream)

    assert stream.columns == list(reference.columns)
    assert len(rows) == len(reference) == scan(path, {"kind": "xpt"}).data_rows
    differing = Counter()
    for position, name in enumerate(stream.columns):
        ours = [row[position] for row in rows]
        differing[name] = sum(map(_differ, ours, reference[name].tolist()))
    assert +differing == Counter()


def _differ(text: str, value: object) -> bool:
    if isinstance(value, str):
        return text != value
    return (text != "") if value != value else (text == "" or float(text) != value)


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.name)
def test_table_has_the_rows_of_its_lines(path):
    file_format = {"kind": "csv"}

    found = scan(path, file_format)
    stream = open_stream(path, file_format)

    with gzip.open(path, "rb") as plain:
        lines = sum(1 for _ in plain)
    assert found.data_rows == lines - 1 - found.breaks_in_quotes
    assert scan_faults(found, file_format) == []
    assert {len(row) for row in received(stream)} == {len(stream.columns)}


@pytest.mark.parametrize(
    ("years", "people", "deaths"), [("2003_2004", 10122, 732), ("2005_2006", 10348, 427)]
)
def test_linked_mortality_file_has_its_published_totals(years, people, deaths):
    path = REAL / "nhanes_linkage" / "raw" / f"NHANES_{years}_MORT_2011_PUBLIC.dat"
    fields = contract(column("status", (16, 16)), column("flags", (50, 54)))

    rows = received(open_stream(path, {"kind": "fixed_width"}, fields))

    assert len(rows) == people == scan(path, {"kind": "fixed_width"}).data_rows
    assert sum(status == "1" for status, _ in rows) == deaths
