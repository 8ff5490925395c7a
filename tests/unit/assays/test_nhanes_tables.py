"""Tables of NHANES: number and comment, limits of the codebook, faults."""

import gzip

import polars as pl
import pytest
from tests.unit.assays import made_files

from janus_warehouse.assays.checksum import checksum_of
from janus_warehouse.assays.reading import read_file
from janus_warehouse.errors import DeliveryRefusedError
from janus_warehouse.synthetic.transport import TransportColumn, transport_chunks


@pytest.fixture
def read(tmp_path):
    def write(text: str, name: str = "PFC_D.csv"):
        data = text.encode()
        (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return read_file(tmp_path / name)

    return write


def cells(file) -> list[tuple]:
    values = pl.concat([pl.DataFrame(pl.from_arrow(batch)) for batch in file.values])
    codes = pl.Series(file.samples["sample_code"].to_pylist())[values["sample_row"]]
    names = pl.Series(file.analytes["analyte_code"].to_pylist())[values["analyte_row"]]
    return list(zip(codes, names, values["value"], values["status"], values["lod"], values["line"],
                    strict=True))  # fmt: skip


def test_the_comment_is_the_status_and_the_number_stays_as_reported(read):
    assert cells(read(made_files.NHANES)) == [
        ("901", "LBXPFOA", 2.4, "detected", 0.1, 2),
        ("902", "LBXPFOA", None, "missing", 0.1, 3),
        ("903", "LBXPFOA", 0.07, "below_lod", 0.1, 4),
        ("901", "LBXPFOS", 0.14, "below_lod", 0.2, 2),
        ("902", "LBXPFOS", 11, "detected", 0.2, 3),
        ("903", "LBXPFOS", 22.5, "detected", 0.2, 4),
    ]


def test_a_table_is_the_same_packed_and_as_transport_file(read, tmp_path):
    columns = [TransportColumn(name, name) for name in
               ("SEQN", "WTSA2YR", "LBXPFOA", "LBDPFOAL", "LBXPFOS", "LBDPFOSL")]  # fmt: skip
    frame = pl.read_csv(made_files.NHANES.encode()).cast(pl.Float64)
    path = tmp_path / "PFC_D.XPT"
    path.write_bytes(b"".join(transport_chunks(frame, columns, "PFC_D")))
    expected = checksum_of(read(made_files.NHANES))

    assert checksum_of(read(made_files.NHANES, "PFC_D.csv.gz")) == expected
    assert checksum_of(read_file(path)) == expected
    assert set(cells(read_file(path))) == set(cells(read(made_files.NHANES)))


def test_a_fill_value_is_below_the_limit_only_where_the_codebook_names_it(read):
    text = "SEQN,LBXCOT\n901,0.011\n902,0.02\n903,\n"

    told = read(text, "COT_D.csv")
    assert [(c[2], c[3]) for c in cells(told)] == [
        (0.011, "below_lod"), (0.02, "detected"), (None, "missing"),
    ]  # fmt: skip
    assert [c[3] for c in cells(read(text, "COT_X.csv"))] == ["detected", "detected", "missing"]


def test_a_number_below_the_limit_with_the_code_of_one_above_is_told(read):
    file = read(made_files.NHANES.replace("2.4,0", "0.09,0"))

    assert cells(file)[0][3] == "detected"
    (figure,) = file.qc.to_pylist()
    assert (figure["analyte_code"], figure["metric"], figure["value"]) == (
        "LBXPFOA", "said_above_but_below_limit", 1,
    )  # fmt: skip


def test_wet_weight_and_lipid_weight_are_two_analytes_with_one_comment(read):
    file = read("SEQN,LBX153,LBX153LA,LBD153LC\n901,0.4,61,0\n902,0.01,1.5,1\n", "L28NPB_C.csv")

    assert [(c[1], c[3]) for c in cells(file)] == [
        ("LBX153", "detected"), ("LBX153", "below_lod"),
        ("LBX153LA", "detected"), ("LBX153LA", "below_lod"),
    ]  # fmt: skip
    assert file.analytes["unit"].to_pylist() == ["ng/g", "ng/g{lipid}"]


BAD = {
    "a new column": (
        made_files.NHANES.replace("WTSA2YR", "LBXNEW"),
        "PFC_D.csv, line 1: 1 columns are not known (LBXNEW); their unit and their comment's "
        "column belong into the layouts of nhanes_lab",
    ),
    "a new comment": (
        made_files.NHANES.replace("2.4,0", "2.4,3"),
        "PFC_D.csv, LBDPFOAL: 1 numbers have no comment code or one that is not 0 or 1 (line 2); "
        "send the table as it was published",
    ),
    "no comment": (
        made_files.NHANES.replace("2.4,0", "2.4,"),
        "PFC_D.csv, LBDPFOAL: 1 numbers have no comment code or one that is not 0 or 1 (line 2); "
        "send the table as it was published",
    ),
    "a participant twice": (
        made_files.NHANES.replace("903,", "901,"),
        "PFC_D.csv: 1 SEQN stand twice, first 901; a participant has one row",
    ),
    "odd text": (
        made_files.NHANES.replace("2.4,0", "high,0"),
        "PFC_D.csv, numbers: 1 cells hold neither a number nor a word for a missing value (line "
        "2); write a number, or leave the cell empty where there is none",
    ),
}  # fmt: skip


@pytest.mark.parametrize("text, message", BAD.values(), ids=BAD)
def test_a_table_that_cannot_be_trusted_is_refused(read, text, message):
    with pytest.raises(DeliveryRefusedError) as caught:
        cells(read(text))
    assert str(caught.value) == message
