"""What is counted of a column does not depend on how its rows are cut, and stays bounded."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from janus_warehouse.surveys.scaffold_codebook import Entry
from janus_warehouse.surveys.scaffold_columns import measured, propose_column
from janus_warehouse.surveys.scaffold_numbers import by_number, outwards, sentinels_beyond
from janus_warehouse.surveys.scaffold_tally import KEPT_NUMBERS, Tally

CELLS = st.one_of(
    st.none(),
    st.integers(-50, 1000).map(str),
    st.sampled_from(["NA", "9", "99", "999", "1,5", "2.5", "01.02.1978", "x", "0301"]),
)


def counted(*parts: list[str | None]) -> Tally:
    tally = Tally()
    for part in parts:
        tally.add(pl.Series("c", part, dtype=pl.String))
    tally.finish()
    return tally


@settings(max_examples=60, deadline=None)
@given(st.lists(CELLS, max_size=40), st.integers(0, 40))
def test_two_batches_tell_what_one_tells(cells, cut):
    whole, parted = counted(cells), counted(cells[:cut], cells[cut:])
    assert parted.numbers.equals(whole.numbers)
    for fact in ("rows", "filled", "nothing", "texts", "sentinels", "whole", "dotted", "commas",
                 "zeros", "dates", "years", "lengths", "valid_numbers", "is_unique"):  # fmt: skip
        assert getattr(parted, fact) == getattr(whole, fact), fact


def test_a_value_that_comes_again_in_another_batch_is_a_repetition():
    assert counted(["a", "b"], ["c"]).is_unique
    assert not counted(["a", "b"], ["b", "c"]).is_unique


def test_a_year_in_which_few_came_is_not_told():
    cells = ["01.02.1978"] * 20 + ["01.02.1979"] * 5 + ["01.02.1981"] * 4
    column = propose_column("DATO", "dato", counted(cells), Entry())
    assert (column.kind, column.years) == ("date", (1978, 1979))


def test_numbers_are_kept_in_bounds_and_their_ends_as_they_are():
    cells = [f"{at / 7:.4f}" for at in range(30_000)] + ["9999"] * 40
    parts = [cells[at : at + 2_000] for at in range(0, len(cells), 2_000)]
    tally = counted(*parts)
    assert len(tally.numbers) <= KEPT_NUMBERS
    assert tally.numbers["n"].sum() == len(cells)
    assert tally.numbers["value"].min() == 0
    assert tally.numbers["value"].to_list()[-2:] == [pytest.approx(29_999 / 7, abs=1e-4), 9999]
    assert sentinels_beyond(tally) == ["9999"]


def test_a_stray_value_does_not_stretch_the_range_and_is_spoken_of():
    cells = [str(150 + at % 50) for at in range(2_000)] + ["17"]
    column = propose_column("HOYDE", "hoyde", counted(cells), Entry())
    assert column.low >= 100
    assert "far outside this range" in column.notes[0]


def test_zero_is_a_missing_code_of_a_pressure_and_a_value_of_a_count():
    pressures = counted([str(100 + at % 80) for at in range(300)] + ["0"] * 6)
    cups = counted([str(at % 13) for at in range(300)])
    assert sentinels_beyond(pressures) == ["0"]
    assert sentinels_beyond(cups) == []


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6), st.sampled_from([0, 1]))
def test_limits_have_room_and_say_nothing_of_the_last_person(low, span, finest):
    if finest:
        low, span = round(low), round(span)
    down, up = outwards(low, low + span, finest)
    assert down <= low and up >= low + span
    assert down >= 0 or low < 0
    if finest:
        assert down == round(down) and up == round(up)


def test_codes_are_in_the_order_of_their_numbers():
    assert sorted(["10", "9", "x", "-1", "1,5"], key=by_number) == ["-1", "9", "10", "1,5", "x"]


def test_a_codebook_says_what_a_number_above_the_range_means():
    tally = counted([str(at % 60 + 5) for at in range(300)] + ["777"] * 3 + ["999"] * 2)
    entry = Entry(codes={"0": "Never", "777": "Refused", "999": "Don't know"}, limits=(5, 64))
    column = propose_column("AGE", "age", tally, entry)
    assert column.missing == {"777": "refused", "999": "unknown"}
    assert column.low == 0 and 64 < column.high < 100
    assert measured(column, tally, entry).labels == entry.codes
