"""Olink's exports: who judged what, limits by plate, and workbooks that a person has touched."""

from datetime import date

import openpyxl
import polars as pl
import pytest

from janus_warehouse.assays.reading import read_file
from janus_warehouse.errors import DeliveryRefusedError

LONG = (
    "SampleID;OlinkID;UniProt;Assay;Panel;PlateID;QC_Warning;LOD;NPX\n"
    "S1;OID1;P1;IL6;Cardio;P1;Pass;0,5;0,25\n"
    "S1;OID2;P2;IL8;Immune;P1;Warning;0,5;2,5\n"
    "S2;OID1;P1;IL6;Cardio;P2;Fail;-0,5;0,25\n"
    "S2;OID2;P2;IL8;Immune;P2;Pass;0,1;NA\n"
    "NEG_CTRL_1;OID1;P1;IL6;Cardio;P1;Pass;0,5;-2\n"
    "IPC_1;OID1;P1;IL6;Cardio;P1;Pass;0,5;4\n"
    "CONTROL_SAMPLE_1;OID1;P1;IL6;Cardio;P1;Pass;0,5;3\n"
)
WIDE = [
    ["NPX Manager 2.2"],
    ["NPX data"],
    ["Panel", "Cardio", "Cardio", "Cardio", "Cardio"],
    ["Assay", "IL6", "IL8", "Plate ID", "QC Warning"],
    ["Uniprot ID", "P1", "P2", None, None],
    ["OlinkID", "OID1", "OID2", None, None],
    [],
    ["S1", 0.25, 2.5, "P1", "Pass"],
    ["S2", 1.25, 3.5, "P1", "Warning"],
    [],
    ["LOD", 0.5, 0.5, None, None],
]


@pytest.fixture
def read(tmp_path):
    def read(text: str):
        (tmp_path / "npx.csv").write_text(text)
        return read_file(tmp_path / "npx.csv")

    return read


@pytest.fixture
def workbook(tmp_path):
    def make(rows: list, merged: str | None = None):
        sheet = (book := openpyxl.Workbook()).active
        for row in rows:
            sheet.append(row)
        if merged:
            sheet.merge_cells(merged)
        book.save(tmp_path / "npx.xlsx")
        return read_file(tmp_path / "npx.xlsx")

    return make


def cells(file, *columns: str) -> list[tuple]:
    values = pl.concat(pl.DataFrame(pl.from_arrow(batch)) for batch in file.values)
    return values.select(columns).rows()


def changed(row: int, column: int, value: object) -> list:
    rows = [list(cells) for cells in WIDE]
    rows[row - 1][column - 1] = value
    return rows


def test_values_below_the_limit_of_their_plate_are_kept(read):
    assert cells(read(LONG), "value", "status", "lod")[:4] == [
        (0.25, "below_lod", 0.5), (2.5, "detected", 0.5),
        (0.25, "qc_failed", -0.5), (None, "missing", 0.1),
    ]  # fmt: skip


def test_a_sample_is_what_its_worst_panel_is_and_controls_are_known(read):
    samples = pl.DataFrame(pl.from_arrow(read(LONG).samples))
    assert samples.select("sample_code", "sample_kind", "qc_status").rows() == [
        ("S1", "sample", "warned"), ("S2", "sample", "failed"), ("NEG_CTRL_1", "blank", "passed"),
        ("IPC_1", "calibrator", "passed"), ("CONTROL_SAMPLE_1", "control", "passed"),
    ]  # fmt: skip


def test_assays_keep_their_identifiers(read):
    analytes = pl.DataFrame(pl.from_arrow(read(LONG).analytes))
    assert analytes.select(
        "analyte_code", "analyte_name", "olink_id", "uniprot", "panel", "unit"
    ).rows() == [
        ("OID1", "IL6", "OID1", "P1", "Cardio", "NPX"),
        ("OID2", "IL8", "OID2", "P2", "Immune", "NPX"),
    ]


def test_a_workbook_is_read_with_the_rows_of_its_sheet(workbook):
    file = workbook(WIDE)
    assert file.layout == "npx_wide"
    assert cells(file, "value", "status", "lod", "line") == [
        (0.25, "below_lod", 0.5, 8), (2.5, "detected", 0.5, 8),
        (1.25, "detected", 0.5, 9), (3.5, "detected", 0.5, 9),
    ]  # fmt: skip


BAD = {
    "merged cells": (lambda make: make(WIDE, "D8:D9"), r"^npx\.xlsx.*merged.*D8:D9"),
    "a sheet cut short": (
        lambda make: make(WIDE[:9]),
        r"^npx\.xlsx: expected samples below row 6 and limits of detection below them, found none: "
        r"the sheet is cut short; send it again$",
    ),
    "a decimal comma": (
        lambda make: make(changed(8, 2, "0,25")),
        r"^npx\.xlsx, NPX: 1 cells hold neither a number .*\(line 8\); 1 of them have a decimal",
    ),
    "a gene that became a day": (
        lambda make: make(changed(4, 2, "2-Sep")),
        r"^npx\.xlsx, row Assay: 1 names .* \(line 4: 2-Sep, probably SEPT2\); send the file as",
    ),
    "a gene that became a real day": (
        lambda make: make(changed(4, 3, date(2026, 3, 1))),
        r"^npx\.xlsx, row Assay: 1 names .* \(line 4: 2026-03-01.*, probably MARCH1\); send the",
    ),
}


@pytest.mark.parametrize(("spoil", "message"), BAD.values(), ids=BAD.keys())
def test_a_workbook_that_a_person_has_touched_is_refused(workbook, spoil, message):
    with pytest.raises(DeliveryRefusedError, match=message):
        cells(spoil(workbook), "value")


def test_a_word_of_judgement_that_nobody_knows_is_refused(read):
    with pytest.raises(DeliveryRefusedError, match=r"column QC_Warning: 1 words .*\(line 2\)"):
        cells(read(LONG.replace("Pass", "So so", 1)), "value")


def test_a_workbook_cut_within_its_bytes_is_refused(tmp_path, workbook):
    workbook(WIDE)
    path = tmp_path / "npx.xlsx"
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(DeliveryRefusedError, match=r"^npx\.xlsx"):
        read_file(path)
