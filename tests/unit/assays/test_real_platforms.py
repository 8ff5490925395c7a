"""Real files of wide platforms and of NHANES: each counted once more without the readers."""

import csv
import re
from collections import Counter

import openpyxl
import polars as pl
import pyarrow as pa
import pytest
from tests.unit.assays.test_real_files import taken

from janus_warehouse.assays.reading import read_file

FILES = {
    "somascan/example_data10.adat": {
        "layout": "somascan adat_1.2", "samples": {"sample": 9, "calibrator": 1},
        "analytes": 5284, "statuses": {"detected": 52840},
        "checksum": "b68e5bf948dcec2b3e0d54509d0939c0",
    },
    "metabolomics/nightingale_v2_example.xlsx": {
        "layout": "nightingale v2", "samples": {"sample": 50}, "analytes": 15,
        "statuses": {"below_lod": 114, "detected": 636},
        "checksum": "672fc067e25ecfa9806d24447348953d",
    },
    "metabolomics/metabolon_v2_example.xlsx": {
        "layout": "metabolon v2", "samples": {"sample": 10}, "analytes": 16,
        "statuses": {"detected": 160}, "checksum": "835686fdf721924349f4e615864180dd",
    },
    "metabolomics/metaboanalyst_v1_example.csv": {
        "layout": "concentrations samples_in_rows", "samples": {"sample": 77}, "analytes": 63,
        "statuses": {"detected": 4851}, "checksum": "93e0aff3374c52a37df06ca8bab5e109",
    },
    "biocrates/extraction_data_MxP_Quant_500.xlsx": {
        "layout": "biocrates metidq", "samples": {"sample": 74, "blank": 3}, "analytes": 862,
        "statuses": {
            "detected": 24098, "below_lod": 23674, "below_lloq": 5577, "above_uloq": 224,
            "missing": 6032, "qc_failed": 6769,
        },
        "checksum": "7ace568e8507dd1c00cffcf3bd3186b3",
    },
}  # fmt: skip

# Table → layout, rows, columns of numbers, detected, below the limit, missing, checksum.
NHANES = {
    "L24PFC_C": ("pfas", 2368, 12, 10284, 14844, 3288, "3ffb0807c44d2f05a2f6b1d1194d21e8"),
    "PFC_D": ("pfas", 2323, 12, 13516, 11924, 2436, "0b80d66e84dc2bd6d6c5063ce6c4459c"),
    "PFC_E": ("pfas", 2294, 12, 12200, 13000, 2328, "9be0d12036ecf7a2c257231fa1208e53"),
    "PFC_F": ("pfas", 2432, 12, 14983, 11813, 2388, "37c6667417f198eac069d52b9d09c4d1"),
    "SSPFC_A": ("surplus_pfas", 1591, 11, 11836, 5665, 0, "38f5b8202e41964570339315ee9dfc8a"),
    "L28OCP_C": ("organochlorines", 2337, 26, 26328, 24306, 10128,
                 "aee91fbb932446ac752cbcef2a435e9c"),
    "L28PBE_C": ("organochlorines", 2337, 22, 25558, 18636, 7220,
                 "7b157f90094f4dd1134cc56c8201fea3"),
    "L28DFP_C": ("organochlorines", 2285, 58, 60680, 47604, 24246,
                 "da12af5a0d1a75a33089c7245b525f9b"),
    "L28NPB_C": ("organochlorines", 2285, 52, 85338, 12338, 21144,
                 "98e3a4205e55beab6246b791205dc352"),
    "PCBPOL_D": ("organochlorines", 247, 74, 12006, 6272, 0, "87180386d6430249cae90d7bae733b74"),
    "COT_D": ("single", 8753, 1, 6393, 1368, 992, "82a6b1496d19772a4bda871b24a1dd4c"),
    "COTNAL_E": ("single", 8712, 3, 18272, 4297, 3567, "9664fef17e451ed9e66ad565f45bc6d4"),
    "L06COT_C": ("single", 8556, 1, 6478, 1314, 764, "b15d1375f3dbb26905bdb2d3a6d1b99f"),
    "L06_B": ("single", 9929, 20, 140322, 1872, 56386, "9cf70af3e073fd61646ad92c46e72804"),
    "L11PSA_C": ("single", 1507, 3, 3921, 42, 558, "ba2d8d8714ec49888259e1541a33a4fc"),
    "PSA_D": ("single", 1481, 3, 3946, 17, 480, "3d7355428c1583076d696f287d962b91"),
    "PSA_E": ("single", 1892, 4, 6519, 0, 1049, "cfd87a2355c7926d331f54e26c326e13"),
    "CRP_D": ("single", 9440, 1, 7093, 1079, 1268, "65fc749f51e461ebd83e2172b947e1b8"),
    "L11_C": ("single", 9179, 3, 19411, 1064, 7062, "f824a7449c1e3d710d2eaaa5cb851f8a"),
}  # fmt: skip
_BELOW = re.compile(r"below|at or below detection limit fill value", re.I)


@pytest.mark.parametrize("name", FILES)
def test_everything_in_a_real_file_of_a_wide_platform_is_read(shared, name):
    assert taken(shared / "real-data" / name) == FILES[name]


@pytest.mark.parametrize("table", NHANES)
def test_every_number_of_a_table_of_nhanes_is_read(shared, table):
    layout, rows, analytes, detected, below, missing, checksum = NHANES[table]
    counts = {"detected": detected, "below_lod": below, "missing": missing}

    assert taken(shared / f"real-data/nhanes/csv/{table}.csv.gz") == {
        "layout": f"nhanes_lab {layout}", "samples": {"sample": rows}, "analytes": analytes,
        "statuses": {status: n for status, n in counts.items() if n}, "checksum": checksum,
    }  # fmt: skip


@pytest.mark.parametrize("table", [t for t in NHANES if t not in ("SSPFC_A", "PCBPOL_D")])
def test_the_codebook_counts_the_same_numbers_below_the_limit(shared, table):
    # The codebook of the surplus sera counts other persons than its file has.
    text = (shared / f"real-data/nhanes/codebooks_md/{table}.md").read_text("utf-8-sig")
    book = {
        part.split(" - ")[0].strip(): re.findall(r"^([^|\n]+) \| ([^|\n]+) \| (\d+) ", part, re.M)
        for part in re.split(r"\n### (?=[A-Z])", text)
    }
    counted = {}
    for name, rows in book.items():
        comment = next((c for c in _comments_of(name) if c in book and c != name), name)
        below = sum(int(n) for code, word, n in book[comment] if _BELOW.search(word))
        missing = sum(int(n) for code, word, n in rows if word == "Missing")
        counted[name] = (below, missing)

    found = _per_analyte(shared / f"real-data/nhanes/csv/{table}.csv.gz")

    if table == "L24PFC_C":
        # 58 numbers of the file have the comment 0; the codebook counts them below the limit.
        below, missing = found["LBXMPAH"]
        found["LBXMPAH"] = (below + 58, missing)
    assert {name: counted[name] for name in found} == found


def _comments_of(name: str) -> tuple[str, ...]:
    stem = re.sub(r"^(LBX|LBD|URX)|(LA|L)$", "", name) if name.startswith(("LB", "UR")) else name
    lead = "URD" if name.startswith("URX") else "LBD"
    return (f"{lead}{name[3:]}L", f"{lead}{name[3:]}LC", f"{lead}{stem}LC", f"{lead}{stem}C")


def _per_analyte(path) -> dict[str, tuple[int, int]]:
    file = read_file(path)
    cells = pl.concat([pl.DataFrame(pl.from_arrow(batch)) for batch in file.values])
    codes = file.analytes["analyte_code"].to_pylist()
    counts = cells.group_by("analyte_row").agg(
        below=(pl.col("status") == "below_lod").sum(), missing=(pl.col("status") == "missing").sum()
    )
    return {codes[at]: (below, missing) for at, below, missing in counts.iter_rows()}


def test_the_numbers_of_an_adat_add_up_as_by_hand(shared):
    path = shared / "real-data/somascan/example_data10.adat"
    lines = [line.split("\t") for line in path.read_text().splitlines()]
    start = next(n for n, cells in enumerate(lines) if cells[0] == "^TABLE_BEGIN")
    wells = lines[start + 22 :]
    total = sum(float(cell) for cells in wells for cell in cells[35:])

    file = read_file(path)
    values = pa.Table.from_batches(list(file.values))

    assert len(wells) == file.samples.num_rows
    assert sum(values["value"].to_pylist()) == pytest.approx(total, rel=1e-12)
    assert file.analytes["seq_id"].to_pylist() == lines[start + 1][35:]
    flags = Counter(
        note for metric, note in zip(*file.qc.select(["metric", "note"]).columns, strict=True)
        if metric.as_py() == "ColCheck"
    )  # fmt: skip
    assert {note.as_py(): n for note, n in flags.items()} == {"PASS": 5045, "FLAG": 239}


def test_the_colours_of_a_biocrates_sheet_are_counted_as_by_hand(shared):
    path = shared / "real-data/biocrates/extraction_data_MxP_Quant_500.xlsx"
    sheet = openpyxl.load_workbook(path).worksheets[0]
    colours = Counter(
        cell.fill.fgColor.rgb[-6:]
        for row in sheet.iter_rows(min_row=9, min_col=8) if row[0].value is not None
        for cell in row
    )  # fmt: skip

    statuses = FILES["biocrates/extraction_data_MxP_Quant_500.xlsx"]["statuses"]

    assert colours == {
        "00CD66": statuses["detected"],
        "6A5ACD": statuses["below_lod"],
        "87CEEB": statuses["below_lloq"] + statuses["above_uloq"],
        "FFFFCC": statuses["missing"] + statuses["qc_failed"],
    }


def test_a_limit_of_biocrates_is_that_of_the_plate_of_the_metabolite(shared):
    file = read_file(shared / "real-data/biocrates/extraction_data_MxP_Quant_500.xlsx")
    analytes = pl.DataFrame(pl.from_arrow(file.analytes))
    values = pl.DataFrame(pl.from_arrow(pa.Table.from_batches(list(file.values))))
    own = analytes["lod"][values["analyte_row"]]
    both = pl.DataFrame(pl.from_arrow(file.qc)).filter(pl.col("metric") == "lod")
    higher = both.group_by("analyte_code").agg(pl.col("value").max())
    highest = analytes.join(higher, on="analyte_code", how="left", maintain_order="left")["value"]
    other = highest[values["analyte_row"]]
    is_below = values["status"] == "below_lod"
    is_valid = values["status"] == "detected"

    assert analytes["lod"].null_count() == 232  # sums and ratios
    # With the limits of the other plate of the kit, 1,693 would be called the wrong way round.
    assert (is_valid & (values["value"] < own)).sum() == 5
    assert (is_below & (values["value"] <= own)).sum() == 15757
    assert (is_below & (values["value"] > own) & (values["value"] <= other)).sum() == 0


def test_zeros_of_a_nightingale_sheet_are_very_low_as_its_annotation_says(shared):
    path = shared / "real-data/metabolomics/nightingale_v2_example.xlsx"
    sheet = openpyxl.load_workbook(path).worksheets[0]
    zeros = sum(
        cell.value == 0 for row in sheet.iter_rows(min_row=13, min_col=6, max_col=20)
        for cell in row
    )  # fmt: skip
    file = read_file(path)

    assert zeros == 114
    exact = {cell.value for row in sheet.iter_rows(min_row=13, min_col=6, max_col=20)
             for cell in row}  # fmt: skip
    read = pa.Table.from_batches(list(file.values))["value"].to_pylist()
    assert set(read) == exact  # 2.8e-10 too
    assert Counter(file.samples["qc_status"].to_pylist()) == {"passed": 49, "warned": 1}
    assert set(file.analytes["unit"].to_pylist()) == {"mol/l", "mmol/l", "%"}


def test_metabolon_reads_measured_scales_and_names_the_filled_ones(shared):
    file = read_file(shared / "real-data/metabolomics/metabolon_v2_example.xlsx")

    assert Counter(file.analytes["panel"].to_pylist()) == {"peak_area": 8, "batch_normalized": 8}
    assert file.qc["note"].to_pylist() == [
        "Data Key & Explanation", "Batch-norm Imputed Data", "Log Transformed Data",
    ]  # fmt: skip


def test_the_numbers_of_a_table_of_concentrations_add_up_as_by_hand(shared):
    path = shared / "real-data/metabolomics/metaboanalyst_v1_example.csv"
    with path.open(newline="") as lines:
        header, *rows = csv.reader(lines)
    file = read_file(path)
    values = pa.Table.from_batches(list(file.values))["value"].to_pylist()

    assert file.analytes["analyte_code"].to_pylist() == header[2:]
    assert sum(values) == pytest.approx(sum(float(cell) for row in rows for cell in row[2:]))
