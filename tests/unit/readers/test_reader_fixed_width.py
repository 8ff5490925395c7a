"""Fixed width: fields by position, in characters; a line cut short is never read as missing."""

import csv
import io
import tempfile
from pathlib import Path

import pytest
from dialects import column, contract, put, received
from hypothesis import given, settings
from hypothesis import strategies as st

from janus_warehouse.deliveries.readers import explain_structure, open_stream, scan
from janus_warehouse.errors import ContractError, DeliveryRefusedError

FORMAT = {"kind": "fixed_width", "encoding": "latin-1"}
THREE = contract(column("key", (1, 4)), column("name", (5, 10)), column("rest", (11, 12)))
LETTERS = st.characters(codec="latin-1", exclude_categories=["Cc", "Zl", "Zp"])


@given(
    st.lists(
        st.tuples(
            st.text(LETTERS, max_size=4), st.text(LETTERS, max_size=6), st.text(LETTERS, max_size=2)
        ),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from(["\n", "\r\n"]),
)
@settings(deadline=None)
def test_fields_arrive_without_the_spaces_at_their_end(rows, newline):
    lines = [f"{key:4}{name:6}{rest:2}" for key, name, rest in rows]
    content = (newline.join(lines) + newline).encode("latin-1")
    with tempfile.TemporaryDirectory() as folder:
        path = put(Path(folder), "rows.dat", content)

        stream = open_stream(path, FORMAT, THREE)

        assert received(stream) == [[cell.rstrip(" ") for cell in row] for row in rows]
        assert scan(path, FORMAT).data_rows == len(rows)
    assert (stream.columns, stream.first_line) == (["key", "name", "rest"], 1)


def test_the_first_line_is_a_row_even_where_the_format_says_header(tmp_path):
    path = put(tmp_path, "rows.dat", b"0001ABCDEFxy\n0002GHIJKLzz\n")
    file_format = {**FORMAT, "header": True}

    assert len(received(open_stream(path, file_format, THREE))) == 2
    assert scan(path, file_format).data_rows == 2


def test_gaps_and_overlaps_of_positions_are_as_the_contract_says(tmp_path):
    path = put(tmp_path, "rows.dat.gz", b"abcdefghijkl\n")
    fields = contract(column("late", (11, 12)), column("whole", (1, 4)), column("part", (2, 3)))

    assert received(open_stream(path, FORMAT, fields)) == [["kl", "abcd", "bc"]]


def test_positions_count_characters_not_bytes(tmp_path):
    path = put(tmp_path, "rows.dat", "ÆØÅæABCDEFøå\n".encode())

    stream = open_stream(path, {"kind": "fixed_width", "encoding": "utf-8"}, THREE)

    assert received(stream) == [["ÆØÅæ", "ABCDEF", "øå"]]


def test_quotes_and_commas_in_a_field_are_data(tmp_path):
    path = put(tmp_path, "rows.dat", b'a,b"c"d,e fg\n')

    assert received(open_stream(path, FORMAT, THREE)) == [['a,b"', 'c"d,e', "fg"]]
    assert scan(path, FORMAT).quotes_balanced


def test_blank_field_is_missing_and_not_an_empty_text(tmp_path):
    path = put(tmp_path, "rows.dat", b"0001      xy\n")

    assert b"".join(open_stream(path, FORMAT, THREE).chunks) == b"0001,,xy\n"


def test_short_line_is_refused_with_its_number(tmp_path):
    path = put(tmp_path, "rows.dat", b"0001ABCDEFxy\n0002ABCDEFx\n")

    with pytest.raises(
        DeliveryRefusedError,
        match=r"rows.dat, line 2: expected at least 12 characters, found 11; write every line",
    ):
        list(open_stream(path, FORMAT, THREE).chunks)

    faults = explain_structure(path, FORMAT, 12)
    assert [(fault.line, fault.kind) for fault in faults] == [(2, "short line")]


def test_what_stands_after_the_last_field_is_not_read(tmp_path):
    path = put(tmp_path, "rows.dat", b"0001ABCDEFxyz and more\n")

    assert received(open_stream(path, FORMAT, THREE)) == [["0001", "ABCDEF", "xy"]]


def test_wrong_encoding_is_refused_without_the_bytes(tmp_path):
    path = put(tmp_path, "rows.dat", b"0001\xe6BCDEFxy\n")

    with pytest.raises(DeliveryRefusedError, match=r"rows.dat: expected text in utf-8"):
        list(open_stream(path, {"kind": "fixed_width"}, THREE).chunks)


def test_column_without_position_is_an_error_of_the_contract(tmp_path):
    path = put(tmp_path, "rows.dat", b"0001ABCDEFxy\n")

    with pytest.raises(ContractError, match=r"column key: .* needs a position"):
        open_stream(path, FORMAT, contract(column("key")))


def test_chunks_come_one_by_one(tmp_path):
    line = b"0001ABCDEFxy\n"
    path = put(tmp_path, "rows.dat", line * 300_000)

    chunks = list(open_stream(path, FORMAT, THREE).chunks)

    assert len(chunks) >= 3
    assert max(map(len, chunks)) < 3 << 20
    assert sum(1 for _ in csv.reader(io.StringIO(b"".join(chunks).decode()))) == 300_000
