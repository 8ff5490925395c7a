"""A matrix becomes one row per cell, in the order of the file, wherever its chunks end."""

import tempfile
from pathlib import Path

import pytest
from dialects import put, received
from hypothesis import given, settings
from hypothesis import strategies as st

from janus_warehouse.deliveries.readers import open_stream, scan, source
from janus_warehouse.errors import DeliveryRefusedError

MATRIX = {
    "kind": "matrix",
    "row_id": "analyte_code",
    "column_id": "study_code",
    "value": "read_count",
    "delimiter": "\t",
}


@given(
    st.integers(1, 5).flatmap(
        lambda width: st.lists(
            st.lists(st.sampled_from(["0", "17", "", "2.5"]), min_size=width, max_size=width),
            min_size=1,
            max_size=9,
        )
    ),
    st.sampled_from(["\n", "\r\n"]),
    st.integers(1, 50),
)
@settings(deadline=None)
def test_every_cell_becomes_a_row(values, newline, chunk_bytes):
    columns = [f"S{number}" for number in range(len(values[0]))]
    lines = ["\t".join(["rna", *columns])]
    lines += ["\t".join([f"R{number}", *row]) for number, row in enumerate(values)]
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(source.read_chunks, "__defaults__", (chunk_bytes,))
        path = put(Path(folder), "counts.tsv", (newline.join(lines) + newline).encode())

        stream = open_stream(path, MATRIX)
        rows = received(stream)
        found = scan(path, MATRIX)

    assert stream.columns == ["analyte_code", "study_code", "read_count"]
    assert rows == [
        [f"R{number}", name, cell]
        for number, row in enumerate(values)
        for name, cell in zip(columns, row, strict=True)
    ]
    assert found.data_rows == len(rows)
    assert stream.rows_per_line == len(columns)


def test_empty_cell_is_missing_and_not_an_empty_text(tmp_path):
    path = put(tmp_path, "counts.tsv.gz", b"rna\tS1\tS2\nR1\t\t5\n")

    assert b"".join(open_stream(path, MATRIX).chunks) == b"R1,S1,\nR1,S2,5\n"


def test_quoted_names_lose_their_quotes(tmp_path):
    path = put(tmp_path, "counts.tsv", b'"rna"\t"S1"\t"S2"\n"R1"\t1\t2\n"R,2"\t3\t4\n')

    assert received(open_stream(path, MATRIX)) == [
        ["R1", "S1", "1"],
        ["R1", "S2", "2"],
        ["R,2", "S1", "3"],
        ["R,2", "S2", "4"],
    ]


def test_line_with_a_cell_too_few_is_refused_by_number(tmp_path):
    path = put(tmp_path, "counts.tsv", b"rna\tS1\tS2\nR1\t1\t2\nR2\t3\nR3\t4\t5\t6\n")

    with pytest.raises(
        DeliveryRefusedError,
        match=r"counts.tsv, line 3: expected 3 fields as in the header, found 2",
    ):
        list(open_stream(path, MATRIX).chunks)


@pytest.mark.parametrize("content", [b"", b"rna\tS1\n", b"rna\n"])
def test_matrix_without_cells_gives_no_rows(tmp_path, content):
    path = put(tmp_path, "counts.tsv", content)

    assert b"".join(open_stream(path, MATRIX).chunks) == b""
    assert scan(path, MATRIX).data_rows == 0
