"""Tables of concentrations: samples down, a group, compounds across."""

import polars as pl
import pytest

from janus_warehouse.assays.reading import read_file
from janus_warehouse.errors import DeliveryRefusedError

TABLE = 'Sample,Group,"1,3-Diol",Acetate,Citrate,Alanine\nS1,A,1.5,<0.2,3,4\nQC1,,5,ND,7,0\n'


@pytest.fixture
def read(tmp_path):
    def write(text: str):
        (tmp_path / "c.csv").write_text(text)
        file = read_file(tmp_path / "c.csv")
        return file, pl.concat([pl.DataFrame(pl.from_arrow(batch)) for batch in file.values])

    return write


def test_every_cell_is_a_value_and_the_group_a_remark(read):
    file, values = read(TABLE)

    assert file.format == "concentrations"
    assert file.analytes["analyte_code"].to_pylist() == [
        "1,3-Diol",
        "Acetate",
        "Citrate",
        "Alanine",
    ]
    assert file.samples["sample_kind"].to_pylist() == ["sample", "control"]
    assert values.select("value", "status", "lod").rows() == [
        (1.5, "detected", None), (5, "detected", None), (None, "below_lod", 0.2),
        (None, "missing", None), (3, "detected", None), (7, "detected", None),
        (4, "detected", None), (0, "detected", None),
    ]  # fmt: skip
    assert [(q["sample_code"], q["metric"], q["note"]) for q in file.qc.to_pylist()] == [
        ("S1", "Group", "A")
    ]


BAD = {
    "no code": (
        TABLE.replace("QC1", " "),
        "c.csv: 1 rows have no Sample (line 3); write it into each, or remove rows that hold "
        "nothing",
    ),
    "a nameless compound": (
        TABLE.replace("Acetate", ""),
        "c.csv, line 1: column 4 has no name; name the group and every compound",
    ),
    "a nameless group": (
        TABLE.replace("Group", ""),
        "c.csv, line 1: column 2 has no name; name the group and every compound",
    ),
    "cut short": (
        TABLE[:-3],
        "c.csv, line 3: expected 6 cells as in the header, found 5 cells; write every line in "
        "full, or send the file again if it was cut off",
    ),
    "odd text": (
        TABLE.replace("7,0", "high,0"),
        "c.csv, concentrations: 1 cells hold neither a number nor a word for a missing value (line "
        "3); write a number, or leave the cell empty where there is none",
    ),
}


@pytest.mark.parametrize("text, message", BAD.values(), ids=BAD)
def test_a_table_of_concentrations_that_cannot_be_trusted_is_refused(read, text, message):
    with pytest.raises(DeliveryRefusedError) as caught:
        read(text)
    assert str(caught.value) == message
