"""Whatever small file is given: a contract that can be read, or an error that says why not."""

import csv
import io
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from janus_warehouse.contracts import load_contract
from janus_warehouse.surveys.errors import ScaffoldError
from janus_warehouse.surveys.scaffold import scaffold

CELLS = st.one_of(
    st.text(max_size=12),
    st.integers(-1000, 10**9).map(str),
    st.sampled_from(["", "9", "99", "999", "0", "-1", "NA", ".", "1,5", "1.5", "J", "N", "inf"]),
    st.decimals(-100, 100, places=2).map(str),
    st.dates().map(lambda day: day.strftime("%d.%m.%Y")),
    st.sampled_from(["'; drop table x; --", "{a}", "TODO", 'a "b"', "ÆØÅ", "\u2028", "#", "- :"]),
)
HEADERS = st.lists(
    st.one_of(st.text(min_size=1, max_size=10), st.sampled_from(["height (cm)", "Røyker du?"])),
    min_size=1,
    max_size=6,
)


@st.composite
def _tables(draw):
    header = draw(HEADERS)
    row = st.lists(CELLS, min_size=len(header), max_size=len(header))
    return header, draw(st.lists(row, max_size=12)), draw(st.integers(1, 12))


def _proposed(path: Path, folder: Path):
    """Return the proposal after both files were read back, or None where it was refused."""
    try:
        proposed = scaffold(path, survey="fuzzed")
        proposed.write(folder, replaces=True)
    except ScaffoldError:
        return None
    return proposed


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(_tables(), st.sampled_from([",", ";", "\t", "|"]), st.sampled_from(["utf-8", "cp1252"]))
def test_any_table_gives_a_contract_that_can_be_read_or_an_error(tmp_path, table, mark, encoding):
    header, rows, times = table
    text = io.StringIO()
    csv.writer(text, delimiter=mark).writerows([header, *rows * times])
    path = tmp_path / "fuzzed.csv"
    path.write_bytes(text.getvalue().encode(encoding, errors="replace"))

    proposed = _proposed(path, tmp_path)

    if proposed is not None:
        contract = load_contract(tmp_path / proposed.contract_path)
        assert [c.physical_name for c in contract.columns] == [c.header for c in proposed.columns]
        assert isinstance(yaml.safe_load(proposed.rules), dict)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=400))
def test_any_bytes_give_a_contract_that_can_be_read_or_an_error(tmp_path, data):
    path = tmp_path / "fuzzed.csv"
    path.write_bytes(data)
    _proposed(path, tmp_path)


def test_a_plain_table_is_not_refused(tmp_path):
    # Without this the two tests above could pass on refusals alone.
    path = tmp_path / "plain.csv"
    path.write_text("a,b\n" + "1,2.5\n2,3.5\n" * 10)
    assert _proposed(path, tmp_path) is not None


@pytest.mark.parametrize("suffix", ["xpt", "parquet", "sav", "csv.gz"])
def test_a_file_that_is_not_what_its_name_says_is_refused_by_name(tmp_path, suffix):
    path = tmp_path / f"wrong.{suffix}"
    path.write_bytes(b"\x00\x01 no such thing")
    with pytest.raises(ScaffoldError, match="wrong"):
        scaffold(path)
