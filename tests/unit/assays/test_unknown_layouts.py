"""A file that no reader knows is told what was expected and seen, the nearest format first."""

import re

import pytest

from janus_warehouse.assays.errors import UnknownLayoutError
from janus_warehouse.assays.formats.registry import FORMATS
from janus_warehouse.assays.reading import read_file

FILES = {
    # name: (content, nearest format, what it has, what it lacks)
    "npx.csv": (
        "SampleID;OlinkID;Assay;Panel;PlateID;LOD;NPX_bridged\n", "olink",
        "SampleID as sample_code, OlinkID as analyte_code", "none for value, qc_status.",
    ),
    "mfi.csv": (
        "id,sampleid,antigen,signal\n", "luminex", "antigen as analyte_code, id as id",
        "none for value.",
    ),
    "pfas.csv": ("Prøve;Stoff;Svar\n", "long_csv", "Stoff as analyte_code", "none for value."),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_the_nearest_format_comes_first_with_what_is_there_and_what_is_lacking(tmp_path, name):
    content, nearest, has, lacks = FILES[name]
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(UnknownLayoutError) as refused:
        read_file(path)
    lines = str(refused.value).split("\n")
    assert lines[0] == f"{name}: it has the layout of no format that its name could have"
    assert lines[1].startswith(f"  {nearest}: expected ")
    assert has in lines[1] and lacks in lines[1]
    told = [match[1] for line in lines if (match := re.match(r"  (\w+): expected ", line))]
    assert sorted(told) == sorted(name for name, f in FORMATS.items() if f.may_be(path))
    assert "`janus assay formats`" in lines[-1]


def test_a_name_that_no_format_has_is_told_the_endings(tmp_path):
    (tmp_path / "plate7.docx").write_text("x")
    with pytest.raises(UnknownLayoutError, match=r"^plate7\.docx: expected a file that ends in"):
        read_file(tmp_path / "plate7.docx")


@pytest.mark.parametrize("content", [None, b""], ids=["absent", "empty"])
def test_a_file_that_is_not_there_or_empty_is_told_so(tmp_path, content):
    path = tmp_path / "pfas.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UnknownLayoutError, match=r"^pfas\.csv: the file is empty or not there"):
        read_file(path)


@pytest.mark.parametrize("name", ["a.csv", "a.txt", "a.tsv", "a.xlsx", "a.parquet", "a.csv.gz"])
def test_bytes_that_are_nothing_are_refused_whatever_they_are_called(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(bytes(range(256)) * 40)
    with pytest.raises(UnknownLayoutError):
        read_file(path)
    for format_name in FORMATS:
        with pytest.raises(UnknownLayoutError):
            read_file(path, format_name)
