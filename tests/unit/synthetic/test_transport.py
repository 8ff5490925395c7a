"""SAS transport files: read back by another program's reader, the same bytes each time."""

import numpy as np
import polars as pl
import pyreadstat
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from janus_warehouse.deliveries.readers.xpt import ibm_numbers
from janus_warehouse.synthetic.transport import TransportColumn, ibm_bytes, transport_chunks

COLUMNS = [
    TransportColumn("ID", "Who", text_width=11),
    TransportColumn("DAY", "When", is_date=True),
    TransportColumn("VALUE", "How much"),
]
FRAME = pl.DataFrame({
    "ID": ["00000000001", "20000000002"], "DAY": [0, 11_000], "VALUE": [-1.5, None],
})  # fmt: skip


def test_another_reader_finds_the_same_values(tmp_path):
    path = tmp_path / "t.xpt"
    path.write_bytes(b"".join(transport_chunks(FRAME, COLUMNS, "t")))

    read, _ = pyreadstat.read_xport(str(path))

    assert read["ID"].tolist() == ["00000000001", "20000000002"]
    assert [str(day) for day in read["DAY"]] == ["1970-01-01", "2000-02-13"]
    assert read["VALUE"][0] == -1.5
    assert np.isnan(read["VALUE"][1])


def test_the_file_is_a_whole_number_of_records_and_holds_no_clock():
    once = b"".join(transport_chunks(FRAME, COLUMNS, "t"))

    assert len(once) % 80 == 0
    assert once == b"".join(transport_chunks(FRAME, COLUMNS, "t"))
    assert b"01JAN02:00:00:00" in once


numbers = st.floats(1e-60, 1e60) | st.floats(-1e60, -1e-60) | st.just(0.0)


@given(arrays(np.float64, st.integers(1, 20), elements=numbers))
def test_ibm_numbers_lose_nothing_that_a_double_holds_but_three_bits(values):
    back = ibm_numbers(ibm_bytes(values))

    np.testing.assert_allclose(back, values, rtol=2**-52)
