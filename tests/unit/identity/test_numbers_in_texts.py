"""No number of a person stays in a sentence that people write, or comes back in an error."""

import pytest

from janus_warehouse.deliveries import decide
from janus_warehouse.errors import WarehouseError
from janus_warehouse.identity.conditions import unknown_donor
from janus_warehouse.identity.numbers import looks_like_a_number_in

NUMBER = "01815010260"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"the letter about {NUMBER}", id="plain"),
        pytest.param("the letter about 018150 10260", id="in groups"),
        pytest.param("01.81.50-10261", id="mistyped, with points"),
    ],
)
def test_finds_a_number_in_a_sentence(text):
    assert looks_like_a_number_in(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("letter 2023/117 of 2023-05-01", id="letter and date"),
        pytest.param("as cancer_registry-2021-12-31-012345678a was", id="delivery"),
    ],
)
def test_leaves_dates_and_deliveries_alone(text):
    assert not looks_like_a_number_in(text)


def test_a_decision_about_a_delivery_may_not_name_a_person():
    with pytest.raises(WarehouseError, match="without numbers of persons") as refused:
        decide("cancer_registry-2021-12-31-012345678a", accept=True, reason=f"as {NUMBER} said")

    assert NUMBER not in str(refused.value)


def test_a_number_given_as_a_key_is_not_repeated():
    assert NUMBER not in str(unknown_donor(NUMBER))
    assert "found none of D0" in str(unknown_donor("D0"))
