"""SomaScan, Nightingale, Metabolon, Biocrates: small files, what they say and what they lack."""

import openpyxl
import polars as pl
import pyarrow as pa
import pytest
from openpyxl.styles import PatternFill
from tests.unit.assays import made_files
from tests.unit.assays.test_formats_agree import npx, write_wide

from janus_warehouse.assays.errors import UnknownLayoutError
from janus_warehouse.assays.reading import read_file
from janus_warehouse.errors import DeliveryRefusedError


def cells(file) -> list[tuple]:
    """Return sample, analyte, number, text and status of every cell."""
    values = pl.DataFrame(pl.from_arrow(pa.Table.from_batches(list(file.values))))
    codes, names = (
        pl.Series(t.to_pylist())
        for t in (file.samples["sample_code"], file.analytes["analyte_code"])
    )
    return list(zip(codes[values["sample_row"]], names[values["analyte_row"]], values["value"],
                    values["value_text"], values["status"], strict=True))  # fmt: skip


@pytest.fixture
def adat(tmp_path):
    def read(text: str = made_files.ADAT):
        (tmp_path / "a.adat").write_bytes(text.encode())
        return read_file(tmp_path / "a.adat")

    return read


def test_an_adat_gives_wells_aptamers_and_numbers(adat):
    file = adat()
    read = cells(file)

    assert (file.format, file.layout) == ("somascan", "adat_1.2")
    assert len(read) == 18
    assert ("SABCDEFG1", "10000-28", 476.5, None, "detected") in read
    assert ("SABCDEFG2", "10001-7", None, None, "missing") in read
    assert ("SABCDEFG3", "10003-15", 9, None, "qc_failed") in read
    samples = file.samples.select(
        ["sample_code", "sample_kind", "replicate", "well", "qc_status"]
    ).to_pylist()
    assert [tuple(s.values()) for s in samples] == [
        ("SABCDEFG1", "sample", 1, "A1", "passed"),
        ("SABCDEFG2", "sample", 1, "A2", "warned"),
        ("SABCDEFG3", "sample", 1, "A3", "failed"),
        ("170261", "calibrator", 1, "A4", "passed"),
        ("170261", "calibrator", 2, "A5", "passed"),
        ("Buffer Plate 1", "blank", 1, "A6", "passed"),
    ]
    assert file.analytes["uniprot"].to_pylist() == ["P43320", "P04049", "P51814 P00001"]
    assert set(file.analytes["method_version"].to_pylist()) == {"Study V4.1 Serum"}


def test_header_flags_and_dilutions_of_an_adat_are_quality_figures(adat):
    rows = [tuple(row.values()) for row in adat().qc.to_pylist()]

    assert ("file", None, None, None, "ProcessSteps", None, "Raw RFU, Hyb Normalization") in rows
    assert ("plate", "Plate 1", None, None, "PlateScale_Scalar", 1.08, None) in rows
    assert ("plate", "Plate 1", None, None, "PlateTailTest", None, "PASS") in rows
    assert ("analyte", None, None, "10001-7", "ColCheck", None, "FLAG") in rows
    assert ("analyte", None, None, "10001-7", "Dilution", 0.5, None) in rows
    assert ("sample", "Plate 1", "SABCDEFG2", None, "NormScale_20", 0.7, None) in rows


BAD_ADATS = {
    "a cell cut off": (
        lambda t: t[: t.rindex("\t22")],
        "a.adat: the file is cut off: found a last line without an end; send the ADAT again as it "
        "was made",
    ),
    "a cell missing": (
        lambda t: t.replace("\t310.1", ""),
        "a.adat, line 23: expected 11 cells as above the samples, found 10; send the ADAT again if "
        "it was cut off",
    ),
    "no checks": (
        lambda t: t.replace("RowCheck", "Checked"),
        "a.adat: expected SampleId, SampleType, PlateId, RowCheck, SeqId, UniProt, Units, ColCheck "
        "in ^ROW_DATA and ^COL_DATA, RowCheck is not there; export the ADAT with all its columns",
    ),
    "no unit": (
        lambda t: t.replace("RFU\tRFU\tRFU", "RFU\t\tRFU"),
        "a.adat: 1 of 3 columns of values have no Units; export the ADAT with all its rows above "
        "the values",
    ),
    "a new type": (
        lambda t: t.replace("Buffer", "Plasma pool"),
        "a.adat, SampleType: 1 rows have another word than sample, qc, calibrator, buffer (line "
        "28); send the ADAT as it was made",
    ),
    "a decimal comma": (
        lambda t: t.replace("476.5", "476,5"),
        "a.adat, RFU: 1 cells hold neither a number nor a word for a missing value (line 23); 1 of "
        "them have a decimal comma: write points, or commas in every cell of a file whose cells "
        "are not separated by commas",
    ),
    "an aptamer twice": (
        lambda t: t.replace("10003-15", "10001-7"),
        "a.adat: 1 SeqIds stand twice, first 10001-7; an aptamer has one column",
    ),
    "no table": (
        lambda t: t[: t.index("^TABLE")],
        "a.adat: the file is cut off: found no ^TABLE_BEGIN; send the ADAT again as it was made",
    ),
}  # fmt: skip


@pytest.mark.parametrize("spoil, message", BAD_ADATS.values(), ids=BAD_ADATS)
def test_an_adat_that_cannot_be_trusted_is_refused(adat, spoil, message):
    with pytest.raises(DeliveryRefusedError) as caught:
        cells(adat(spoil(made_files.ADAT)))
    assert str(caught.value) == message


def test_a_new_version_of_adat_is_told_with_those_that_are_known(adat):
    with pytest.raises(UnknownLayoutError) as caught:
        adat(made_files.ADAT.replace("!Version\t1.2", "!Version\t3.0"))
    assert (
        "somascan: expected ^HEADER with !Version 1.2; ^HEADER with !Version 1.1; ^HEADER with "
        "!Version 1.0.1; ^HEADER with !Version 1.0. Seen: ^HEADER and !Version 3.0."
    ) in str(caught.value)


@pytest.fixture
def book(tmp_path):
    def read(write, spoil=None):
        path = tmp_path / "b.xlsx"
        write(path)
        if spoil is not None:
            made = openpyxl.load_workbook(path)
            spoil(made)
            made.save(path)
        return read_file(path)

    return read


def test_a_nightingale_sheet_gives_numbers_in_full_flags_and_success(book):
    file = book(made_files.write_nightingale)

    assert cells(file) == [
        ("SABCDEFG1", "Total-C", 4.25, None, "detected"),
        ("SABCDEFG2", "Total-C", 5.5, None, "detected"),
        ("SABCDEFG3", "Total-C", 0, None, "below_lod"),
        ("SABCDEFG1", "Ala", 0.3, None, "detected"),
        ("SABCDEFG2", "Ala", None, "NA", "qc_failed"),
        ("SABCDEFG3", "Ala", 0.31, None, "detected"),
        ("SABCDEFG1", "Omega_3_pct", 2.836e-10, None, "detected"),
        ("SABCDEFG2", "Omega_3_pct", 4.5, None, "detected"),
        ("SABCDEFG3", "Omega_3_pct", 5, None, "detected"),
    ]
    assert file.samples["qc_status"].to_pylist() == ["passed", "warned", "passed"]
    assert file.analytes["unit"].to_pylist() == ["mmol/l", "mmol/l", "%"]
    assert file.analytes["analyte_name"].to_pylist()[0] == "Total cholesterol"
    notes = {(q["metric"], q["sample_code"], q["analyte_code"], q["value"], q["note"])
             for q in file.qc.to_pylist()}  # fmt: skip
    assert ("High lactate", "SABCDEFG2", None, None, "x") in notes
    assert ("success", None, "Ala", 0.67, None) in notes


def test_metabolon_gives_both_measured_scales_under_the_codes_of_the_bank(book):
    file = book(made_files.write_metabolon)
    read = cells(file)

    assert len(read) == 12
    assert ("SABCDEFG1", "50", 1e-12, None, "detected") in read
    assert ("SABCDEFG2", "35", 120034.5, None, "detected") in read
    assert ("SABCDEFG2", "50", None, None, "missing") in read
    assert file.samples["sample_kind"].to_pylist() == ["sample", "sample", "control"]
    assert file.samples["batch_id"].to_pylist() == ["B1", "B1", "B2"]
    assert file.analytes["panel"].to_pylist() == ["peak_area"] * 2 + ["batch_normalized"] * 2
    assert file.analytes["cas_number"].to_pylist()[:2] == ["2906-39-0", "124-20-9"]


def test_colours_of_biocrates_are_statuses_and_limits_those_of_the_plate(book):
    file = book(made_files.write_biocrates)

    assert cells(file) == [
        ("SABCDEFG1", "C0", 20.5, None, "detected"),
        ("SABCDEFG2", "C0", 0.01, None, "below_lod"),
        ("SABCDEFG3", "C0", 99, None, "above_uloq"),
        ("Zero-1", "C0", 0, None, "below_lod"),
        ("SABCDEFG1", "Ala", 300, None, "detected"),
        ("SABCDEFG2", "Ala", 1.6, None, "below_lloq"),
        ("SABCDEFG3", "Ala", 2, None, "detected"),
        ("Zero-1", "Ala", 0, None, "below_lod"),
        ("SABCDEFG1", "Sum", 1, None, "detected"),
        ("SABCDEFG2", "Sum", 2, None, "below_lloq"),
        ("SABCDEFG3", "Sum", None, "NA", "missing"),
        ("Zero-1", "Sum", None, None, "missing"),
    ]
    assert file.analytes["lod"].to_pylist() == [0.05, 1.5, None]
    assert file.analytes["unit"].to_pylist() == ["µM", "µM", None]
    assert file.analytes["method_version"].to_pylist() == ["MXP500F", "MXP500L", None]
    assert file.samples["sample_kind"].to_pylist() == ["sample"] * 3 + ["blank"]


def test_a_colour_means_what_the_legend_of_the_sheet_says(book):
    def spoil(made):
        for place in ("A6", "E8"):
            made.active[place].fill = PatternFill("solid", fgColor="FF123456")

    file = book(made_files.write_biocrates, spoil)
    assert cells(file)[0] == ("SABCDEFG1", "C0", 20.5, None, "detected")


def fill(place: str, colour: str | None):
    def spoil(made):
        made.active[place].fill = PatternFill("solid", fgColor=colour) if colour else PatternFill()

    return spoil


def put(sheet: str | None, place: str, value):
    def spoil(made):
        (made[sheet] if sheet else made.active)[place] = value

    return spoil


BAD_BOOKS = {
    "nightingale cut short": (
        made_files.write_nightingale, lambda b: b.active.delete_rows(10),
        "b.xlsx: the title says 3 samples, found 2: the sheet is cut short; send it again",
    ),
    "nightingale without a unit": (
        made_files.write_nightingale, put(None, "E6", None),
        "b.xlsx: 1 of 3 biomarkers have no unit (row 6); send the workbook as it was made",
    ),
    "nightingale merged": (
        made_files.write_nightingale, lambda b: b.active.merge_cells("D9:E9"),
        "b.xlsx: 1 merged cells (D9:E9); split them and write the value into each, or send the "
        "file as the instrument's program wrote it",
    ),
    "nightingale with odd text": (
        made_files.write_nightingale, put(None, "D9", "see note"),
        "b.xlsx, biomarkers: 1 cells hold neither a number nor a word for a missing value (line "
        "9); write a number, or leave the cell empty where there is none",
    ),
    "nightingale without a code": (
        made_files.write_nightingale, put(None, "C9", None),
        "b.xlsx: 1 rows have no sampleid (line 9); write it into each, or remove rows that hold "
        "nothing",
    ),
    "metabolon with another sample": (
        made_files.write_metabolon, put("Peak Area Data", "A2", "LAB-9"),
        "b.xlsx, sheet Peak Area Data: 1 samples of their own sheet are not here and 1 are here "
        "only; the sheets must have the same samples, send the workbook again",
    ),
    "metabolon with a new sheet": (
        made_files.write_metabolon, lambda b: b.create_sheet("OrigScale"),
        "b.xlsx: expected sheets Peak Area Data, Batch-normalized Data, found Peak Area Data, "
        "Batch-normalized Data and unknown ones (OrigScale); send the workbook as it was made, a "
        "new sheet needs a new layout",
    ),
    "metabolon cut short": (
        made_files.write_metabolon, lambda b: b["Peak Area Data"].delete_rows(2, 3),
        "b.xlsx, sheet Peak Area Data: a header and no rows: the sheet is cut short; send it again",
    ),
    "biocrates in an unknown colour": (
        made_files.write_biocrates, fill("E9", "FF808080"),
        "b.xlsx: 1 cells have a fill colour whose meaning is not known (808080: 1; line 9); the "
        "colours carry the status: send the sheet as MetIDQ exported it, with its legend",
    ),
    "biocrates without colour": (
        made_files.write_biocrates, fill("E8", None),
        "b.xlsx: 1 cells have a fill colour whose meaning is not known (no colour: 1; line 8); the "
        "colours carry the status: send the sheet as MetIDQ exported it, with its legend",
    ),
    "biocrates without a barcode": (
        made_files.write_biocrates, put(None, "B8", None),
        "b.xlsx: 1 rows have values and lack Plate Bar Code, Sample Bar Code, Sample Type or one "
        "of them (line 8); send the sheet as MetIDQ exported it",
    ),
    "biocrates without a unit": (
        made_files.write_biocrates,
        lambda b: (put(None, "D3", "LOD 1030420001/1")(b), put(None, "D4", "LOD 1030420002/1")(b)),
        "b.xlsx: expected a name above every column and one unit in the rows LOD, as in LOD (calc.)"
        " 1012345678/1 [µM], found 0 columns without a name and 0 units; export the sheet with "
        "them",
    ),
    "biocrates merged": (
        made_files.write_biocrates, lambda b: b.active.merge_cells("A8:A9"),
        "b.xlsx: 1 merged cells (A8:A9); split them and write the value into each, or send the "
        "file as the instrument's program wrote it",
    ),
}  # fmt: skip


@pytest.mark.parametrize("write, spoil, message", BAD_BOOKS.values(), ids=BAD_BOOKS)
def test_a_workbook_that_cannot_be_trusted_is_refused(book, write, spoil, message):
    with pytest.raises(DeliveryRefusedError) as caught:
        cells(book(write, spoil))
    assert str(caught.value) == message


def test_a_workbook_of_another_layout_is_told_what_each_format_expects(book):
    with pytest.raises(UnknownLayoutError) as caught:
        book(made_files.write_nightingale, put(None, "C7", "success rate"))
    told = str(caught.value)
    assert "nightingale: expected a workbook with sampleid" in told
    assert "Seen: of the headings sampleid." in told
    assert "metabolon: expected a workbook with sheets Chemical Annotation" in told
    assert "biocrates: expected a workbook whose first row has Plate Bar Code" in told


def olink(path):
    write_wide(npx(), path)


BAD_OLINK = {
    "a sample below the limits": (
        lambda b: b.active.append(["A9", 1.5]),
        "rows at or below the limits of detection are none of",
    ),
    "limits of a plate twice": (
        lambda b: b.active.append([c.value for c in b.active[b.active.max_row]]),
        "b.xlsx: 2 rows LOD are about one plate (lines 17, 18); a plate has one row of limits",
    ),
    "a sample without a code": (
        put(None, "A9", " "),
        "b.xlsx: 1 rows have no code of a sample (line 9); write it into each, or remove rows that "
        "hold nothing",
    ),
}  # fmt: skip


@pytest.mark.parametrize("spoil, message", BAD_OLINK.values(), ids=BAD_OLINK)
def test_a_wide_npx_workbook_loses_no_row(book, spoil, message):
    with pytest.raises(DeliveryRefusedError) as caught:
        cells(book(olink, spoil))
    assert message in str(caught.value)
