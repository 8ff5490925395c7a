"""Person-years of a real register, against the same added up by another way.

DMlate is the Danish National Diabetes Register's sample of 10,000 people (R package Epi). Its
dates are parts of years; they are taken to days. The warehouse cuts lives into cells; here each
cell is the difference of two sums over people, and no life is cut.
"""

import itertools
from datetime import date, timedelta

import polars as pl
from register_rows import ENTRY_SCHEMA

from janus_warehouse.codes.models import run_model

PEOPLE = 10_000


def read(shared) -> pl.DataFrame:
    def to_day(name):
        year = pl.col(name).floor().cast(pl.Int32)
        length = pl.date(year + 1, 1, 1) - pl.date(year, 1, 1)
        inside = ((pl.col(name) - year) * length.dt.total_days()).floor().cast(pl.Int32)
        return pl.date(year, 1, 1) + pl.duration(days=inside)

    frame = pl.read_csv(shared / "real-data" / "epi" / "DMlate.csv", null_values=["", "NA"])
    return frame.select(
        to_day("dobth").alias("birth"), to_day("dodm").alias("start"), to_day("dox").alias("end"),
        sex_code=pl.col("sex").replace({"M": "1", "F": "2"}),
    ).with_row_index("donor_id")  # fmt: skip


def days_before(people: pl.DataFrame, age: int, year: int) -> dict[str, int]:
    """Return the days that each sex lived at risk before a birthday and before a year."""
    shift = people.with_columns(
        birthday=pl.struct("birth").map_elements(
            lambda row: birthday(row["birth"], age), return_dtype=pl.Date
        )
    )
    stop = pl.min_horizontal("end", "birthday", pl.lit(date(year, 1, 1)))
    lived = (stop - pl.col("start")).dt.total_days().clip(lower_bound=0)
    return dict(shift.group_by("sex_code").agg(lived.sum()).rows())


def birthday(birth: date, age: int) -> date:
    try:
        return birth.replace(year=birth.year + age)
    except ValueError:
        return date(birth.year + age, 2, 28) + timedelta(days=1)


def test_person_years_of_the_danish_register(shared):
    people = read(shared)
    key = {"collection_id": pl.lit("janus"), "donor_id": pl.col("donor_id").cast(pl.String)}
    intervals = people.filter(pl.col("end") > pl.col("start")).select(
        **key, start_date="start", end_date="end"
    )
    persons = people.select(**key, sex_code="sex_code", birth_date="birth")
    assert intervals.columns[:2] == list(ENTRY_SCHEMA)

    found = run_model(
        "fct_person_years", {"int_follow_up__intervals": intervals, "int_donors__persons": persons}
    )

    total = (people["end"] - people["start"]).dt.total_days().clip(lower_bound=0).sum()
    assert people.height == PEOPLE and total > PEOPLE * 365
    assert found["person_days"].sum() == total
    ages = [*range(0, 90, 5), 125]
    corners = {
        (age, year): days_before(people, age, year) for age in ages for year in range(1990, 2016, 5)
    }
    for sex in "12":
        for low, high in itertools.pairwise(ages):
            for year in range(1990, 2015, 5):
                expected = sum(
                    sign * corners[age, when].get(sex, 0)
                    for sign, age, when in ((1, high, year + 5), (-1, low, year + 5),
                                            (-1, high, year), (1, low, year))
                )  # fmt: skip
                mine = found.filter(sex_code=sex, age_from=low, period_from=year)
                assert mine["person_days"].sum() == expected, (sex, low, year)
