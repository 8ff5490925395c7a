"""What an oracle of the completeness matrix needs: answers, contradictions, and counting them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl
from polars import col

VALUES = "values"
"""Outcome of an answer that becomes a value; every other outcome is a reason of a missing one."""


@dataclass(frozen=True)
class Told:
    """What a survey tells of a variable: the value where there is one, and why there is none."""

    value: pl.Expr
    why: pl.Expr


@dataclass(frozen=True)
class Contradiction:
    """Variables whose values cannot all be true, and which of them are then taken away."""

    fails: pl.Expr
    blanks: tuple[str, ...]


@dataclass(frozen=True)
class Worked:
    """A variable worked out from others, in the order in which their absence is told."""

    parts: tuple[str, ...]
    value: pl.Expr


Beside = tuple[tuple[pl.Expr, str], ...]
"""Conditions under which there is no answer, and the reason."""


def first_of(*reasons: tuple[pl.Expr, str], last: pl.Expr | None = None) -> pl.Expr:
    """Return the first reason whose condition holds."""
    told = pl.lit("no reason at all") if last is None else last
    for condition, reason in reversed(reasons):
        told = pl.when(condition).then(pl.lit(reason)).otherwise(told)
    return told


def number(
    column: str,
    codes: dict[float, str],
    *,
    beside: Beside = (),
    per: float = 1,
    low: float = 0,
    high: float = 400,
) -> Told:
    """Return a number without its missing codes, divided by `per`, between `low` and `high`."""
    delivered = col(column).cast(pl.Float64)
    told = pl.when(~delivered.is_in(list(codes))).then(delivered / per)
    return Told(
        value=pl.when(told.is_between(low, high)).then(told),
        why=first_of(
            (told.is_not_null(), "out_of_range"),
            *beside,
            *((delivered == code, reason) for code, reason in codes.items()),
            (delivered.is_null(), "not_answered"),
        ),
    )


def coded(
    column: str, meanings: dict[str, str], codes: dict[str, str], *, beside: Beside = ()
) -> Told:
    """Return a code as its meaning; numbers of a transport file are codes as well."""
    value: pl.Expr = pl.lit(None, dtype=pl.String)
    for code, meaning in meanings.items():
        value = pl.when(is_code(column, code)).then(pl.lit(meaning)).otherwise(value)
    return Told(
        value=value,
        why=first_of(
            *beside,
            *((is_code(column, code), reason) for code, reason in codes.items()),
            (col(column).is_null(), "not_answered"),
        ),
    )


def is_code(column: str, *codes: str) -> pl.Expr:
    """Return whether a cell, text or number, is one of the codes."""
    text = col(column).cast(pl.String).str.strip_suffix(".0")
    return text.is_in(list(codes))


def only_where(condition: pl.Expr, told: Told, otherwise: Beside) -> Told:
    """Return an answer that stands for something else where the condition does not hold."""
    # A missing code tells why only of those to whom the question was put; of whom that is not
    # known, neither is what the answer stands for.
    return Told(
        value=pl.when(condition).then(told.value),
        why=first_of(*otherwise, (told.value.is_not_null(), "unknown"), last=told.why),
    )


def not_applicable(condition: pl.Expr) -> Beside:
    return ((condition, "not_applicable"),)


def counted(
    frame: pl.DataFrame,
    told: Mapping[str, Told],
    contradictions: Sequence[Contradiction],
    worked: Mapping[str, Worked],
) -> dict[str, dict[str, int]]:
    """Return the outcomes of one survey, counted by variable.

    Args:
        frame: Delivered rows and the person's `sex` and `age`.
        told: By variable, over the delivered columns.
        contradictions: Over the variables, `sex` and `age`; without those of variables not told.
        worked: Over the variables; where a part is not told, neither is the whole.
    """
    answers = frame.select(
        "sex",
        "age",
        *(one.value.alias(name) for name, one in told.items()),
        *(one.why.alias(_why(name)) for name, one in told.items()),
    )
    answers = answers.with_columns(_taken_away(set(told), contradictions))
    possible = {name: one for name, one in worked.items() if set(one.parts) <= set(told)}
    answers = answers.with_columns(
        column
        for name, one in possible.items()
        for column in (one.value.alias(name), _first_absent(one.parts).alias(_why(name)))
    )
    return {name: _outcomes(answers, name) for name in [*told, *possible]}


def _why(name: str) -> str:
    return f"why no {name}"


def _taken_away(told: set[str], contradictions: Sequence[Contradiction]) -> list[pl.Expr]:
    fails: dict[str, list[pl.Expr]] = {}
    for one in contradictions:
        if set(one.fails.meta.root_names()) - {"sex", "age"} <= told:
            for name in one.blanks:
                fails.setdefault(name, []).append(one.fails.fill_null(False))
    made = []
    for name, any_of in fails.items():
        gone = pl.any_horizontal(any_of)
        made.append(pl.when(~gone).then(pl.col(name)).alias(name))
        made.append(
            pl.when(gone).then(pl.lit("inconsistent")).otherwise(_why(name)).alias(_why(name))
        )
    return made


def _first_absent(parts: tuple[str, ...]) -> pl.Expr:
    return pl.coalesce(pl.when(pl.col(part).is_null()).then(pl.col(_why(part))) for part in parts)


def _outcomes(answers: pl.DataFrame, name: str) -> dict[str, int]:
    outcome = pl.when(pl.col(name).is_null()).then(_why(name)).otherwise(pl.lit(VALUES))
    counts = answers.select(outcome.alias("outcome"))["outcome"].value_counts()
    return dict(sorted(counts.iter_rows()))
