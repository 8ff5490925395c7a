"""Parquet: every plain type as text that PostgreSQL reads back as the same value."""

import datetime
import decimal
import gzip

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dialects import column, contract, received

from janus_warehouse.deliveries.readers import open_stream, parquet, scan
from janus_warehouse.errors import DeliveryRefusedError

PARQUET = {"kind": "parquet"}
TABLE = pa.table(
    {
        "number": pa.array([1, None, -3], pa.int64()),
        "measured": pa.array([0.1, 2.0, float("nan")], pa.float64()),
        "short": pa.array([0.1, 1e-7, 16777216.0], pa.float32()),
        "exact": pa.array([decimal.Decimal("1.50"), None, decimal.Decimal("-2.25")]),
        "text": pa.array(['a "b", c', "", "Åse"]),
        "day": pa.array([datetime.date(2004, 2, 29), None, datetime.date(1959, 12, 31)]),
        "flag": pa.array([True, False, None]),
        "word": pa.array(["x", "y", "x"]).dictionary_encode(),
    }
)
ROWS = [
    ["1", "0.1", "0.1", "1.50", 'a "b", c', "2004-02-29", "true", "x"],
    ["", "2", "1e-7", "", "", "", "false", "y"],
    ["-3", "", "16777216", "-2.25", "Åse", "1959-12-31", "", "x"],
]


@pytest.fixture
def path(tmp_path):
    pq.write_table(TABLE, tmp_path / "rows.parquet")
    return tmp_path / "rows.parquet"


def test_every_plain_type_arrives(path):
    stream = open_stream(path, PARQUET)

    assert stream.columns == TABLE.column_names
    assert received(stream) == ROWS
    assert scan(path, PARQUET).data_rows == 3


def test_compressed_file_is_read_too(path):
    packed = path.with_suffix(".parquet.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))

    assert received(open_stream(packed, PARQUET)) == ROWS
    assert scan(packed, PARQUET).data_rows == 3


def test_rows_come_in_batches(path, monkeypatch):
    monkeypatch.setattr(parquet, "BATCH_ROWS", 1)

    assert len(list(open_stream(path, PARQUET).chunks)) == 3


def test_columns_that_the_contract_ignores_are_not_read(path):
    wanted = contract(column("flag"), column("number"))

    stream = open_stream(path, {**PARQUET, "extra_columns": "ignore"}, wanted)

    assert received(stream) == [["1", "true"], ["", "false"], ["-3", ""]]


def test_lists_are_refused_by_column(tmp_path):
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"a": [1], "b": [[1, 2]]}), path)

    with pytest.raises(DeliveryRefusedError, match=r"found list.* in column 2 \(b\)"):
        open_stream(path, PARQUET)


def test_other_or_truncated_file_is_refused(path):
    path.write_bytes(path.read_bytes()[:-10])

    with pytest.raises(DeliveryRefusedError, match=r"rows.parquet: expected a Parquet file"):
        scan(path, PARQUET)
