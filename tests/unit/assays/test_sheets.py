"""The sheets of a return fill what native files leave empty, and contradict nothing."""

import polars as pl
import pyarrow as pa
import pytest

from janus_warehouse.assays.sheets import Sheets
from janus_warehouse.assays.tables import ANALYTES, QC, SAMPLES, VALUES, AssayFile
from janus_warehouse.errors import DeliveryRefusedError


def rows(schema: pa.Schema, *made: dict) -> pa.Table:
    return pa.Table.from_pylist(list(made), schema=schema)


def sample(code: str, **told) -> dict:
    return {"sample_code": code, "sample_kind": "sample", "replicate": 1, **told}


def a_file(samples: pa.Table, analytes: pa.Table, *values: float) -> AssayFile:
    cells = [
        {"sample_row": n, "analyte_row": 0, "value": value, "status": "detected", "line": n + 2}
        for n, value in enumerate(values)
    ]
    batches = rows(VALUES, *cells).to_batches()
    return AssayFile("long_csv", "v1", samples, analytes, rows(QC), iter(batches))


@pytest.fixture
def sheets(tmp_path):
    def read(**texts: str) -> Sheets:
        for name, text in texts.items():
            (tmp_path / f"{name}.csv").write_text(text)
        return Sheets.read(tmp_path)

    return read


def test_without_sheets_a_file_stays_as_it_is(sheets):
    file = a_file(rows(SAMPLES, sample("A")), rows(ANALYTES, {"analyte_code": "PFOA"}), 1.0)
    completed = sheets().complete(file)
    assert completed.samples == file.samples
    assert completed.analytes == file.analytes


def test_plates_and_volumes_come_from_the_sheet(sheets):
    read = sheets(samples="sample_code,plate_id,well,volume_used_ul\nB,P1,A02,20\nA,P1,A01,25.5\n")
    file = a_file(rows(SAMPLES, sample("A"), sample("B")), rows(ANALYTES))
    assert read.complete(file).samples.select(
        ["sample_code", "plate_id", "well", "volume_used_ul"]
    ).to_pylist() == [
        {"sample_code": "A", "plate_id": "P1", "well": "A01", "volume_used_ul": 25.5},
        {"sample_code": "B", "plate_id": "P1", "well": "A02", "volume_used_ul": 20.0},
    ]


def test_lines_about_one_code_are_told_apart_by_the_plate(sheets):
    read = sheets(samples="sample_code,plate_id,volume_used_ul\nA,P1,10\nA,P2,30\n")
    file = a_file(rows(SAMPLES, sample("A", plate_id="P2"), sample("A", plate_id="P1")),
                  rows(ANALYTES))  # fmt: skip
    assert read.complete(file).samples["volume_used_ul"].to_pylist() == [30.0, 10.0]


def test_a_limit_of_the_sheet_gives_plain_numbers_their_status(sheets):
    read = sheets(analytes="analyte_code,unit,lod,lloq,uloq\nPFOA,ng/mL,0.1,0.5,90\n")
    file = a_file(rows(SAMPLES, *(sample(c) for c in "ABCD")),
                  rows(ANALYTES, {"analyte_code": "PFOA"}), 0.05, 0.3, 7.0, 120.0)  # fmt: skip
    completed = read.complete(file)
    [batch] = completed.values
    assert batch["status"].to_pylist() == ["below_lod", "below_lloq", "detected", "above_uloq"]
    assert batch["value"].to_pylist() == [0.05, 0.3, 7.0, 120.0]
    assert completed.analytes["unit"].to_pylist() == ["ng/mL"]


def test_a_sample_that_only_the_sheet_names_is_a_sample_without_result(sheets):
    read = sheets(samples="sample_code,missing_reason\nA,\nC,tube was empty\n")
    known = pl.DataFrame(pl.from_arrow(rows(SAMPLES, sample("A"))))
    left = read.without_result(known)
    assert left.select("sample_code", "sample_kind", "replicate", "missing_reason").rows() == [
        ("C", "sample", 1, "tube was empty")
    ]


BAD = {
    "another plate": (
        {"samples": "sample_code,plate_id\nA,P2\n"},
        "samples.csv, column plate_id: the file of results says otherwise than line 2; correct "
        "whichever is wrong",
    ),
    "a column nobody knows": (
        {"samples": "sample_code,plate\nA,P1\n"},
        "samples.csv, line 1: expected sample_code and any of sample_code, sample_kind, "
        "replicate, plate_id, well, batch_id, run_date, qc_status, volume_used_ul, thaws_after, "
        "missing_reason; not known: plate",
    ),
    "a decimal comma": (
        {"samples": "sample_code;volume_used_ul\nA;12,5\n"},
        "samples.csv, column volume_used_ul: line 2 cannot be read; write numbers with a point "
        "and dates as 2026-12-31",
    ),
    "a code twice": (
        {"analytes": "analyte_code,unit\nPFOA,ng/mL\nPFOA,pg/mL\n"},
        "analytes.csv, analyte_code: lines 2, 3 have none, or one that stands twice; write one "
        "line for each, or tell them apart by panel",
    ),
}


@pytest.mark.parametrize(("texts", "message"), BAD.values(), ids=BAD.keys())
def test_a_sheet_that_cannot_be_followed_refuses_the_return(sheets, texts, message):
    file = a_file(rows(SAMPLES, sample("A", plate_id="P1")), rows(ANALYTES))
    with pytest.raises(DeliveryRefusedError) as refused:
        sheets(**texts).complete(file)
    assert str(refused.value) == message
