"""Long text: the names laboratories use, what stands in place of numbers, what is refused."""

from datetime import date

import polars as pl
import pytest

from janus_warehouse.assays.reading import read_file
from janus_warehouse.errors import DeliveryRefusedError

NORWEGIAN = (
    "Prøve-nr;Stoff;Resultat;Enhet;Deteksjonsgrense;Merknad;Brett;Brønn;Serie;Analysedato;Metode\n"
    "SAAAAAAA1;PFOA;2,75;ng/mL;0,1;påvist;P1;A01;B1;04.03.2019;LC 2.1\n"
    "SAAAAAAA1;PCB-153;;ng/mL;0,2;mangler;P1;A01;B1;04.03.2019;LC 2.1\n"
    "Kontroll 1;PFOA;1,25e1;ng/mL;0,1;;P1;A02;B1;04.03.2019;LC 2.1\n"
)


@pytest.fixture
def read(tmp_path):
    def read(text: str | bytes, name: str = "pfas.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_file(path)

    return read


def cells(file, *columns: str) -> list[tuple]:
    values = pl.concat(pl.DataFrame(pl.from_arrow(batch)) for batch in file.values)
    return values.select(columns).rows()


def frame(table) -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(table))


def test_norwegian_names_decimal_commas_and_days_are_read(read):
    for text in (NORWEGIAN, NORWEGIAN.encode("cp1252"), NORWEGIAN.encode("utf-8-sig")):
        file = read(text)
        assert file.format == "long_csv"
        assert cells(file, "value", "status", "lod", "line") == [
            (2.75, "detected", 0.1, 2), (None, "missing", 0.2, 3), (12.5, "detected", 0.1, 4)
        ]  # fmt: skip
        assert frame(file.samples).drop_nulls("plate_id").select(
            "sample_code", "sample_kind", "plate_id", "well", "batch_id", "run_date"
        ).rows() == [
            ("SAAAAAAA1", "sample", "P1", "A01", "B1", date(2019, 3, 4)),
            ("Kontroll 1", "control", "P1", "A02", "B1", date(2019, 3, 4)),
        ]
        assert frame(file.analytes).select("analyte_code", "unit", "method_version").rows() == [
            ("PFOA", "ng/mL", "LC 2.1"), ("PCB-153", "ng/mL", "LC 2.1")
        ]  # fmt: skip


CELLS = {
    "0.05": (0.05, None, "below_lod"), "0.3": (0.3, None, "below_lloq"),
    "7": (7.0, None, "detected"), "120": (120.0, None, "above_uloq"),
    "-0.2": (-0.2, None, "below_lod"), "1e2": (100.0, None, "above_uloq"),
    "<0.07": (None, "<0.07", "below_lod"), "> 95": (None, "> 95", "above_uloq"),
    "": (None, None, "missing"), "ND": (None, "ND", "missing"), "NaN": (None, "NaN", "missing"),
    "-Inf": (None, "-Inf", "missing"), "1e999": (None, "1e999", "missing"),
}  # fmt: skip


@pytest.mark.parametrize(("cell", "expected"), CELLS.items(), ids=[c or "empty" for c in CELLS])
def test_what_stands_in_a_cell_is_kept_and_judged_by_the_limits(read, cell, expected):
    file = read(f"sample,analyte,value,lod,lloq,uloq\nA,PFOA,{cell},0.1,0.5,90\n")
    assert cells(file, "value", "value_text", "status") == [expected]


def test_a_bound_in_the_cell_is_its_limit(read):
    file = read("sample,analyte,value,lod\nA,PFOA,<0.07,0.1\nA,PFOS,<0.2,\n")
    assert cells(file, "lod") == [(0.07,), (0.2,)]


@pytest.mark.parametrize(
    ("stated", "status"),
    [("OK", "detected"), ("<LOQ", "below_lloq"), ("Failed", "qc_failed"), ("utelatt", "excluded")],
)
def test_a_stated_status_is_kept_against_the_limits(read, stated, status):
    file = read(f"sample,analyte,value,lod,status\nA,PFOA,0.05,0.1,{stated}\n")
    assert cells(file, "value", "status") == [(0.05, status)]


KINDS = {
    "SABCDEFG1": "sample", "QC 1": "control", "Pool-3": "control", "Blank": "blank",
    "blank_2": "blank", "Cal 7": "calibrator", "standard1": "calibrator", "QCABCDEF1": "sample",
}  # fmt: skip


@pytest.mark.parametrize(("code", "kind"), KINDS.items())
def test_controls_are_known_by_their_code(read, code, kind):
    file = read(f"sample,analyte,value\n{code},PFOA,1\n")
    assert file.samples["sample_kind"].to_pylist() == [kind]


HEAD = "sample,analyte,value,unit\n"
BAD = {
    "decimal commas between commas": (
        HEAD + 'A,PFOA,"2,75",ng/mL\nB,PFOA,"1,5",ng/mL\n',
        "pfas.csv, column value: 2 cells hold neither a number nor a word for a missing value "
        "(lines 2, 3); 2 of them have a decimal comma: write points, or commas in every cell of a "
        "file whose cells are not separated by commas",
    ),
    "points among decimal commas": (
        "sample;analyte;value\nA;PFOA;2,75\nB;PFOA;1.500\n",
        "pfas.csv, column value: 1 cells hold neither a number nor a word for a missing value "
        "(line 3); write a number, or leave the cell empty where there is none",
    ),
    "genes that became days": (
        HEAD + "A,2-Sep,1,NPX\nA,1-Mar,1,NPX\nB,2-Sep,1,NPX\n",
        "pfas.csv, column analyte: 2 names of analytes are dates, which a spreadsheet makes of "
        "them (line 2: 2-Sep, probably SEPT2, line 3: 1-Mar, probably MARCH1); send the file as "
        "the instrument's program wrote it, not opened and saved in a spreadsheet",
    ),
    "cut off within a line": (
        HEAD + "A,PFOA,1,ng/mL\nB,PFO",
        "pfas.csv, line 3: expected 4 cells as in the header, found 2 cells; write every line in "
        "full, or send the file again if it was cut off",
    ),
    "merged cells": (
        HEAD + "A,PFOA,1,ng/mL\n,PFOS,2,ng/mL\n,PFNA,3,ng/mL\n",
        "pfas.csv, column sample: 2 rows that name none (lines 3, 4); fill merged cells down, or "
        "send the file again if it was cut off",
    ),
    "a doubled header": (
        "sample,analyte,value,value\nA,PFOA,1,2\n",
        "pfas.csv, line 1: value stands twice in the header; name every column once",
    ),
    "a header and nothing": (HEAD, "pfas.csv: a header and no rows; send the file again"),
    "a status nobody knows": (
        "sample,analyte,value,status\nA,PFOA,1,nice\n",
        "pfas.csv, column status: 1 words that are not known (line 2); write one of detected, "
        "below_lod, below_lloq, above_uloq, missing, qc_failed, excluded",
    ),
    "a day that is none": (
        "sample,analyte,value,run_date\nA,PFOA,1,31.02.2019\n",
        "pfas.csv, column run_date: 1 cells that are no day of the calendar (line 2); write days "
        "as 2026-12-31 or 31.12.2026",
    ),
    "a limit that is no number": (
        "sample,analyte,value,lod\nA,PFOA,1,low\n",
        "pfas.csv, column lod: 1 cells hold neither a number nor a word for a missing value "
        "(line 2); write a number, or leave the cell empty where there is none",
    ),
}


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD.keys())
def test_a_file_that_cannot_be_trusted_is_refused(read, text, message):
    with pytest.raises(DeliveryRefusedError) as refused:
        cells(read(text), "value")
    assert str(refused.value) == message
