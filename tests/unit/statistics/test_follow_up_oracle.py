"""The SQL of follow-up and rates against days counted one by one, on random small cohorts."""

from datetime import date, timedelta

import oracle
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from register_rows import ALL, ENTITIES, Life, Tumour, entities_of_codes, staging

from janus_warehouse.codes.models import run_model

WORLD = dict(zip(range(0, 90, 5), [12, 10, 9, 9, 8, 8, 6, 6, 6, 6, 5, 4, 4, 3, 2, 1, 0.5, 0.5],
                 strict=True))  # fmt: skip

# Few days beside many, so that things happen on one day.
near = st.one_of(st.sampled_from([0, 100, 365, 420, 700]), st.integers(-40, 900)).map(
    lambda days: date(1994, 1, 1) + timedelta(days=days)
)
births = st.one_of(
    st.dates(date(1905, 1, 1), date(1975, 12, 31)),
    st.sampled_from([date(1944, 2, 29), date(1952, 2, 29), date(1956, 2, 29)]),
)
moves = st.lists(st.tuples(st.sampled_from(["emigrated", "immigrated"]), near), max_size=5)
# Now and then one that statistics do not count.
tumours = st.builds(
    lambda codes, when, kind: Tumour(*codes, when, **kind),
    st.sampled_from(list(ENTITIES)),
    near,
    st.sampled_from(
        [{}, {}, {}, {}, {"behaviour": "2"}, {"is_primary": False}, {"is_excluded": True}]
    ),
)
lives = st.builds(
    Life,
    birth=births,
    draws=st.lists(near, max_size=2),
    status=st.one_of(st.none(), st.tuples(st.sampled_from("1239"), near)),
    moves=moves,
    death=st.one_of(st.none(), near),
    sex=st.sampled_from("12"),
    tumours=st.lists(tumours, max_size=3),
)
cohorts = st.lists(lives, min_size=1, max_size=12).map(
    lambda found: {f"D{at:02}": life for at, life in enumerate(found)}
)
slow = settings(max_examples=12, deadline=None, derandomize=True)


def cells(frame: pl.DataFrame, value: str) -> dict:
    kept = frame.filter(pl.col(value) != 0)
    return {
        row[:3]: row[3] for row in kept.select("sex_code", "age_from", "period_from", value).rows()
    }


OUT_AND_BACK = [("emigrated", date(1995, 1, 1)), ("immigrated", date(1995, 1, 1))]


@slow
@example({
    "at_home": Life(date(1950, 1, 1), [date(1994, 1, 1)], moves=OUT_AND_BACK),
    "away": Life(date(1950, 1, 1), [date(1993, 1, 1)],
                 moves=[("emigrated", date(1994, 1, 1)), *OUT_AND_BACK]),
    "back_to_die": Life(date(1950, 1, 1), [date(1993, 1, 1)], death=date(1995, 1, 1),
                        moves=[("immigrated", date(1995, 1, 1))]),
})  # fmt: skip
@given(cohorts)
def test_intervals_are_the_days_that_the_registers_are_sure_of(cohort):
    intervals = run_model("int_follow_up__intervals", staging(cohort))

    for name, life in cohort.items():
        mine = intervals.filter(donor_id=name).sort("start_date")
        days = [
            start + timedelta(days=at)
            for start, end in mine.select("start_date", "end_date").rows()
            for at in range((end - start).days)
        ]
        assert days == oracle.observed(life)


@slow
@given(cohorts)
def test_person_years_are_the_days_of_each_cell(cohort):
    counted = run_model("fct_person_years", staging(cohort))

    assert cells(counted, "person_days") == oracle.person_days(cohort)


@slow
@given(cohorts)
def test_cases_and_time_at_risk_are_those_counted_by_hand(cohort):
    counted = run_model("int_incidence__cells", staging(cohort)).filter(
        pl.col("calendar_period") != "all"
    )

    for entity in (ALL, "980", "430", "240", "160", "300", "290", "360"):
        cases, days = oracle.incidence(cohort, entity)
        mine = counted.filter(cancer_entity_code=entity)
        assert cells(mine, "cases") == cases
        found = cells(mine, "person_days")
        # An entity that nobody of a sex has is not counted in that sex.
        sexes = set(mine["sex_code"])
        assert found == {place: n for place, n in days.items() if place[0] in sexes}


@slow
@given(cohorts)
def test_standardised_rates_are_those_counted_by_hand(cohort):
    rates = run_model("fct_incidence_rates", staging(cohort)).filter(calendar_period="all")

    for row in rates.filter(pl.col("person_days") > 0).iter_rows(named=True):
        counted = oracle.incidence(cohort, row["cancer_entity_code"])
        weights = {age: int(weight * 2) for age, weight in WORLD.items()}
        expected = oracle.standardised(*counted, row["sex_code"], weights)
        assert row["rate_world"] == pytest.approx(float(expected), rel=1e-6, abs=1e-3)


@slow
@given(cohorts)
def test_a_donor_is_told_the_net_time_and_the_first_cancer(cohort):
    told = run_model("int_follow_up__janus_donors", staging(cohort))

    assert told.height == len(cohort)
    for row in told.iter_rows(named=True):
        life = cohort[row["donor_id"]]
        days = oracle.observed(life)
        assert (row["observed_days"] or 0) == len(days)
        found = oracle.found_in(life, ALL)
        assert row["first_cancer_date"] == min(found, default=None)
        if row["cancer_free_days"] is not None:
            first = min(found, default=date.max)
            assert row["cancer_free_days"] == sum(day < first for day in days)


def test_entities_of_these_codes_are_those_of_the_warehouse():
    mine = entities_of_codes().filter(behaviour_code="3")
    triples = mine.drop("cancer_entity_code").unique()

    theirs = run_model("int_tumour_codes__entities", {"int_tumour_codes__distinct": triples})

    assert sorted(theirs.select(mine.columns).rows()) == sorted(mine.rows())
