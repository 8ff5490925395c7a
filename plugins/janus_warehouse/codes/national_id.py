"""`janus codes national-id`: what Norwegian identity numbers say, for a whole file at once.

The same rules as `janus_warehouse.identity.numbers`, as expressions over columns. A test holds
the two against each other.
"""

import polars as pl

from janus_warehouse.codes.tool import CodeTool
from janus_warehouse.identity.numbers import (
    FIRST_WEIGHTS,
    REMAINDERS_BEFORE_2032,
    REMAINDERS_FROM_2032,
    SECOND_WEIGHTS,
)

REASONS = ("length", "not digits", "first check digit", "second check digit", "no such date")
"""Why a number is not valid; of several reasons the first here is given."""


def read_numbers(rows: pl.DataFrame) -> pl.DataFrame:
    """Return what each number of the column `number` says, one row for each row.

    An empty cell is no number: nothing is said of it.
    """
    number = pl.col("number")
    long = number.str.len_chars() == 11
    digits = number.str.contains(r"^[0-9]{11}$")
    read = rows.select(
        number,
        is_long=long,
        is_digits=digits,
        first=_remainder(digits, FIRST_WEIGHTS),
        second=_remainder(digits, SECOND_WEIGHTS),
        day=_part(digits, 0, 2),
        month=_part(digits, 2, 2),
        year=_part(digits, 4, 2),
        individual=_part(digits, 6, 3),
    ).with_columns(
        keeps_old_rule=pl.col("first").is_in(REMAINDERS_BEFORE_2032),
        is_d=pl.col("day") > 40,
        is_test=pl.col("month") > 80,
    )
    read = read.with_columns(month=pl.col("month") - pl.when("is_test").then(80).otherwise(0))
    read = read.with_columns(is_h=pl.col("month") > 40).with_columns(
        day=pl.col("day") - pl.when("is_d").then(40).otherwise(0),
        month=pl.col("month") - pl.when("is_h").then(40).otherwise(0),
        century=_century(),
    )
    # From 2032 the century cannot be read: only day and month are, in a leap year.
    full_year = pl.when("keeps_old_rule").then(pl.col("century") + pl.col("year")).otherwise(2000)
    birth = pl.format(
        "{}-{}-{}", full_year, pl.col("month").cast(pl.String).str.zfill(2),
        pl.col("day").cast(pl.String).str.zfill(2),
    ).str.to_date("%Y-%m-%d", strict=False)  # fmt: skip
    read = read.with_columns(birth=birth).with_columns(reason=_reason())
    return read.select(**_answers())


def _part(digits: pl.Expr, start: int, length: int) -> pl.Expr:
    cut = pl.col("number").str.slice(start, length)
    return pl.when(digits).then(cut).cast(pl.Int64, strict=False)


def _remainder(digits: pl.Expr, weights: tuple[int, ...]) -> pl.Expr:
    return pl.sum_horizontal(
        weight * _part(digits, place, 1) for place, weight in enumerate(weights)
    ).mod(11)


def _century() -> pl.Expr:
    individual, year = pl.col("individual"), pl.col("year")
    return (
        pl.when(individual <= 499)
        .then(1900)
        .when((individual <= 749) & (year >= 54))
        .then(1800)
        .when(year < 40)
        .then(2000)
        .when(individual >= 900)
        .then(1900)
    )


def _reason() -> pl.Expr:
    length, letters, first, second, day = (pl.lit(reason) for reason in REASONS)
    return (
        pl.when(pl.col("number").is_null())
        .then(None)
        .when(~pl.col("is_long"))
        .then(length)
        .when(~pl.col("is_digits"))
        .then(letters)
        .when(~pl.col("first").is_in(REMAINDERS_FROM_2032))
        .then(first)
        .when(pl.col("second") != 0)
        .then(second)
        .when(pl.col("birth").is_null())
        .then(day)
    )


def _answers() -> dict[str, pl.Expr]:
    valid = pl.col("reason").is_null() & pl.col("number").is_not_null()
    old = valid & pl.col("keeps_old_rule")
    kind = (
        pl.when("is_d")
        .then(pl.lit("d_number"))
        .when("is_h")
        .then(pl.lit("h_number"))
        .otherwise(pl.lit("national"))
    )
    sex = pl.when(pl.col("individual") % 2 == 1).then(pl.lit("male")).otherwise(pl.lit("female"))
    rule = pl.when("keeps_old_rule").then(pl.lit("before_2032")).otherwise(pl.lit("from_2032"))
    return {
        "is_valid": pl.when(pl.col("number").is_not_null()).then(valid),
        "kind": pl.when(valid).then(kind),
        "is_test_population": pl.when(valid).then(pl.col("is_test")),
        "rule": pl.when(valid).then(rule),
        "birth_date": pl.when(old).then(pl.col("birth")),
        "sex": pl.when(old).then(sex),
        "reason": pl.col("reason"),
    }


TOOL = CodeTool(
    does=(
        "Check Norwegian identity numbers and tell what they say. The numbers stay where they "
        "are, in your own file: the answer repeats the columns that came, so leave the answer "
        "where the file may be, or drop the column before you pass it on."
    ),
    required={"number": "Eleven digits as text, leading zero included."},
    adds={
        "is_valid": "true or false; empty for an empty cell.",
        "kind": "national, d_number (day + 40) or h_number (month + 40).",
        "is_test_population": "true for a made-up person (month + 80).",
        "rule": (
            "before_2032: both check digits strict. from_2032: the looser first check digit. A "
            "number that meets the strict rule may also be issued from 2032."
        ),
        "birth_date": "As the number says; only by the rule before 2032.",
        "sex": "male or female, as the number says; only by the rule before 2032.",
        "reason": f"Why it is not valid, the first of: {', '.join(REASONS)}.",
    },
    run=read_numbers,
    example="number\n01815010260\n01815010261",
)
