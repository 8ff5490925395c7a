"""The same values in another format, order or packing give the same table and checksum."""

import gzip

import numpy as np
import openpyxl
import polars as pl
import pytest

from janus_warehouse.assays.checksum import checksum_of
from janus_warehouse.assays.reading import read_file

PANELS = {"Cardio": ("OID1", "OID2", "OID3"), "Immune": ("OID4", "OID1")}
PLATES = {"P1": ("A1", "A2", "A3", "CONTROL_1"), "P2": ("B1", "B2", "CONTROL_2")}
JUDGED = {"A2": "Warning", "B1": "Fail"}


def npx() -> pl.DataFrame:
    """Return made-up NPX as Olink's long columns; some missing, some below their limit."""
    rng = np.random.default_rng(7)
    limit = {
        (plate, panel, assay): round(float(rng.normal(0, 0.5)), 3)
        for plate in PLATES for panel, assays in PANELS.items() for assay in assays
    }  # fmt: skip
    rows = [
        {
            "SampleID": sample, "OlinkID": assay, "UniProt": f"P{assay[3:]}0000",
            "Assay": f"gene {assay}", "Panel": panel, "PlateID": plate,
            "QC_Warning": JUDGED.get(sample, "Pass"), "LOD": limit[plate, panel, assay],
            "NPX": None if rng.random() < 0.1 else round(float(rng.normal(1, 1.5)), 5),
        }
        for plate, samples in PLATES.items() for sample in samples
        for panel, assays in PANELS.items() for assay in assays
    ]  # fmt: skip
    return pl.DataFrame(rows)


def write_wide(rows: pl.DataFrame, path) -> None:
    """Write Olink's wide workbook by hand."""
    sheet = (book := openpyxl.Workbook()).active
    columns = [
        (panel, assay) for panel, assays in PANELS.items()
        for assay in (*assays, "Plate ID", "QC Warning")
    ]  # fmt: skip
    known = {(r["Panel"], r["OlinkID"]): r for r in rows.iter_rows(named=True)}
    named = [known.get(column, {}) for column in columns]
    headings = [a if not n else n["Assay"] for n, (_, a) in zip(named, columns, strict=True)]
    sheet.append(["NPX Manager 2.2"])
    sheet.append(["NPX data"])
    sheet.append(["Panel", *(panel for panel, _ in columns)])
    sheet.append(["Assay", *headings])
    sheet.append(["Uniprot ID", *(n.get("UniProt") for n in named)])
    sheet.append(["OlinkID", *(n.get("OlinkID") for n in named)])
    sheet.append([])
    by_sample = {}
    for row in rows.iter_rows(named=True):
        cells = by_sample.setdefault(row["SampleID"], {})
        cells[row["Panel"], row["OlinkID"]] = row["NPX"]
        cells[row["Panel"], "Plate ID"] = row["PlateID"]
        cells[row["Panel"], "QC Warning"] = row["QC_Warning"]
    for sample, cells in by_sample.items():
        sheet.append([sample, *(cells[column] for column in columns)])
    sheet.append([])
    limits = {
        (r["PlateID"], r["Panel"], r["OlinkID"]): r["LOD"] for r in rows.iter_rows(named=True)
    }
    for plate in PLATES:
        cells = [plate if a == "Plate ID" else limits.get((plate, p, a)) for p, a in columns]
        sheet.append(["LOD", *cells])
    book.save(path)


def write_long(rows: pl.DataFrame, path, separator: str = ";") -> None:
    path.write_text(rows.write_csv(separator=separator, null_value=""))


def table(path) -> tuple[set, str]:
    """Return every cell with its names, and the checksum."""
    file = read_file(path)
    values = pl.concat(pl.DataFrame(pl.from_arrow(batch)) for batch in file.values)
    samples = pl.DataFrame(pl.from_arrow(file.samples))[values["sample_row"]]
    analytes = pl.DataFrame(pl.from_arrow(file.analytes))[values["analyte_row"]]
    cells = pl.concat(
        [samples.select("sample_code", "sample_kind", "replicate", "plate_id"),
         analytes.select("panel", "analyte_code", "unit"),
         values.select("value", "status", "lod")], how="horizontal",
    )  # fmt: skip
    assert cells.height == len(set(cells.rows()))
    return set(cells.rows()), checksum_of(read_file(path))


@pytest.fixture(scope="module")
def long_npx(tmp_path_factory):
    path = tmp_path_factory.mktemp("npx") / "npx.csv"
    write_long(npx(), path)
    return table(path)


def test_npx_is_the_same_in_any_order_separator_and_packing(tmp_path, long_npx):
    shuffled = npx().sample(fraction=1, shuffle=True, seed=3)
    write_long(shuffled, tmp_path / "comma.csv", ",")
    write_long(shuffled, tmp_path / "tab.txt", "\t")
    packed = tmp_path / "packed.csv.gz"
    packed.write_bytes(gzip.compress((tmp_path / "comma.csv").read_bytes()))
    text = (tmp_path / "comma.csv").read_text()
    (tmp_path / "windows.csv").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    (tmp_path / "commas.csv").write_text(
        npx().with_columns(pl.col("NPX", "LOD").cast(pl.String).str.replace(".", ",", literal=True))
        .write_csv(separator=";")
    )  # fmt: skip
    for name in ("comma.csv", "tab.txt", "packed.csv.gz", "windows.csv", "commas.csv"):
        assert table(tmp_path / name) == long_npx, name


def test_npx_is_the_same_as_parquet(tmp_path, long_npx):
    npx().reverse().write_parquet(tmp_path / "npx.parquet")
    assert table(tmp_path / "npx.parquet") == long_npx


def test_npx_is_the_same_as_wide_workbook(tmp_path, long_npx):
    write_wide(npx(), tmp_path / "npx.xlsx")
    assert table(tmp_path / "npx.xlsx") == long_npx


def test_npx_of_the_newer_columns_is_the_same(tmp_path, long_npx):
    words = {"Pass": "PASS", "Warning": "WARN", "Fail": "FAIL"}
    kind = pl.when(pl.col("SampleID").str.starts_with("CONTROL"))
    newer = npx().with_columns(
        SampleQC=pl.col("QC_Warning").replace(words), AssayQC=pl.lit("PASS"), Count=pl.lit(900),
        SampleType=kind.then(pl.lit("SAMPLE_CONTROL")).otherwise(pl.lit("SAMPLE")),
    ).drop("QC_Warning")  # fmt: skip
    newer.write_parquet(tmp_path / "explore.parquet")
    assert read_file(tmp_path / "explore.parquet").layout == "npx_explore"
    assert table(tmp_path / "explore.parquet") == long_npx


def test_every_status_of_npx_is_among_them(long_npx):
    cells, _ = long_npx
    assert {cell[-2] for cell in cells} == {"detected", "below_lod", "missing", "qc_failed"}
    by_hand = {
        (row["SampleID"], row["Panel"], row["OlinkID"])
        for row in npx().iter_rows(named=True)
        if row["NPX"] is not None and row["NPX"] < row["LOD"] and row["SampleID"] != "B1"
    }
    assert {(c[0], c[4], c[5]) for c in cells if c[-2] == "below_lod"} == by_hand


@pytest.fixture
def counts():
    rng = np.random.default_rng(11)
    names = [f"hsa-miR-{n}-5p" for n in range(40)]
    reads = {f"S{n:08d}": rng.poisson(3, len(names)) for n in range(25)}
    return pl.DataFrame({"ID": names, **reads})


def test_counts_are_the_same_as_matrix_and_as_long_text(tmp_path, counts):
    (tmp_path / "miRNA.tsv").write_text(counts.write_csv(separator="\t"))
    long = counts.unpivot(index="ID", variable_name="Sample", value_name="Result").select(
        "Sample", "Result", Analyte="ID", Panel=pl.lit("miRNA"), Unit=pl.lit("{reads}"),
        Status=pl.when(pl.col("Result") > 0).then(pl.lit("detected")).otherwise(pl.lit("<LOD")),
    )  # fmt: skip
    write_long(long.sample(fraction=1, shuffle=True, seed=5), tmp_path / "reads.csv")
    assert read_file(tmp_path / "miRNA.tsv").format == "count_matrix"
    assert read_file(tmp_path / "reads.csv").format == "long_csv"
    assert table(tmp_path / "miRNA.tsv") == table(tmp_path / "reads.csv")


def test_a_matrix_is_the_same_with_rows_and_columns_in_another_order(tmp_path, counts):
    (tmp_path / "miRNA.tsv").write_text(counts.write_csv(separator="\t"))
    other = counts.select("ID", *reversed(counts.columns[1:])).reverse()
    folder = tmp_path / "other"
    folder.mkdir()
    text = other.write_csv(separator="\t").replace("\n", "\r\n").encode()
    (folder / "miRNA.tsv.gz").write_bytes(gzip.compress(b"\xef\xbb\xbf" + text))
    assert table(folder / "miRNA.tsv.gz") == table(tmp_path / "miRNA.tsv")


HERE = pl.col("at") == pl.col("at").filter(pl.col("NPX") >= pl.col("LOD")).first()
CHANGES = {
    "a number": pl.when(HERE).then(pl.col("NPX").fill_null(0) + 1e-5)
    .otherwise("NPX").alias("NPX"),
    "a sample": pl.when(HERE).then(pl.lit("X")).otherwise("SampleID")
    .alias("SampleID"),
    "a panel": pl.when(HERE).then(pl.lit("Other")).otherwise("Panel").alias("Panel"),
    "a status": pl.when(HERE).then(pl.col("NPX").fill_null(0) + 9).otherwise("LOD")
    .alias("LOD"),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_of_one_cell_changes_the_checksum(tmp_path, long_npx, change):
    changed = npx().with_row_index("at").with_columns(change).drop("at")
    write_long(changed, tmp_path / "changed.csv")
    assert checksum_of(read_file(tmp_path / "changed.csv")) != long_npx[1]


def test_values_of_two_replicates_that_change_places_change_the_checksum(tmp_path):
    head, found = "sample,analyte,replicate,value\n", set()
    for name, (one, two) in {"a.csv": (1, 2), "b.csv": (2, 1)}.items():
        (tmp_path / name).write_text(f"{head}S1,PFOA,{one},10.5\nS1,PFOA,{two},20.5\n")
        found.add(checksum_of(read_file(tmp_path / name)))
    assert len(found) == 2
