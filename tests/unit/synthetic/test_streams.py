"""Random draws: pinned to their values, within their limits, even enough."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from janus_warehouse.synthetic.streams import Stream, shares


def test_the_first_words_of_a_stream_never_change():
    # NumPy promises the raw words of PCG64; a change here changes every published bank.
    words = Stream(1, "people").words(3)

    assert words.tolist() == [5352402254187761933, 7107591508476304944, 2021640236004601253]


def test_another_name_or_seed_gives_other_draws():
    first = Stream(1, "a").below(100, 1000)

    assert (first != Stream(1, "b").below(100, 1000)).any()
    assert (first != Stream(2, "a").below(100, 1000)).any()
    assert (first == Stream(1, "a").below(100, 1000)).all()


@given(st.integers(0, 2**32), st.integers(1, 2**31 - 1))
def test_whole_numbers_stay_below_their_limit(seed, limit):
    drawn = Stream(seed, "limit").below(50, limit)

    assert drawn.min() >= 0
    assert drawn.max() < limit


def test_bell_has_mean_zero_and_deviation_one():
    drawn = Stream(3, "bell").bell(100_000)

    assert abs(drawn.mean()) < 0.02
    assert drawn.std() == pytest.approx(1, abs=0.01)
    assert np.abs(drawn).max() < 3.5


def test_weights_are_kept():
    picked = Stream(4, "pick").pick(30_000, (1, 0, 2))

    assert np.bincount(picked, minlength=3)[1] == 0
    assert (picked == 2).mean() == pytest.approx(2 / 3, abs=0.02)


@given(st.integers(0, 10**6), st.lists(st.integers(0, 1000), min_size=1).filter(any))
def test_shares_add_up_and_lie_within_one_of_the_exact_share(total, weights):
    parts = shares(total, weights)

    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - total * weight / sum(weights)) <= 1
