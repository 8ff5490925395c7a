"""The summary counts what a file holds, tells the figures, and writes all or nothing."""

import polars as pl
import pyarrow as pa
import pytest

from janus_warehouse.assays.checksum import checksum_of
from janus_warehouse.assays.summary import Figures, summarise
from janus_warehouse.assays.tables import ANALYTES, QC, SAMPLES, VALUES, AssayFile
from janus_warehouse.errors import DeliveryRefusedError


def made(*, breaks: bool = False) -> AssayFile:
    samples = [
        {"sample_code": code, "sample_kind": kind, "replicate": replicate, "plate_id": plate}
        for code, kind, replicate, plate in (
            ("A", "sample", 1, "P1"), ("A", "sample", 2, "P2"), ("QC", "control", 1, "P1")
        )
    ]  # fmt: skip
    analytes = [
        {"analyte_code": "IL6", "panel": "one", "unit": "NPX"},
        {"analyte_code": "IL6", "panel": "two"},
    ]
    qc = [
        *({"scope": "sample", "metric": "beads", "value": n, "note": "A1"} for n in range(5)),
        *({"scope": "sample", "metric": "volume", "value": n, "note": "A1"} for n in range(4)),
        {"scope": "analyte", "metric": "bead_id", "value": 28.0},
        {"scope": "file", "metric": "software", "note": "xPONENT 4.3"},
    ]

    def values():
        for sample in range(3):
            cells = [
                {"sample_row": sample, "analyte_row": analyte, "value": 1.5 * sample,
                 "status": "detected" if analyte else "below_lod", "line": sample + 2}
                for analyte in range(2)
            ]  # fmt: skip
            yield pa.RecordBatch.from_pylist(cells, schema=VALUES)
        if breaks:
            raise DeliveryRefusedError("cut off")

    return AssayFile(
        "olink", "npx", pa.Table.from_pylist(samples, SAMPLES),
        pa.Table.from_pylist(analytes, ANALYTES), pa.Table.from_pylist(qc, QC), values(),
    )  # fmt: skip


def test_samples_analytes_and_values_are_counted():
    summary = summarise(made())
    assert summary.samples == {"control": 1, "sample": 2}
    assert (summary.sample_codes, summary.replicates, summary.plates) == (1, 2, 2)
    assert (summary.analytes, summary.panels, summary.units) == (
        2,
        {"one": 1, "two": 1},
        {"NPX": 1},
    )
    assert (summary.values, summary.status) == (6, {"below_lod": 3, "detected": 3})
    assert summary.value_checksum == checksum_of(made())


def test_figures_of_the_laboratory_are_told_by_name_and_not_of_few_samples():
    assert summarise(made()).qc == [
        Figures("sample", "beads", 5, 2.0, None),
        Figures("sample", "volume", 4, None, None),
        Figures("analyte", "bead_id", 1, 28.0, None),
        Figures("file", "software", 1, None, "xPONENT 4.3"),
    ]


def test_who_waits_is_told_how_far_the_reading_is():
    told: list[tuple[int, int]] = []
    summarise(made(), moved=lambda done, most: told.append((done, most)))
    assert told == [(2, 6), (4, 6), (6, 6)]


def test_the_written_tables_are_those_of_the_file(tmp_path):
    summarise(made(), to=tmp_path / "out")
    read = {p.stem: pl.read_parquet(p) for p in (tmp_path / "out").glob("*.parquet")}
    assert {name: table.height for name, table in read.items()} == {
        "samples": 3, "analytes": 2, "values": 6, "qc": 11
    }  # fmt: skip


def test_a_file_that_is_refused_on_the_way_leaves_what_stood_there(tmp_path):
    summarise(made(), to=tmp_path)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    with pytest.raises(DeliveryRefusedError):
        summarise(made(breaks=True), to=tmp_path)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before
