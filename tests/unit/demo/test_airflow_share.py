"""How much of the demo's time was work: overlapping tasks count once."""

from datetime import UTC, datetime, timedelta

import pytest

from janus_warehouse.demo.summary import busy_seconds

START = datetime(2026, 1, 1, tzinfo=UTC)


def at(begin: float, end: float) -> tuple[datetime, datetime]:
    return START + timedelta(seconds=begin), START + timedelta(seconds=end)


@pytest.mark.parametrize(
    ("intervals", "seconds"),
    [
        pytest.param([], 0, id="nothing ran"),
        pytest.param([at(0, 2), at(5, 6)], 3, id="a gap is not work"),
        pytest.param([at(0, 4), at(1, 3)], 4, id="one inside another"),
        pytest.param([at(0, 4), at(2, 6)], 6, id="two that overlap"),
        pytest.param([at(0, 2), at(2, 3)], 3, id="one after the other"),
    ],
)
def test_counts_the_seconds_in_which_anything_worked(intervals, seconds):
    assert busy_seconds(intervals) == pytest.approx(seconds)
