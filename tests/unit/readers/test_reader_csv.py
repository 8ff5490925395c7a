"""Delimited files: what the sender wrote is what COPY is given, whatever the dialect."""

import gzip
import tempfile
import tracemalloc
from pathlib import Path

import pytest
from dialects import column, contract, put, received, tables, written
from hypothesis import given, settings
from hypothesis import strategies as st

from janus_warehouse.deliveries.readers import csv_file, open_stream, scan
from janus_warehouse.deliveries.readers.newlines import drop_trailing_blank_lines, even_newlines
from janus_warehouse.errors import ContractError, DeliveryRefusedError

DIALECTS = st.fixed_dictionaries(
    {
        "delimiter": st.sampled_from([",", ";", "\t", "|", "§", "^"]),
        "quote": st.sampled_from(['"', "'"]),
        "encoding": st.sampled_from(["utf-8", "latin-1", "utf-16"]),
    }
)


@given(st.data(), DIALECTS, st.sampled_from(["\n", "\r\n"]), st.booleans())
@settings(max_examples=150, deadline=None)
def test_every_cell_arrives_as_it_was_written(data, dialect, newline, is_compressed):
    rows = data.draw(tables(dialect["encoding"]))
    content = written(rows, newline=newline, **dialect)
    file_format = {"kind": "csv", **dialect}
    with tempfile.TemporaryDirectory() as folder:
        path = put(Path(folder), "rows.csv.gz" if is_compressed else "rows.csv", content)

        stream = open_stream(path, file_format)

        assert received(stream) == rows
        assert stream.columns == [f"column_{number}" for number in range(len(rows[0]))]
        found = scan(path, file_format)
    assert found.data_rows == len(rows)
    assert found.quotes_balanced


PARTS = st.lists(st.sampled_from([b'"', b"\n", b"\r\n", b"\r", b"a", b'"b"']), max_size=30)


@given(PARTS.map(b"".join), st.integers(1, 8))
@settings(max_examples=300, deadline=None)
def test_even_newlines_do_not_depend_on_where_the_chunks_end(content, size):
    whole = b"".join(even_newlines(iter([content]), b'"'))
    pieces, at = [], 0
    while at < len(content):
        end = at + size
        while content[end - 1 : end] == b"\r" and end < len(content):
            end += 1
        pieces.append(content[at:end])
        at = end

    assert b"".join(even_newlines(iter(pieces), b'"')) == whole


def test_mixed_line_breaks_become_one_style_and_stay_in_quotes(tmp_path):
    path = put(tmp_path, "mixed.csv", b'a,b\n1,2\r\n"x\r\ny",3\n4,5\r6,7\n')

    stream = open_stream(path, {"kind": "csv"})

    assert b"".join(stream.chunks) == b'1,2\r\n"x\r\ny",3\r\n4,5\r\n6,7\r\n'
    assert scan(path, {"kind": "csv"}).newline == "mixed"


def test_bytes_pass_untouched_when_the_server_can_read_them(tmp_path):
    body = 'Ærlig;"Å;\r\nB"\r\n1;2\r\n'.encode("latin-1")
    path = put(tmp_path, "rows.csv", b"a;b\r\n" + body)

    stream = open_stream(path, {"kind": "csv", "delimiter": ";", "encoding": "latin-1"})

    assert b"".join(stream.chunks) == body
    assert stream.copy_options == (
        "FORMAT csv, DELIMITER ';', QUOTE '\"', ENCODING 'LATIN1', NULL ''"
    )


def test_control_characters_are_written_as_escapes_in_the_options(tmp_path):
    path = put(tmp_path, "rows.tsv", b"a\tb\n1\t2\n")

    stream = open_stream(path, {"kind": "csv", "delimiter": "\t", "quote": ""})

    assert "DELIMITER E'\\x09'" in stream.copy_options
    assert "QUOTE E'\\x01'" in stream.copy_options


def test_without_quotes_a_quote_is_a_character_like_any_other(tmp_path):
    path = put(tmp_path, "rows.csv", b'a,b\n5",6\n7,8"\n9,"\n')
    file_format = {"kind": "csv", "quote": ""}

    assert received(open_stream(path, file_format))[:2] == [['5"', "6"], ["7", '8"']]
    assert scan(path, file_format).quotes_balanced


@pytest.mark.parametrize("name", ["rows.csv", "rows.csv.gz"])
def test_byte_order_mark_is_no_part_of_the_first_header(tmp_path, name):
    path = put(tmp_path, name, b"\xef\xbb\xbfa,b\n1,2\n")

    stream = open_stream(path, {"kind": "csv"})

    assert stream.columns == ["a", "b"]
    assert b"".join(stream.chunks) == b"1,2\n"
    assert scan(path, {"kind": "csv"}).bom == "utf-8"


def test_delimiter_of_several_characters_is_rewritten(tmp_path):
    path = put(tmp_path, "rows.csv", b'a||b\n1||"x|y"\n')

    stream = open_stream(path, {"kind": "csv", "delimiter": "||"})

    assert stream.columns == ["a", "b"]
    assert received(stream) == [["1", "x|y"]]


def test_header_may_hold_line_breaks_and_the_first_line_counts_them(tmp_path):
    path = put(tmp_path, "rows.csv", b'"a\nof two lines",b\n1,2\n')

    stream = open_stream(path, {"kind": "csv"})

    assert stream.columns == ["a\nof two lines", "b"]
    assert stream.first_line == 3
    assert b"".join(stream.chunks) == b"1,2\n"


def test_without_header_the_columns_are_those_of_the_contract(tmp_path):
    path = put(tmp_path, "rows.csv", b"1,2\n")

    stream = open_stream(
        path, {"kind": "csv", "header": False}, contract(column("first", header="F1"), column("b"))
    )

    assert (stream.columns, stream.first_line) == (["F1", "b"], 1)
    assert received(stream) == [["1", "2"]]


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        pytest.param(b"", [], id="empty"),
        pytest.param(b"\xef\xbb\xbf", [], id="byte order mark only"),
        pytest.param(b"a,b\n", ["a", "b"], id="header only"),
        pytest.param(b"a,b", ["a", "b"], id="header without line break"),
        pytest.param(b"a,b\r\n\r\n\r\n", ["a", "b"], id="header and empty lines"),
    ],
)
def test_file_without_rows_gives_none(tmp_path, content, columns):
    path = put(tmp_path, "rows.csv", content)

    stream = open_stream(path, {"kind": "csv"})

    assert stream.columns == columns
    assert b"".join(stream.chunks) == b""
    assert scan(path, {"kind": "csv"}).data_rows == 0


def test_empty_lines_at_the_end_are_no_rows_and_others_are_kept(tmp_path):
    path = put(tmp_path, "rows.csv", b"a,b\n1,2\n\n3,4\n\n\n")

    assert b"".join(open_stream(path, {"kind": "csv"}).chunks) == b"1,2\n\n3,4\n"
    assert scan(path, {"kind": "csv"}).data_rows == 3


@given(st.lists(st.sampled_from([b"\n", b"\r\n", b"a\n", b"b", b"\n\n"]), max_size=12))
def test_trailing_lines_are_dropped_wherever_the_chunks_end(chunks):
    whole = b"".join(chunks)

    kept = b"".join(drop_trailing_blank_lines(iter(chunks)))

    assert kept.rstrip(b"\r\n") == whole.rstrip(b"\r\n")
    assert len(kept) - len(kept.rstrip(b"\r\n")) <= 2
    assert kept.endswith((b"\n", b"a", b"b")) or not kept


def test_header_that_never_ends_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_file, "MAX_HEADER_BYTES", 1000)
    path = put(tmp_path, "rows.csv", b'"a,b\n' + b"1,2\n" * 400_000)

    with pytest.raises(DeliveryRefusedError, match=r"rows.csv, line 1: .* is a quote left open"):
        open_stream(path, {"kind": "csv"})


def test_header_written_with_another_delimiter_and_a_broken_name_is_refused(tmp_path):
    path = put(tmp_path, "broken.csv", b'a;"b\rc"\r\n1;2\r\n')
    with pytest.raises(DeliveryRefusedError, match=r"line 1: expected a header .* delimiter"):
        open_stream(path, {"kind": "csv", "delimiter": ","})


def test_damaged_gzip_is_refused_by_name(tmp_path):
    packed = gzip.compress(b"a,b\n" + b"1,2\n" * 1000)
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(packed[: len(packed) // 2])

    with pytest.raises(DeliveryRefusedError, match=r"rows.csv.gz: expected a whole gzip file"):
        scan(path, {"kind": "csv"})


def test_text_that_only_python_decodes_is_refused_without_showing_it(tmp_path):
    path = put(tmp_path, "rows.csv", "a,b\n".encode("utf-16") + b"\x00\xd8\x41\x00")

    with pytest.raises(DeliveryRefusedError, match=r"line 2: expected text in utf-16") as caught:
        b"".join(open_stream(path, {"kind": "csv", "encoding": "utf-16"}).chunks)

    assert caught.value.__cause__ is None and caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("file_format", "message"),
    [
        pytest.param({"kind": "csv", "encoding": "klingon"}, "name of a text encoding", id="codec"),
        pytest.param({"kind": "csv", "delimiter": "\n"}, "format.delimiter", id="delimiter"),
        pytest.param({"kind": "xlsx"}, "expected csv, fixed_width", id="kind"),
    ],
)
def test_format_that_makes_no_sense_is_an_error_of_the_contract(tmp_path, file_format, message):
    path = put(tmp_path, "rows.csv", b"a,b\n1,2\n")

    with pytest.raises(ContractError, match=message):
        open_stream(path, file_format)


def test_memory_does_not_grow_with_the_file(tmp_path):
    row = b"1;2;" + b"x" * 90 + b"\n"
    small = put(tmp_path, "small.csv", b"a;b;c\n" + row * 40_000)
    large = put(tmp_path, "large.csv", b"a;b;c\n" + row * 400_000)

    assert _peak(large) < 1.3 * _peak(small)


def _peak(path: Path) -> int:
    tracemalloc.start()
    try:
        scan(path, {"kind": "csv", "delimiter": ";"})
        for _ in open_stream(path, {"kind": "csv", "delimiter": ";"}).chunks:
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_fsspec_files_are_read_like_paths(tmp_path):
    import fsspec

    path = put(tmp_path, "rows.csv.gz", b"a,b\n1,2\n")
    remote = fsspec.open(f"file://{path}", "rb")

    assert received(open_stream(remote, {"kind": "csv"})) == [["1", "2"]]
    assert received(open_stream(f"file://{path}", {"kind": "csv"})) == [["1", "2"]]
    assert scan(remote, {"kind": "csv"}) == scan(path, {"kind": "csv"})
