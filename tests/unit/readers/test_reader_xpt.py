"""SAS transport files: against the reference reader, and the corners of the number format."""

import gzip
import struct

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from dialects import column, contract, received
from hypothesis import given
from hypothesis import strategies as st

from janus_warehouse.deliveries.readers import open_stream, scan
from janus_warehouse.deliveries.readers.xpt import ibm_numbers
from janus_warehouse.errors import DeliveryRefusedError

XPT = {"kind": "xpt"}


def _ibm(value: float) -> bytes:
    """Return a double as SAS writes it, worked out with whole numbers."""
    if value == 0:
        return bytes(8)
    mantissa, exponent = np.frexp(abs(value))
    sixteenths = -(-int(exponent) // 4)
    fraction = int(mantissa * 2.0**53) << 3 >> (4 * sixteenths - int(exponent))
    sign = 0x80 if value < 0 else 0
    return struct.pack(">Q", ((sign | (64 + sixteenths)) << 56) | fraction)


@given(st.floats(min_value=1e-70, max_value=1e70) | st.floats(min_value=-1e70, max_value=-1e-70))
def test_number_is_the_one_that_was_written(value):
    cells = np.frombuffer(_ibm(value), np.uint8).reshape(1, 8)

    assert ibm_numbers(cells)[0] == pytest.approx(value, rel=2**-52)


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        pytest.param("4110000000000000", 1.0, id="one"),
        pytest.param("c276a00000000000", -118.625, id="the textbook's number"),
        pytest.param("0000000000000000", 0.0, id="zero"),
        pytest.param("0010000000000000", 0.0, id="the smallest number, which stands for zero"),
        pytest.param("4110", 1.0, id="two bytes long"),
        pytest.param("2e00000000000000", np.nan, id="missing"),
        pytest.param("4100000000000000", np.nan, id="missing .A"),
        pytest.param("5a00000000000000", np.nan, id="missing .Z"),
        pytest.param("5f00000000000000", np.nan, id="missing ._"),
    ],
)
def test_special_bytes_are_read_as_sas_means_them(octets, expected):
    cells = np.frombuffer(bytes.fromhex(octets), np.uint8).reshape(1, -1)

    np.testing.assert_equal(ibm_numbers(cells)[0], expected)


@pytest.mark.parametrize("version", [5, 8])
@pytest.mark.parametrize("rows", [1, 7, 5000])
@pytest.mark.parametrize("is_compressed", [False, True])
def test_rows_equal_what_was_written(tmp_path, version, rows, is_compressed):
    numbers = np.arange(rows) * 0.1
    written = pd.DataFrame(
        {
            "WHOLE": np.arange(rows, dtype=float),
            "TENTHS": numbers,
            "SOME": np.where(np.arange(rows) % 3 == 0, np.nan, numbers - 5),
            "NAME": [f'Åse, "{number}"' if number % 2 else "" for number in range(rows)],
        }
    )
    path = tmp_path / "rows.xpt"
    pyreadstat.write_xport(written, str(path), file_format_version=version)
    if is_compressed:
        packed = tmp_path / "rows.xpt.gz"
        packed.write_bytes(gzip.compress(path.read_bytes()))
        path = packed

    stream = open_stream(path, XPT)

    assert stream.columns == list(written.columns)
    assert received(stream) == [
        [
            str(int(row.WHOLE)),
            _shortest(row.TENTHS),
            "" if np.isnan(row.SOME) else _shortest(row.SOME),
            row.NAME,
        ]
        for row in written.itertuples()
    ]
    assert scan(path, XPT).data_rows == rows


def _shortest(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))


def test_dates_are_written_in_iso_form(tmp_path):
    path = tmp_path / "dates.xpt"
    frame = pd.DataFrame(
        {
            "DAY": [pd.Timestamp("1959-12-31").date(), pd.Timestamp("2004-02-29").date(), None],
            "MOMENT": pd.to_datetime(["1960-01-01 00:00:01", None, "2004-02-29 23:59:59"]),
        }
    )
    pyreadstat.write_xport(frame, str(path))

    assert received(open_stream(path, XPT)) == [
        ["1959-12-31", "1960-01-01T00:00:01"],
        ["2004-02-29", ""],
        ["", "2004-02-29T23:59:59"],
    ]


def test_columns_that_the_contract_ignores_are_not_read(tmp_path):
    path = tmp_path / "rows.xpt"
    pyreadstat.write_xport(pd.DataFrame({"A": [1.0], "B": [2.0], "C": [3.0]}), str(path))
    wanted = contract(column("first", header="C"), column("a", header="A"))

    ignoring = open_stream(path, {"kind": "xpt", "extra_columns": "ignore"}, wanted)
    refusing = open_stream(path, {"kind": "xpt", "extra_columns": "refuse"}, wanted)

    assert (ignoring.columns, received(ignoring)) == (["A", "C"], [["1", "3"]])
    assert refusing.columns == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("cut", "message"),
    [
        pytest.param(0, "found nothing more", id="empty"),
        pytest.param(100, "found a part of one", id="in the header"),
        pytest.param(-200, "found one cut off in a row", id="in a row"),
    ],
)
def test_file_cut_off_is_refused(tmp_path, cut, message):
    path = tmp_path / "rows.xpt"
    frame = pd.DataFrame({f"V{number}": np.arange(200.0) for number in range(33)})
    pyreadstat.write_xport(frame, str(path))
    content = path.read_bytes()
    path.write_bytes(content[:cut])

    with pytest.raises(DeliveryRefusedError, match=rf"rows.xpt: expected a SAS .*{message}"):
        list(open_stream(path, XPT).chunks)


def test_other_file_is_refused(tmp_path):
    path = tmp_path / "rows.xpt"
    path.write_bytes(b"a,b\n" * 100)

    with pytest.raises(DeliveryRefusedError, match="found something else"):
        scan(path, XPT)
