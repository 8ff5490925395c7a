"""`janus codes national-id` says of every number what the parser of single numbers says."""

import random
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from janus_warehouse.cli import app
from janus_warehouse.codes.national_id import REASONS, TOOL, read_numbers
from janus_warehouse.identity.numbers import is_valid, parse

BY_HAND = "01815010260"
"""A woman of the test population, born on 1 January 1950."""


def said_of(numbers: list[str | None]) -> list[dict]:
    return read_numbers(pl.DataFrame({"number": numbers}, {"number": pl.String})).to_dicts()


def by_the_parser(number: str) -> dict:
    found = parse(number)
    if found is None:
        return {"is_valid": False, "kind": None, "is_test_population": None, "rule": None,
                "birth_date": None, "sex": None}  # fmt: skip
    sex = None if found.is_male is None else "male" if found.is_male else "female"
    return {
        "is_valid": True,
        "kind": found.kind.value,
        "is_test_population": found.is_test_population,
        "rule": "before_2032" if found.keeps_old_rule else "from_2032",
        "birth_date": found.birth_date,
        "sex": sex,
    }


def agree(numbers: list[str]) -> None:
    for number, said in zip(numbers, said_of(numbers), strict=True):
        reason = said.pop("reason")
        assert said == by_the_parser(number), number
        assert (reason is None) == said["is_valid"]


def many() -> list[str]:
    """Return numbers of all kinds and rules with all their check digits, valid ones among them."""
    chosen = random.Random(7)
    days = [*range(34), *range(39, 74), 99]
    months = [0, 1, 2, 6, 12, 13, 40, 41, 42, 52, 53, 80, 81, 82, 92, 93, 99]
    made = []
    for _ in range(4000):
        nine = (f"{chosen.choice(days):02d}{chosen.choice(months):02d}{chosen.randrange(100):02d}"
                f"{chosen.randrange(1000):03d}")  # fmt: skip
        made += [f"{nine}{chosen.randrange(100):02d}"]
        made += [nine + end for end in (f"{n:02d}" for n in range(100)) if is_valid(nine + end)]
    return made


def test_a_number_worked_by_hand_says_what_it_should():
    assert said_of([BY_HAND]) == [
        {"is_valid": True, "kind": "national", "is_test_population": True, "rule": "before_2032",
         "birth_date": date(1950, 1, 1), "sex": "female", "reason": None},
    ]  # fmt: skip


def test_column_and_parser_agree_over_many_numbers():
    numbers = many()
    found = said_of(numbers)

    assert sum(said["is_valid"] for said in found) > 4000
    assert {said["kind"] for said in found} == {None, "national", "d_number", "h_number"}
    assert {said["rule"] for said in found} == {None, "before_2032", "from_2032"}
    agree(numbers)


@settings(max_examples=200, deadline=None)
@given(st.lists(
    st.one_of(
        st.text(min_size=1, max_size=13),
        st.from_regex(r"\A[0-9]{10,12}\Z"),
        st.sampled_from([BY_HAND, "٠١٨١٥٠١٠٢٦٠", "01815010260 ", "-1815010260"]),
    ),
    min_size=1, max_size=30,
))  # fmt: skip
def test_column_and_parser_agree_on_any_text(texts):
    agree(texts)


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("0181501026", "length"),
        ("018150102600", "length"),
        ("01815o10260", "not digits"),
        ("٠١٨١٥٠١٠٢٦٠", "not digits"),
        ("01815010210", "first check digit"),
        ("01815010261", "second check digit"),
    ],
)
def test_the_first_reason_is_given(number, reason):
    assert said_of([number])[0]["reason"] == reason
    assert reason in REASONS


def test_thirty_february_and_a_series_of_no_century_are_no_dates():
    feb_30 = next(n for e in range(100) if _digits_fit(n := f"308250102{e:02d}"))
    no_century = next(n for e in range(100) if _digits_fit(n := f"018150800{e:02d}", old=True))

    assert [said["reason"] for said in said_of([feb_30, no_century])] == ["no such date"] * 2


def _digits_fit(number: str, *, old: bool = False) -> bool:
    d = [int(digit) for digit in number]
    first = sum(w * x for w, x in zip((3, 7, 6, 1, 8, 9, 4, 5, 2, 1), d, strict=False)) % 11
    second = sum(w * x for w, x in zip((5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1), d, strict=True)) % 11
    return second == 0 and first in ((0,) if old else (0, 1, 2, 3))


def test_an_empty_cell_is_no_number_and_rows_keep_their_order():
    rows = pl.DataFrame({"id": ["b", "a", "c"], "Number": [BY_HAND, None, "1"]})
    answered = TOOL.answer(rows)

    assert answered.columns == ["id", "Number", *TOOL.adds]
    assert answered["id"].to_list() == ["b", "a", "c"]
    assert answered["is_valid"].to_list() == [True, None, False]
    assert answered["reason"].to_list() == [None, None, "length"]


def test_a_file_without_rows_is_answered():
    answered = TOOL.answer(pl.DataFrame({"number": []}, {"number": pl.String}))

    assert (answered.height, answered.columns) == (0, ["number", *TOOL.adds])


def test_the_command_answers_csv_with_csv():
    given = f"id;number\nx;{BY_HAND}\ny;01815010261\n"
    done = CliRunner().invoke(app, ["codes", "national-id"], input=given)

    assert done.exit_code == 0, done.output
    assert done.output.splitlines() == [
        "id;number;" + ";".join(TOOL.adds),
        f"x;{BY_HAND};true;national;true;before_2032;1950-01-01;female;",
        "y;01815010261;false;;;;;;second check digit",
    ]


def test_what_is_wrong_with_a_file_is_told_without_a_number():
    done = CliRunner().invoke(app, ["codes", "national-id"], input=f"nr\n{BY_HAND}\n")

    assert done.exit_code == 1
    assert "expected the columns number" in done.output and BY_HAND not in done.output
