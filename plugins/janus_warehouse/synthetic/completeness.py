"""The completeness matrix that a warehouse must find in a survey's delivery."""

import polars as pl

from janus_warehouse.contracts import Contract
from janus_warehouse.synthetic import expected_early, expected_late
from janus_warehouse.synthetic.dirt import Planted
from janus_warehouse.synthetic.world import World

Matrix = dict[str, dict[str, int]]
"""By variable: how many have a value (`values`), and how many miss it for each reason."""

_EARLY = ("oslo_1972", "counties_1974", "counties_1985")
_LATE = ("age40_1990", "hubro_2000", "red_cross")
_ORACLES = {
    **dict.fromkeys(_EARLY, expected_early.expected),
    **dict.fromkeys(_LATE, expected_late.expected),
}
_SURVEYS = {"donors_form": "red_cross"}
"""Surveys that are not named like their table."""
_DATE_WORDS = {"yyyy": "%Y", "MM": "%m", "dd": "%d"}


def survey_of(table: str) -> str | None:
    """Return the survey that a table is delivered for; None where there is no oracle."""
    survey = _SURVEYS.get(table, table)
    return survey if survey in _ORACLES else None


def matrix(world: World, contract: Contract, frame: pl.DataFrame, planted: Planted) -> Matrix:
    """Return the matrix of the rows that enter, one for each person.

    Args:
        world: Knows everybody's sex and day of birth.
        contract: The survey's.
        frame: The table as delivered, faults and all.
        planted: Which rows are quarantined.

    Raises:
        KeyError: The table is of no survey with an oracle; ask `survey_of` first.
    """
    entering = frame.with_row_index("place").filter(~pl.col("place").is_in(planted.lost.tolist()))
    people = pl.DataFrame(
        {
            "person_number": world.number_text,
            "sex": world.people.sex,
            "born": pl.Series(world.people.birth).cast(pl.Int32).cast(pl.Date),
        }
    )
    # A survey's own column of a name gives way to the register's.
    persons = (
        _last_attendances(entering, contract)
        .drop("place", "sex", strict=False)
        .join(people, on="person_number", how="left", maintain_order="left")
        .with_columns(_age().alias("age"))
        .drop("day", "born")
    )
    survey = _SURVEYS.get(contract.table, contract.table)
    return _ORACLES[survey](survey, persons)


def _last_attendances(frame: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Return one row per person: the latest `day` of attendance, and of one day the last line."""
    day = pl.col("attended_date")
    if frame.schema["attended_date"] == pl.String:
        (column,) = (c for c in contract.columns if c.name == "attended_date")
        form = str(column.spec.logical_type_options.format)
        for word, sign in _DATE_WORDS.items():
            form = form.replace(word, sign)
        day = day.str.to_date(form)
    else:
        day = day.cast(pl.Int32).cast(pl.Date)
    ordered = frame.with_columns(day.alias("day")).sort("day", "place")
    return ordered.unique("person_number", keep="last", maintain_order=True)


def _age() -> pl.Expr:
    day, born = pl.col("day"), pl.col("born")
    is_before_birthday = (day.dt.month() < born.dt.month()) | (
        (day.dt.month() == born.dt.month()) & (day.dt.day() < born.dt.day())
    )
    return day.dt.year() - born.dt.year() - is_before_birthday.cast(pl.Int32)
