"""Study codes: of the agreed form, never given twice, and one wrong character shows."""

import re

from hypothesis import given
from hypothesis import strategies as st

from janus_warehouse.assays.shipments.codes import (
    CHARACTERS,
    draw_codes,
    has_right_check,
    with_check,
)
from janus_warehouse.contracts import load_contracts

bodies = st.text(CHARACTERS, min_size=7, max_size=7).map("S".__add__)


def test_the_check_character_is_that_of_the_standard():
    # The published example of a Global Release Identifier, A1-2425G-ABC1234002-M.
    assert with_check(["A12425GABC1234002"]) == ["A12425GABC1234002M"]


@given(bodies, st.integers(0, 7), st.sampled_from(CHARACTERS))
def test_one_mistyped_character_is_noticed(body, place, other):
    [code] = with_check([body])
    mistyped = code[: place + 1] + other + code[place + 2 :]
    assert has_right_check(code)
    assert has_right_check(mistyped) == (mistyped == code)


def test_codes_fit_the_contract_and_hold_nothing_that_people_or_spreadsheets_misread():
    contract = next(c for c in load_contracts() if c.raw_name == "biobank__shipments")
    form = next(
        c.spec.logical_type_options.pattern for c in contract.columns if c.name == "study_code"
    )
    codes = draw_codes(20_000)
    assert len(set(codes)) == 20_000
    assert all(re.fullmatch(form, code) and has_right_check(code) for code in codes)
    assert not any(re.search("[IO]|^SEP", code) for code in codes)


def test_codes_that_are_taken_are_not_given_again(monkeypatch):
    from janus_warehouse.assays.shipments import codes

    drawn = [bytes(4 * 7 * 2), bytes(range(4 * 7 * 2)), bytes(range(9, 9 + 4 * 7 * 2))]
    monkeypatch.setattr(codes.secrets, "token_bytes", lambda size: drawn.pop(0))
    first = with_check(["S0000000"])
    assert not set(draw_codes(2, taken=first)) & set(first)
    assert len(drawn) < 2


def test_the_codes_of_two_draws_have_nothing_in_common():
    assert not set(draw_codes(1000)) & set(draw_codes(1000))
