"""Made-up identity numbers, held against a scalar check written out digit by digit."""

import numpy as np
import pytest

from janus_warehouse.identity.numbers import parse
from janus_warehouse.synthetic.errors import InvalidPlanError
from janus_warehouse.synthetic.numbers import D_NUMBER_DAY, make_numbers
from janus_warehouse.synthetic.people import day
from janus_warehouse.synthetic.streams import Stream

BIRTHS = Stream(1, "births").between(4000, day(1905), day(1999, 12, 31))
IS_MALE = np.arange(4000) % 2 == 0


def valid_by_hand(number: str) -> bool:
    d = [int(character) for character in number]
    first = 3 * d[0] + 7 * d[1] + 6 * d[2] + 1 * d[3] + 8 * d[4] + 9 * d[5] + 4 * d[6]
    first += 5 * d[7] + 2 * d[8] + d[9]
    second = 5 * d[0] + 4 * d[1] + 3 * d[2] + 2 * d[3] + 7 * d[4] + 6 * d[5] + 5 * d[6]
    second += 4 * d[7] + 3 * d[8] + 2 * d[9] + d[10]
    return first % 11 == 0 and second % 11 == 0


@pytest.fixture(scope="module", params=[0, D_NUMBER_DAY], ids=["ordinary", "d_number"])
def numbers(request):
    made = make_numbers(BIRTHS, IS_MALE, Stream(2, "n"), day_offset=request.param)
    return request.param, [f"{number:011d}" for number in made.tolist()]


def test_every_number_has_valid_check_digits_and_is_used_once(numbers):
    _, texts = numbers

    assert len(set(texts)) == len(BIRTHS)
    assert all(len(text) == 11 and valid_by_hand(text) for text in texts)


def test_every_number_is_of_the_test_population_and_tells_birth_and_sex(numbers):
    offset, texts = numbers
    births = BIRTHS.astype("datetime64[D]").tolist()

    for text, born, is_male in zip(texts, births, IS_MALE.tolist(), strict=True):
        read = parse(text)
        assert read is not None
        assert read.is_test_population
        assert (read.kind == "d_number") == bool(offset)
        assert (read.birth_date, read.is_male) == (born, is_male)


def test_refuses_more_people_than_a_day_has_numbers():
    with pytest.raises(InvalidPlanError, match="smaller scale"):
        make_numbers(np.full(251, day(1950)), np.ones(251, dtype=bool), Stream(1, "x"))
