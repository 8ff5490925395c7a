"""Made-up people live in municipalities that were there on that day."""

from datetime import date

import numpy as np
import pytest

from janus_warehouse.codes.models import run_model
from janus_warehouse.synthetic import places

PLACES = np.arange(1 + max(places.NOT_OSLO))
DAYS = [date(year, month, 1) for year in range(1968, 2027) for month in (1, 7)]


@pytest.fixture(scope="module")
def municipalities():
    return run_model("dim_municipalities", {}).to_dicts()


def codes(day: date) -> list[str]:
    return places.codes(PLACES, (day - date(1970, 1, 1)).days).to_list()


@pytest.mark.parametrize("day", [date(1971, 12, 31), *DAYS])
def test_every_code_was_in_use(municipalities, day):
    in_use = {
        row["municipality_code"]
        for row in municipalities
        if row["valid_from"] <= day <= (row["valid_to"] or date.max)
    }

    assert set(codes(day)) <= in_use


def test_a_place_is_the_same_municipality_of_today_at_all_times(municipalities):
    def today(day: date) -> list[str]:
        at = {
            row["municipality_code"]: row["municipality_code_today"]
            for row in municipalities
            if row["valid_from"] <= day <= (row["valid_to"] or date.max)
        }
        return [at[code] for code in codes(day)]

    assert len(PLACES) == 28
    assert {tuple(today(day)) for day in DAYS} == {tuple(codes(date(2026, 1, 1)))}
