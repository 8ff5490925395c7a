"""`janus assay`: a laboratory tries its file without a database, and sees counts, never values."""

import json

import polars as pl
import pytest
from typer.testing import CliRunner

from janus_warehouse.assays.formats.registry import FORMATS
from janus_warehouse.cli import app

LONG = (
    "SampleId;Compound;Result;Unit;LOD;Plate;Batch;RunDate\n"
    "SAAAAAAA1;PFOA;2,75;ng/mL;0,1;P1;B1;04.03.2019\n"
    "SAAAAAAA2;PFOA;<0,1;ng/mL;0,1;P1;B1;04.03.2019\n"
    "SAAAAAAA1;PFOS;;ng/mL;0,1;P2;B1;05.03.2019\n"
    "QC 1;PFOA;0,05;ng/mL;0,1;P1;B1;04.03.2019\n"
)


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.setenv("JANUS_DATABASE_URL", "postgresql://nowhere.invalid/none")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(app, ["assay", *words])


@pytest.fixture
def long(tmp_path):
    path = tmp_path / "pfas.csv"
    path.write_text(LONG)
    return path


def test_the_formats_are_listed_with_what_marks_each_layout(run):
    listed = json.loads(run("formats", "--json").output)
    assert [one["name"] for one in listed] == list(FORMATS)
    assert all(one["title"] and one["layouts"] and one["suffixes"] for one in listed)
    shown = run("formats").output
    assert all(name in shown for name in FORMATS)


def test_a_file_is_told_in_counts(run, long):
    told = json.loads(run("read", str(long), "--json").output)
    checksum = told.pop("value_checksum")
    assert len(checksum) == 32 and int(checksum, 16)
    assert told == {
        "file": "pfas.csv", "format": "long_csv", "layout": "long",
        "samples": {"control": 1, "sample": 3}, "sample_codes": 2, "replicates": 1,
        "plates": 2, "batches": 1, "run_dates": ["2019-03-04", "2019-03-05"],
        "analytes": 2, "panels": {}, "units": {"ng/mL": 2},
        "values": 4, "status": {"below_lod": 2, "detected": 1, "missing": 1},
        "qc": [], "written": [],
    }  # fmt: skip


def test_the_table_tells_the_same_and_shows_no_value(run, long):
    shown = run("read", str(long)).output
    checksum = json.loads(run("read", str(long), "--json").output)["value_checksum"]
    assert checksum in shown
    assert "3 rows, 2 codes" in shown and "2019-03-04 to 2019-03-05" in shown
    assert "2,75" not in shown and "2.75" not in shown and "SAAAAAAA" not in shown


def test_the_four_tables_are_written_as_parquet(run, long, tmp_path):
    done = run("read", str(long), "--to", "read/here")
    assert done.exit_code == 0, done.output
    folder = tmp_path / "read" / "here"
    assert sorted(p.name for p in folder.iterdir()) == [
        "analytes.parquet", "qc.parquet", "samples.parquet", "values.parquet"
    ]  # fmt: skip
    values = pl.read_parquet(folder / "values.parquet")
    assert values["value"].to_list() == [2.75, None, None, 0.05]
    assert values["value_text"].to_list() == [None, "<0,1", None, None]
    assert values["line"].to_list() == [2, 3, 4, 5]


def test_a_refused_file_leaves_nothing_behind_and_exits_with_1(run, long, tmp_path):
    long.write_text(LONG + "SAAAAAAA3;PFOA;a lot;ng/mL;0,1;P1;B1;04.03.2019\n")
    done = run("read", str(long), "--to", "read")
    assert done.exit_code == 1
    assert done.output.strip() == (
        "pfas.csv, column Result: 1 cells hold neither a number nor a word for a missing value "
        "(line 6); write a number, or leave the cell empty where there is none"
    )
    assert list((tmp_path / "read").iterdir()) == []


def test_a_file_of_no_known_layout_is_told_what_was_expected_and_seen(run, tmp_path):
    path = tmp_path / "stools.csv"
    path.write_text("child,stool\n1,0\n")
    done = run("read", str(path))
    assert done.exit_code == 1
    assert "stools.csv: it has the layout of no format that its name could have" in done.output
    assert "long_csv: expected one row per sample and analyte" in done.output
    assert "none for sample_code, analyte_code, value" in done.output


def test_a_format_is_taken_at_its_word(run, long):
    assert run("read", str(long), "--format", "long_csv").exit_code == 0
    assert run("read", str(long), "--format", "count_matrix").exit_code == 1
    unknown = run("read", str(long), "--format", "elisa")
    assert unknown.exit_code == 2
    assert "no format elisa" in unknown.output
    assert run("read", "nosuch.csv").exit_code == 2


def test_help_gives_examples(run):
    assert "Example" in run("read", "--help").output
    assert "Example" in run("formats", "--help").output


def test_a_folder_that_cannot_be_made_is_told_in_one_line(run, long):
    done = run("read", str(long), "--to", str(long / "read"))

    assert done.exit_code == 3
    assert "the folder cannot be made (Not a directory); name another one" in done.output
