"""Identity numbers: cases worked by hand, and a slow oracle that shares no code with the parser."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from janus_warehouse.identity.numbers import NumberKind, is_valid, parse

# Worked by hand: 3·0+7·1+6·8+1·1+8·5+9·0+4·1+5·0+2·2 = 104, 104+6 = 110 = 10·11; then
# 5·0+4·1+3·8+2·1+7·5+6·0+5·1+4·0+3·2+2·6 = 88 = 8·11, so the last digit is 0.
BY_HAND = "01815010260"


def test_the_case_worked_by_hand_is_valid_and_says_what_it_should():
    found = parse(BY_HAND)

    assert found is not None
    assert (found.kind, found.is_test_population, found.keeps_old_rule) == (
        NumberKind.national, True, True,
    )  # fmt: skip
    assert (found.birth_date, found.is_male) == (date(1950, 1, 1), False)


@pytest.mark.parametrize("position", range(11))
def test_a_single_mistyped_digit_is_always_found_by_the_second_check_digit(position):
    for digit in "0123456789":
        mistyped = BY_HAND[:position] + digit + BY_HAND[position + 1 :]
        assert is_valid(mistyped) == (mistyped == BY_HAND)


def oracle(number: str) -> str | None:
    """Return `old` or `new` for the rule that makes a number valid, else None; digit by digit.

    The first control digit of the old rule is 11 minus the remainder of the weighted sum of the
    nine digits before it (0 for 11, none for 10); the rule from 2032 also bears that digit plus
    1, 2 or 3, by the remainder it leaves. The second is formed from all ten in both rules.
    """
    if len(number) != 11 or any(c not in "0123456789" for c in number):
        return None
    d = [ord(c) - 48 for c in number]
    weighted = 3 * d[0] + 7 * d[1] + 6 * d[2] + d[3] + 8 * d[4] + 9 * d[5]
    weighted += 4 * d[6] + 5 * d[7] + 2 * d[8]
    expected = (11 - weighted % 11) % 11
    distance = (d[9] - expected) % 11
    weighted = 5 * d[0] + 4 * d[1] + 3 * d[2] + 2 * d[3] + 7 * d[4] + 6 * d[5]
    weighted += 5 * d[6] + 4 * d[7] + 3 * d[8] + 2 * d[9]
    if d[10] != (11 - weighted % 11) % 11 or distance > 3:
        return None
    return "old" if distance == 0 else "new"


def naive_day(number: str, *, century: int) -> date | None:
    day, month = int(number[:2]), int(number[2:4])
    day = day - 40 if day > 40 else day
    month = month - 80 if month > 80 else month
    month = month - 40 if month > 40 else month
    try:
        return date(century + int(number[4:6]), month, day)
    except ValueError:
        return None


def with_second_digit(ten: str) -> str:
    for last in "0123456789":
        if oracle(ten + last):
            return ten + last
    return ten + "0"


near_misses = st.builds(
    lambda day, month, year, individual, first: with_second_digit(
        f"{day:02d}{month:02d}{year:02d}{individual:03d}{first}"
    ),
    st.integers(0, 75), st.integers(0, 99), st.integers(0, 99), st.integers(0, 999),
    st.integers(0, 9),
)  # fmt: skip
anything = st.text(alphabet="0123456789٣ abcø-", min_size=0, max_size=13)


@settings(max_examples=1500, deadline=None)
@given(st.one_of(near_misses, st.from_regex(r"[0-9]{11}", fullmatch=True), anything))
def test_parser_and_oracle_agree_on_the_check_digits(number):
    found, rule = parse(number), oracle(number)

    if rule is None:
        assert found is None
    elif found is not None:
        assert found.keeps_old_rule == (rule == "old")
    elif rule == "new":
        assert naive_day(number, century=2000) is None
    else:
        days = {naive_day(number, century=century) for century in (1800, 1900, 2000)}
        assert None in days or 500 <= int(number[6:9]) <= 999


@settings(max_examples=600, deadline=None)
@given(near_misses)
def test_what_is_read_from_a_number_stands_in_its_digits(number):
    found = parse(number)
    if found is None:
        return
    assert found.is_test_population == (int(number[2:4]) > 80)
    if not found.keeps_old_rule:
        assert (found.birth_date, found.is_male) == (None, None)
        return
    assert found.is_male == (number[8] in "13579")
    assert found.birth_date is not None
    assert found.birth_date == naive_day(number, century=found.birth_date.year // 100 * 100)
    assert found.kind == (
        NumberKind.d_number if number[0] in "4567"
        else NumberKind.h_number if 40 < int(number[2:4]) <= 80 or int(number[2:4]) > 120
        else NumberKind.national
    )  # fmt: skip


@pytest.mark.parametrize(
    ("individual", "year", "century"),
    [(0, 54, 1900), (499, 99, 1900), (500, 54, 1800), (749, 99, 1800), (500, 39, 2000),
     (999, 39, 2000), (900, 40, 1900), (999, 99, 1900), (500, 40, None), (899, 53, None)],
)  # fmt: skip
def test_the_individual_number_tells_the_century(individual, year, century):
    made = [
        number for day in range(1, 29) for first in range(10)
        if oracle(number := with_second_digit(f"{day:02d}81{year:02d}{individual:03d}{first}"))
        == "old"
    ]  # fmt: skip
    assert made
    for number in made:
        found = parse(number)
        if century is None:
            assert found is None
        else:
            assert found is not None and found.birth_date is not None
            assert found.birth_date.year == century + year


def test_the_rule_from_2032_bears_about_four_times_as_many_first_digits():
    tens = [f"0181{year:02d}{individual:03d}" for year in range(50, 60) for individual in range(99)]
    numbers = [with_second_digit(ten + first) for ten in tens for first in "0123456789"]
    rules = [oracle(number) for number in numbers]

    assert 3.0 < sum(rule is not None for rule in rules) / rules.count("old") < 4.2
    assert [is_valid(number) for number in numbers] == [rule is not None for rule in rules]
