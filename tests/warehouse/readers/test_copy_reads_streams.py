"""The server itself reads what the readers give it: every row, every cell, every dialect."""

import sys
import tempfile
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from janus_warehouse.deliveries.readers import open_stream, scan

sys.path.insert(0, str(Path(__file__).parents[2] / "unit" / "readers"))

from dialects import put, tables, written

DIALECTS = st.fixed_dictionaries(
    {
        "delimiter": st.sampled_from([",", ";", "\t", "|", "§"]),
        "quote": st.sampled_from(['"', "'"]),
        "encoding": st.sampled_from(["utf-8", "latin-1", "utf-16"]),
    }
)


@pytest.fixture(scope="module")
def connection(server):
    with psycopg.connect(server, autocommit=True) as connection:
        yield connection


def _copied(connection: psycopg.Connection, path: Path, file_format: dict) -> list[tuple]:
    stream = open_stream(path, file_format)
    columns = ", ".join(f"c{number} text" for number in range(len(stream.columns)))
    connection.execute("drop table if exists copied")
    connection.execute(f"create temp table copied (line serial, {columns})")
    names = ", ".join(f"c{number}" for number in range(len(stream.columns)))
    with (
        connection.cursor() as cursor,
        cursor.copy(f"copy copied ({names}) from stdin with ({stream.copy_options})") as copy,
    ):
        for chunk in stream.chunks:
            copy.write(chunk)
    return connection.execute(f"select {names} from copied order by line").fetchall()


@given(st.data(), DIALECTS, st.sampled_from(["\n", "\r\n"]))
@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_copy_reads_every_dialect_as_it_was_written(connection, data, dialect, newline):
    rows = data.draw(tables(dialect["encoding"]))
    file_format = {"kind": "csv", **dialect}
    with tempfile.TemporaryDirectory() as folder:
        path = put(Path(folder), "rows.csv", written(rows, newline=newline, **dialect))
        if scan(path, file_format).end_marker_line:
            return

        copied = _copied(connection, path, file_format)

    assert copied == [tuple(cell or None for cell in row) for row in rows]


def test_copy_reads_mixed_line_breaks(connection, tmp_path):
    path = put(tmp_path, "rows.csv", b'a,b\r\n1,2\n3,"x\r\ny"\r\n5,6\r7,8\n\n\n')

    assert _copied(connection, path, {"kind": "csv"}) == [
        ("1", "2"),
        ("3", "x\r\ny"),
        ("5", "6"),
        ("7", "8"),
    ]
