"""One pass over a file: every figure against a plain computation, every fault in its line."""

import gzip
import hashlib
import tempfile
from pathlib import Path

import pytest
from dialects import put
from hypothesis import given, settings
from hypothesis import strategies as st

from janus_warehouse.deliveries.readers import (
    explain_structure,
    multiline_offsets,
    open_stream,
    physical_line,
    scan,
    scan_faults,
    source,
)

CSV = {"kind": "csv", "delimiter": ",", "quote": '"', "encoding": "utf-8"}
PIECES = st.sampled_from(
    [
        "a",
        "1,2",
        '"',
        '"x,y"',
        '"x\ny"',
        "\n",
        "\n",
        "\r\n",
        "\0",
        "æ",
        "\\.",
        "\n\\.\n",
        ",",
        "x" * 70,
    ]
)


def _scanned(content: bytes, chunk_bytes: int, **changes):
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        # Small pieces, so that everything happens across the seams too.
        patch.setattr(source.read_chunks, "__defaults__", (chunk_bytes,))
        return scan(put(Path(folder), "rows.csv", content), {**CSV, **changes})


@given(st.lists(PIECES, max_size=40), st.integers(1, 60))
@settings(max_examples=300, deadline=None)
def test_counts_agree_with_a_plain_reading_of_the_whole_file(pieces, chunk_bytes):
    content = "".join(pieces).encode()

    found = _scanned(content, chunk_bytes, header=False)

    lines = content.split(b"\n")
    full_lines = lines if lines[-1] else lines[:-1]
    assert found.bytes == len(content)
    assert found.sha256 == hashlib.sha256(content).hexdigest()
    assert found.lines == len(full_lines)
    assert found.longest_line == max(map(len, lines))
    assert found.nul_line == _line_of(content, b"\0")
    assert found.non_ascii == (not content.isascii())
    assert found.quotes_balanced == (content.count(b'"') % 2 == 0)
    bare = [line.removesuffix(b"\r") for line in lines]
    assert found.end_marker_line == (bare.index(b"\\.") + 1 if b"\\." in bare else None)


@given(st.lists(PIECES, max_size=40), st.integers(1, 60))
@settings(max_examples=200, deadline=None)
def test_rows_are_line_breaks_outside_quotes(pieces, chunk_bytes):
    text = "".join(pieces)
    content = text.encode()
    outside = "".join(text.split('"')[::2])
    breaks_outside = outside.count("\n")
    is_unfinished = bool(text) and not text.endswith("\n")
    trailing = len(text) - len(text.rstrip("\r\n"))
    blank_at_end = max(text[len(text) - trailing :].count("\n") - 1, 0)

    found = _scanned(content, chunk_bytes, header=False)

    assert found.breaks_in_quotes == content.count(b"\n") - breaks_outside
    if found.quotes_balanced:
        expected = breaks_outside + is_unfinished - blank_at_end if text.strip("\r\n") else 0
        assert found.data_rows == expected


def _line_of(content: bytes, part: bytes) -> int | None:
    at = content.find(part)
    return content.count(b"\n", 0, at) + 1 if at >= 0 else None


@pytest.mark.parametrize(
    ("content", "style"),
    [
        pytest.param(b"a\nb\n", "lf", id="lf"),
        pytest.param(b"a\r\nb\r\n", "crlf", id="crlf"),
        pytest.param(b"a\rb\rc", "cr", id="cr"),
        pytest.param(b"a\r\nb\nc\n", "mixed", id="mixed"),
        pytest.param(b'a\n"x\r\ny"\n', "lf", id="another style in quotes only"),
        pytest.param(b"a", "none", id="one line"),
    ],
)
def test_style_of_line_breaks_is_told(content, style):
    assert _scanned(content, 3).newline == style


def test_hash_of_a_compressed_file_is_that_of_the_file_as_sent(tmp_path):
    packed = gzip.compress(b"a,b\n1,2\n") + gzip.compress(b"3,4\n")
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(packed)

    found = scan(path, CSV)

    assert found.sha256 == hashlib.sha256(packed).hexdigest()
    assert (found.bytes, found.lines, found.data_rows) == (len(packed), 3, 2)


@pytest.mark.parametrize(
    ("content", "encoding", "line", "message"),
    [
        pytest.param(
            b"a,b\n1,\xe6\n",
            "utf-8",
            2,
            "expected text in utf-8, found a byte that is not, at byte 3",
            id="latin-1 sent as utf-8",
        ),
        pytest.param(
            "a,b\n1,æ\n".encode(),
            "latin-1",
            1,
            "expected text in iso8859-1, found a file that is valid UTF-8",
            id="utf-8 sent as latin-1",
        ),
        pytest.param(
            "a,b\n1,æ\n".encode(),
            "cp865",
            1,
            "expected text in cp865, found a file that is valid UTF-8",
            id="utf-8 sent as cp865",
        ),
        pytest.param(
            "a,b\n1,2\n".encode("utf-16"),
            "utf-8",
            1,
            "expected utf-8, found text in utf-16-le",
            id="utf-16",
        ),
        pytest.param(b"a,b\n1,2\n3,\0\n", "utf-8", 3, "found a NUL byte", id="nul"),
        pytest.param(b"a,b\n\\.\n", "utf-8", 2, "a backslash and a full stop", id="end marker"),
        pytest.param(
            b"a,b\n1,2\n" + b"3," + b"x" * 10_000_000 + b"\n4,5\n",
            "utf-8",
            3,
            "expected lines of at most 1048576 bytes, found one of 10000002 bytes",
            id="10-MB line",
        ),
    ],
)
def test_fault_that_a_scan_proves_names_its_line(tmp_path, content, encoding, line, message):
    path = put(tmp_path, "rows.csv", content)
    file_format = {**CSV, "encoding": encoding}

    faults = scan_faults(scan(path, file_format), file_format)

    assert faults[0].line == line
    assert message in str(faults[0])


@pytest.mark.parametrize("encoding", ["cp865", "cp850", "mac-roman", "latin-1", "cp1252"])
def test_letters_in_the_encoding_of_the_contract_are_no_fault(tmp_path, encoding):
    path = put(tmp_path, "rows.csv", "a,b\n1,Bodø\n2,Ærøy på Åsen\n".encode(encoding))
    file_format = {**CSV, "encoding": encoding}

    assert scan_faults(scan(path, file_format), file_format) == []


def test_sound_file_has_no_faults(tmp_path):
    path = put(tmp_path, "rows.csv", 'a,b\n1,"å\næ"\n\n'.encode())

    assert scan_faults(scan(path, CSV), CSV) == []
    assert explain_structure(path, CSV, 2) == []


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(
            b"a,b\n1,2\n3\n4,5,6\n",
            [(3, "columns", "1 fields"), (4, "columns", "3 fields")],
            id="ragged",
        ),
        pytest.param(
            b'a,b\n"x\ny",2\n3\n',
            [(4, "columns", "1 fields")],
            id="ragged after a quoted line break",
        ),
        pytest.param(
            b'a,b\n1,2\n3,"4\n5,6\n',
            [(3, "quotes", "a quote that is opened and never closed")],
            id="open quote",
        ),
        pytest.param(
            b"a,b\n1,2\n\n3,4\n\n",
            [(3, "blank line", "an empty line")],
            id="blank line between rows",
        ),
        pytest.param(
            b"a,b\n1,\xff\xff\n",
            [(2, "encoding", "a byte that is not, at byte 3")],
            id="undecodable",
        ),
        pytest.param(b"a,b\n1,\0\n", [(2, "nul", "a NUL byte")], id="nul"),
        pytest.param(b'a,b\n"1,2",3\n', [], id="delimiter in quotes"),
    ],
)
def test_explanation_names_line_kind_and_count(tmp_path, content, expected):
    path = put(tmp_path, "rows.csv", content)

    faults = explain_structure(path, CSV, n_columns=2)

    assert [(fault.line, fault.kind, fault.found) for fault in faults] == expected


def test_explanation_stops_at_its_limit_and_shows_no_value(tmp_path):
    path = put(tmp_path, "rows.csv", b"a,b\n" + b"telltale\n" * 500)

    faults = explain_structure(path, CSV, n_columns=2, limit=7)

    assert len(faults) == 7
    assert "telltale" not in "".join(map(str, faults))


def test_lines_of_records_with_line_breaks_are_found(tmp_path):
    content = b'a,b\n1,2\n"x\ny\nz",3\n4,5\n6,"p\nq"\n7,8\n'
    path = put(tmp_path, "rows.csv", content)

    offsets = multiline_offsets(path, CSV)
    first_line = open_stream(path, CSV).first_line

    assert offsets == [(3, 2), (5, 3)]
    assert [physical_line(row, first_line, offsets) for row in range(1, 6)] == [2, 3, 6, 7, 9]
    assert scan(path, CSV).breaks_in_quotes == 3
