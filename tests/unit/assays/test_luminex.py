"""Luminex: the batch export of xPONENT with its sections, and long files of fluorescence."""

import csv
import gzip
from collections import Counter
from datetime import date

import polars as pl
import pytest

from janus_warehouse.assays.checksum import checksum_of
from janus_warehouse.assays.reading import read_file
from janus_warehouse.errors import DeliveryRefusedError

HEADER = """\
"Program","xPONENT","","FLEXMAP 3D"
"Build","4.3.229.0"
"Date","05/18/2023","11:03 AM"

"SN","FM3D1"
"Batch","PLATE-07"
"Operator","a name nobody needs"
"ProtocolName","hpv_multiplex"
"ProtocolVersion","3"
"BatchStartTime","5/18/2023 11:03:56 AM"
"BatchDescription","<None>"
"Last F3DeCAL1 Calibration","Passed 05/17/2023 09:25:11"
"Samples","4","Min Events","100","Per Bead"

"Results"
"""
MEDIAN = """
"DataType:","Median"
"Location","Sample","HPV16 L1","HPV16 E6","Total Events"
"1(1,A1)","SABCDEFG1","1510.5","38","664"
"2(1,B1)","SABCDEFG1","1490","41","640"
"3(1,C1)","Background0","12","9.5","700"
"4(1,D1)","SABCDEFG2","NaN","3","3"
"""
COUNT = """
"DataType:","Count"
"Location","Sample","HPV16 L1","HPV16 E6","Total Events"
"4(1,D1)","SABCDEFG2","0","0","3"
"2(1,B1)","SABCDEFG1","110","120","640"
"1(1,A1)","SABCDEFG1","101","98","664"
"3(1,C1)","Background0","99","101","700"
"""
NET = """
"DataType:","Net MFI"
"Location","Sample","HPV16 L1","HPV16 E6","Total Events"
"1(1,A1)","SABCDEFG1","1498.5","28.5","664"
"2(1,B1)","SABCDEFG1","1478","31.5","640"
"3(1,C1)","Background0","0","0","700"
"4(1,D1)","SABCDEFG2","NaN","-6.5","3"
"""
UNITS = """
"DataType:","Units"
"Analyte:","HPV16 L1","HPV16 E6"
"BeadID:","28","35"
"Units:","Bead","ng/mL"
"""
WARNINGS = """
"DataType:","Warnings/Errors"
"Location","Status","Message"
"1,B1","Warning","A region did not reach its count, see the manual."
"""
END = '\n"-- CRC --"\n"CRC32: 40B50595"\n'
WHOLE = HEADER + MEDIAN + COUNT + NET + UNITS + WARNINGS + END


@pytest.fixture
def read(tmp_path):
    def read(text: str, name: str = "p.csv", encoding: str = "utf-8"):
        path = tmp_path / name
        data = text.encode(encoding)
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return read_file(path)

    return read


def cells(file) -> pl.DataFrame:
    """Return the values with the names of their sample, well and analyte."""
    values = pl.concat(pl.DataFrame(pl.from_arrow(batch)) for batch in file.values)
    samples = pl.DataFrame(pl.from_arrow(file.samples))[values["sample_row"]]
    analytes = pl.DataFrame(pl.from_arrow(file.analytes))[values["analyte_row"]]
    return pl.concat(
        [values, samples.select("sample_code", "well", "replicate"),
         analytes.select("analyte_code", "unit")], how="horizontal",
    )  # fmt: skip


def qc(file, metric: str) -> list[tuple]:
    table = pl.DataFrame(pl.from_arrow(file.qc)).filter(pl.col("metric") == metric)
    return table.select("scope", "sample_code", "analyte_code", "value", "note").rows()


def test_the_wells_of_an_export_are_samples_with_place_day_and_batch(read):
    file = read(WHOLE)
    assert (file.format, file.layout) == ("luminex", "xponent")
    samples = pl.DataFrame(pl.from_arrow(file.samples))
    assert samples.select(
        "sample_code", "sample_kind", "replicate", "well", "qc_status"
    ).rows() == [
        ("SABCDEFG1", "sample", 1, "A1", "passed"),
        ("SABCDEFG1", "sample", 2, "B1", "warned"),
        ("Background0", "blank", 1, "C1", "passed"),
        ("SABCDEFG2", "sample", 1, "D1", "passed"),
    ]
    assert samples.select("plate_id", "batch_id", "run_date").unique().rows() == [
        ("PLATE-07", "PLATE-07", date(2023, 5, 18))
    ]


def test_the_net_signals_are_the_values_and_a_cell_without_beads_is_no_measurement(read):
    found = cells(read(WHOLE))
    lines = WHOLE.split("\n")
    assert found.select("well", "analyte_code", "value", "value_text", "status").rows() == [
        ("A1", "HPV16 L1", 1498.5, None, "detected"), ("A1", "HPV16 E6", 28.5, None, "detected"),
        ("B1", "HPV16 L1", 1478.0, None, "detected"), ("B1", "HPV16 E6", 31.5, None, "detected"),
        ("C1", "HPV16 L1", 0.0, None, "detected"), ("C1", "HPV16 E6", 0.0, None, "detected"),
        ("D1", "HPV16 L1", None, "NaN", "missing"), ("D1", "HPV16 E6", -6.5, None, "qc_failed"),
    ]  # fmt: skip
    assert [lines[line - 1].split('"')[5] for line in found["line"]] == [
        "1498.5", "1498.5", "1478", "1478", "0", "0", "NaN", "NaN"
    ]  # fmt: skip
    assert found["unit"].unique().to_list() == ["MFI"]


def test_the_other_sections_are_quality_figures(read):
    file = read(WHOLE)
    assert qc(file, "bead_count")[2:5] == [
        ("sample", "SABCDEFG1", "HPV16 L1", 110.0, "B1"),
        ("sample", "SABCDEFG1", "HPV16 E6", 120.0, "B1"),
        ("sample", "SABCDEFG1", "HPV16 L1", 101.0, "A1"),
    ]
    assert len(qc(file, "median_mfi")) == 8
    assert qc(file, "median_mfi")[6] == ("sample", "SABCDEFG2", "HPV16 L1", None, "D1: NaN")
    assert [row[3] for row in qc(file, "total_events")] == [664.0, 640.0, 700.0, 3.0]
    assert qc(file, "warned") == [
        ("sample", "SABCDEFG1", None, None, "B1: A region did not reach its count, see the manual.")
    ]
    assert [row[2:4] for row in qc(file, "bead_id")] == [("HPV16 L1", 28.0), ("HPV16 E6", 35.0)]
    assert qc(file, "events_wanted") == [("file", None, None, 100.0, "Per Bead")]
    assert "nobody needs" not in str(file.qc.to_pylist())


def test_without_net_signals_the_medians_are_the_values(read):
    found = cells(read(HEADER + MEDIAN + COUNT + END))
    assert found["value"].to_list() == [1510.5, 38.0, 1490.0, 41.0, 12.0, 9.5, None, 3.0]


def test_concentrations_come_first_with_the_unit_of_each_analyte_and_their_bounds(read):
    result = NET.replace("Net MFI", "Result").replace('"1478"', '"<3.2"').replace('"0"', '">90"')
    found = cells(read(HEADER + MEDIAN + NET + result + UNITS + END))
    assert found.filter(pl.col("well").is_in(["B1", "C1"])).select(
        "value", "value_text", "status", "lod", "uloq", "unit"
    ).rows() == [
        (None, "<3.2", "below_lod", 3.2, None, "Bead"),
        (31.5, None, "detected", None, None, "ng/mL"),
        (None, ">90", "above_uloq", None, 90.0, "Bead"),
        (None, ">90", "above_uloq", None, 90.0, "ng/mL"),
    ]


def test_a_section_of_results_without_any_number_is_passed_over(read):
    empty = NET.replace("Net MFI", "Result")
    for number in ("1498.5", "28.5", "1478", "31.5", "-6.5", "0"):
        empty = empty.replace(f'"{number}"', '"NaN"')
    assert cells(read(HEADER + empty + NET + END))["value"].null_count() == 1


def test_an_export_that_a_spreadsheet_saved_gives_the_same_values(read):
    saved = WHOLE.replace('"', "").replace("its count, see", "its count; see")
    rows = [
        ";".join(f'"{cell}"' if ";" in cell else cell for cell in row) + ";;;"
        for row in csv.reader(WHOLE.splitlines())
    ]
    semicolons = (
        "\r\n".join(rows).replace("8.5", "8,5").replace("1.5", "1,5").replace("-6.5", "-6,5")
    )
    quoted = saved.replace("1(1,A1)", '"1(1,A1)"')
    for well in ("2(1,B1)", "3(1,C1)", "4(1,D1)", "1,B1"):
        quoted = quoted.replace(f"\n{well}", f'\n"{well}"')
    expected = checksum_of(read(WHOLE))
    assert checksum_of(read(semicolons, "s.csv", "utf-8-sig")) == expected
    assert checksum_of(read(quoted, "q.csv.gz", "cp1252")) == expected


def test_the_same_values_as_long_text_have_the_same_checksum(read):
    found = cells(read(WHOLE)).sample(fraction=1, shuffle=True, seed=7)
    rows = found.select(
        pl.concat_str(
            "sample_code", "analyte_code", pl.col("value").cast(pl.String).fill_null(""),
            "status", pl.col("replicate").cast(pl.String), separator=";",
        )
    ).to_series()  # fmt: skip
    long = read("\n".join(["SampleId;Antigen;MFI;Status;Replicate", *rows, ""]), "long.csv")
    assert long.format == "long_csv"
    assert checksum_of(long) == checksum_of(read(WHOLE))


def test_several_plates_of_a_batch_are_told_apart(read):
    two = WHOLE.replace("4(1,D1)", "4(2,A1)")
    samples = pl.DataFrame(pl.from_arrow(read(two).samples))
    assert samples["plate_id"].to_list() == ["PLATE-07/1"] * 3 + ["PLATE-07/2"]
    assert samples["batch_id"].unique().to_list() == ["PLATE-07"]


DAYS = {
    "5/6/2023 11:03:56 AM": date(2023, 5, 6), "18/05/2023 11:03:56": date(2023, 5, 18),
    "05/18/2023 11:03": date(2023, 5, 18), "06.05.2023 11:03:56": date(2023, 5, 6),
    "2023-05-06 11:03:56": date(2023, 5, 6), "05/06/2023 11:03:56": None, "soon": None,
}  # fmt: skip


@pytest.mark.parametrize(("told", "day"), DAYS.items())
def test_a_day_that_may_be_another_is_left_out(read, told, day):
    file = read(WHOLE.replace("5/18/2023 11:03:56 AM", told))
    assert file.samples["run_date"].unique().to_pylist() == [day]


def test_an_error_fails_the_values_of_its_well(read):
    found = cells(read(WHOLE.replace('"1,B1","Warning"', '"1,B1","Error"')))
    assert found.filter(well="B1")["status"].to_list() == ["qc_failed", "qc_failed"]
    assert found.filter(well="A1")["status"].to_list() == ["detected", "detected"]


def test_a_batch_that_was_stopped_early_is_read(read):
    file = read(WHOLE.replace('"Samples","4"', '"Samples","96"'))
    assert qc(file, "wells_announced") == [("file", None, None, 96.0, None)]


BAD = {
    "cut off between two lines": (
        lambda text: (HEADER + MEDIAN)[: (HEADER + MEDIAN).index('"4(1,D1)')],
        "p.csv: expected the program's mark of the end (-- CRC --) in the last lines, found none "
        "after section Median; export the batch again, or send the file again if it was cut off",
    ),
    "cut off within a line": (
        lambda text: text[: text.index(',"31.5"')],
        "p.csv, line 34, section Net MFI: expected 5 cells as in the header, found 3; export the "
        "batch again, or send the file again if it was cut off",
    ),
    "cut off within a quote": (
        lambda text: text[: text.index('31.5"')],
        "p.csv, line 34: a quote is not closed, or the file was cut off here; export it again",
    ),
    "sections that disagree": (
        lambda text: text.replace('"2(1,B1)","SABCDEFG1","110","120","640"\n', ""),
        "p.csv, line 25, section Count: expected the 4 wells of section Net MFI, found 3; export "
        "the batch again, or send the file again if it was cut off",
    ),
    "decimal commas between commas": (
        lambda text: text.replace('"1498.5"', '"1498,5"'),
        "p.csv, section Net MFI: 1 cells hold neither a number nor a word for a missing value "
        "(line 33); 1 of them have a decimal comma: write points, or commas in every cell of a "
        "file whose cells are not separated by commas",
    ),
    "a doubled analyte": (
        lambda text: text.replace("HPV16 E6", "HPV16 L1"),
        "p.csv, line 18, section Median: HPV16 L1 stands twice in the header; name every analyte "
        "once",
    ),
    "a doubled section": (
        lambda text: text.replace("-- CRC --", "") + NET,
        "p.csv, line 50: section Net MFI stands twice; export every batch into a file of its own",
    ),
    "a doubled well": (
        lambda text: text.replace("2(1,B1)", "1(1,A1)"),
        "p.csv, section Net MFI: 2 rows stand at a place that another row has too (lines 33, 34); "
        "name the sample of every well in the program and export the batch again",
    ),
    "a well without sample": (
        lambda text: text.replace('"Background0"', '""'),
        "p.csv, section Net MFI: 1 rows name no sample (line 35); name the sample of every well "
        "in the program and export the batch again",
    ),
    "an antigen that was a gene": (
        lambda text: text.replace("HPV16 E6", "2-Sep"),
        "p.csv, section Net MFI: 1 names of analytes are dates, which a spreadsheet makes of them "
        "(line 32: 2-Sep, probably SEPT2); send the file as the instrument's program wrote it, "
        "not opened and saved in a spreadsheet",
    ),
    "no results": (
        lambda text: HEADER + COUNT + END,
        "p.csv: expected a section of results (Result, Net MFI or Median), found Count; export "
        "the batch with its medians",
    ),
    "a warning about no well": (
        lambda text: text.replace('"1,B1"', '"1,H12"'),
        "p.csv, section Warnings/Errors: 1 rows are about wells that have no result (line 45); "
        "export the batch again",
    ),
}


@pytest.mark.parametrize(("spoil", "message"), BAD.values(), ids=BAD.keys())
def test_an_export_that_cannot_be_trusted_is_refused(read, spoil, message):
    with pytest.raises(DeliveryRefusedError) as refused:
        read(spoil(WHOLE))
    assert str(refused.value) == message


@pytest.mark.parametrize("at", range(0, len(WHOLE) - len(END), 37))
def test_wherever_an_export_is_cut_it_is_refused(read, at):
    with pytest.raises(DeliveryRefusedError):
        read(WHOLE[:at])


REAL = {
    "haiti_analysis.csv": ("mfi_by_draw", ("id", "sampleid"), "b0fb9d9e2179c41efeb122b54b152123"),
    "asembo_analysis.csv": (
        "mfi_by_visit", ("childid", "time"), "66f9e8c7c2bf6b1eebb44c9b5cf6e4e7"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REAL)
def test_everything_in_a_real_long_file_is_read(shared, name):
    layout, parts, checksum = REAL[name]
    path = shared / "real-data" / "luminex" / name
    with path.open(newline="") as handle:
        rows = list(csv.DictReader(handle))
    file = read_file(path)
    assert (file.format, file.layout) == ("luminex", layout)
    found = cells(file)
    assert Counter(found.select("sample_code", "analyte_code", "value").rows()) == Counter(
        ("-".join(row[part] for part in parts), row["antigen"], float(row["mfi"])) for row in rows
    )
    assert found["status"].unique().to_list() == ["detected"]
    assert found["line"].to_list() == list(range(2, len(rows) + 2))
    assert file.samples.num_rows == len({tuple(row[p] for p in parts) for row in rows})
    assert dict(
        zip(*(file.analytes[c].to_pylist() for c in ("analyte_code", "analyte_name")), strict=True)
    ) == {row["antigen"]: row["antigenf"] for row in rows}
    assert checksum_of(read_file(path)) == checksum
    assert {"haiti_analysis.csv": 7710, "asembo_analysis.csv": 4895}[name] == found.height
