"""Count matrices: whole numbers of reads, streamed; nothing else passes."""

import gzip

import numpy as np
import polars as pl
import pytest

from janus_warehouse.assays.formats import count_blocks
from janus_warehouse.assays.reading import read_file
from janus_warehouse.errors import DeliveryRefusedError

MATRIX = "ID\tSAAAAAAA1\tSAAAAAAA2\tQC 1\nhsa-miR-21-5p\t120\t0\t77\nhsa-let-7a-5p\t3\t\t1\n"


@pytest.fixture
def read(tmp_path):
    def read(text: str | bytes, name: str = "miRNA.tsv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_file(path)

    return read


def cells(file) -> pl.DataFrame:
    return pl.concat(pl.DataFrame(pl.from_arrow(batch)) for batch in file.values)


def test_no_reads_are_a_finding_and_an_empty_cell_is_none(read):
    file = read(MATRIX)
    assert (file.format, file.layout) == ("count_matrix", "v1")
    found = cells(file)
    assert found.select("analyte_row", "sample_row", "value", "status", "line").rows() == [
        (0, 0, 120.0, "detected", 2), (0, 1, 0.0, "below_lod", 2), (0, 2, 77.0, "detected", 2),
        (1, 0, 3.0, "detected", 3), (1, 1, None, "missing", 3), (1, 2, 1.0, "detected", 3),
    ]  # fmt: skip
    assert file.samples["sample_kind"].to_pylist() == ["sample", "sample", "control"]
    assert set(file.analytes["unit"].to_pylist()) == {"{reads}"}


@pytest.mark.parametrize(
    ("name", "panel"),
    [
        ("miRNA.tsv", "miRNA"), ("piRNA_counts.txt", "piRNA"), ("tRF.tsv", "tRF"),
        ("tRNA.tsv", "tRNA"), ("isomiR.tsv", "isomiR"), ("snoRNA.tsv", "snoRNA"),
        ("all.tsv", None),
    ],
)  # fmt: skip
def test_the_class_is_told_by_the_name_of_the_file(read, name, panel):
    assert set(read(MATRIX, name).analytes["panel"].to_pylist()) == {panel}


def test_the_row_names_of_r_need_no_header(read):
    named = read(MATRIX.replace("ID\t", "", 1).replace("hsa-miR-21-5p", '"hsa-miR-21-5p"'))
    assert named.analytes["analyte_code"].to_pylist() == ["hsa-miR-21-5p", "hsa-let-7a-5p"]
    assert named.samples["sample_code"].to_pylist() == ["SAAAAAAA1", "SAAAAAAA2", "QC 1"]


def test_a_matrix_of_many_blocks_is_read_as_one(read, monkeypatch):
    rng = np.random.default_rng(5)
    counts = rng.poisson(2, (300, 40))
    rows = [f"r{n}\t" + "\t".join(map(str, row)) for n, row in enumerate(counts)]
    text = "ID\t" + "\t".join(f"S{n:08d}" for n in range(40)) + "\r\n" + "\r\n".join(rows)
    whole = cells(read(text))
    monkeypatch.setattr(count_blocks, "BLOCK_BYTES", 1000)
    batches = list(read(text).values)
    assert len(batches) > 20
    assert pl.concat(pl.DataFrame(pl.from_arrow(b)) for b in batches).equals(whole)
    assert whole["value"].to_numpy().reshape(300, 40).tolist() == counts.tolist()
    assert whole["line"].to_list() == [line for line in range(2, 302) for _ in range(40)]


BAD = {
    "fractions": (
        MATRIX.replace("120", "120.5"),
        "miRNA.tsv, counts (whole numbers of reads): 1 cells hold neither a number nor a word for "
        "a missing value (line 2); write a number, or leave the cell empty where there is none",
    ),
    "decimal commas": (
        MATRIX.replace("\t77", "\t7,5"),
        "miRNA.tsv, counts (whole numbers of reads): 1 cells hold neither a number nor a word for "
        "a missing value (line 2); 1 of them have a decimal comma: write points, or commas in "
        "every cell of a file whose cells are not separated by commas",
    ),
    "a line cut short": (
        MATRIX.rstrip("\n")[:-2],
        "miRNA.tsv, line 3: expected 4 cells as in the header, found 3; write every line in full, "
        "or send the file again if it was cut off",
    ),
    "a gene that became a day": (
        MATRIX.replace("hsa-let-7a-5p", "2-Sep"),
        "miRNA.tsv, first column: 1 names of analytes are dates, which a spreadsheet makes of them "
        "(line 3: 2-Sep, probably SEPT2); send the file as the instrument's program wrote it, not "
        "opened and saved in a spreadsheet",
    ),
    "an RNA twice": (
        MATRIX.replace("hsa-let-7a-5p", "hsa-miR-21-5p"),
        "miRNA.tsv: 2 rows have a name that stands twice (lines 2, 3); an RNA has one row",
    ),
    "a sample twice": (
        MATRIX.replace("SAAAAAAA2", "SAAAAAAA1"),
        "miRNA.tsv, line 1: 1 samples stand twice in the header, first SAAAAAAA1; give each column "
        "its own code, or send replicates as long text",
    ),
    "a header and nothing": (
        MATRIX[: MATRIX.index("\n") + 1],
        "miRNA.tsv: a header and no rows; send the file again",
    ),
}


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD.keys())
def test_a_matrix_that_cannot_be_trusted_is_refused(read, text, message):
    with pytest.raises(DeliveryRefusedError) as refused:
        cells(read(text))
    assert str(refused.value) == message


@pytest.mark.parametrize("count", ["-3", "9999999999"])
def test_a_count_that_no_sequencer_gives_is_refused(read, count):
    with pytest.raises(DeliveryRefusedError, match=r"^miRNA.tsv, line 3: .*send raw counts of"):
        cells(read(MATRIX.replace("\t3\t", f"\t{count}\t")))


def test_letters_that_are_no_utf8_are_refused_with_their_line(read):
    with pytest.raises(DeliveryRefusedError, match=r"^miRNA.tsv, line 3: letters that are no UTF"):
        cells(read(MATRIX.encode().replace(b"let", b"l\xf8t")))


def test_a_packed_matrix_that_was_cut_off_is_refused(read):

    rng = np.random.default_rng(5)
    rows = [f"r{n}\t{a}\t{b}\n" for n, (a, b) in enumerate(rng.integers(0, 10**6, (2000, 2)))]
    packed = gzip.compress(("ID\tA\tB\n" + "".join(rows)).encode())
    with pytest.raises(DeliveryRefusedError, match="the packed file is cut off or damaged"):
        cells(read(packed[: len(packed) // 2], "miRNA.tsv.gz"))
