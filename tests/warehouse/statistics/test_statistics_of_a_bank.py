"""The made-up bank on PostgreSQL: what is counted is what happened to the people it tells of.

The truth is worked out with polars from the generator's people, one row for each day of a life.
"""

import shutil

import numpy as np
import polars as pl
import pytest

from janus_warehouse.deliveries import ingest, scan_landing
from janus_warehouse.deliveries.ledger import unsettled
from janus_warehouse.platform.database import Role, connect
from janus_warehouse.synthetic import Plan, generate
from janus_warehouse.synthetic.cancers import LINKAGE_2022
from janus_warehouse.synthetic.restatement import tumour_numbers
from janus_warehouse.synthetic.sites import SITES
from janus_warehouse.synthetic.world import make_world
from janus_warehouse.warehouse.process import run_dbt

SCALE, SEED = 0.001, 3
ALL, BREAST, LUNG, BOWEL = "990", "180", "160", "520"
"""Entities compared: all but other skin cancer, two sites, and a group of two."""
MARTS = (
    "+fct_follow_up", "+fct_lead_times", "+fct_multiple_primaries", "+fct_age_specific_rates",
    "+fct_incidence_rates", "+fct_standardised_incidence_ratios",
)  # fmt: skip
SOURCES = {
    "biobank",
    "cancer_registry",
    "cancer_statistics",
    "cause_of_death",
    "population_register",
}


@pytest.fixture
def counted(warehouse):
    """Give a bank so small that no fault is planted in its registers, built to the marts."""
    key = generate(warehouse.landing, scale=SCALE, seed=SEED)
    for folder in warehouse.landing.iterdir():
        if folder.is_dir() and folder.name not in SOURCES:
            shutil.rmtree(folder)
    # One linkage tells all that is known today.
    for folder in warehouse.landing.glob("*/*"):
        if folder.name != "2022-12-31":
            shutil.rmtree(folder)
    scan_landing()
    with connect(Role.loader) as connection:
        waiting = [row.delivery_id for row in unsettled(connection)]
    for one in waiting:
        ingest(one)
    told = run_dbt(
        ["build", "--select", *MARTS, "--indirect-selection", "buildable",
         "--exclude-resource-type", "unit_test"],
        lambda event: None,
    )  # fmt: skip
    assert told.status == 0, told.errors
    return warehouse, key, make_world(Plan.at(SCALE), SEED)


def lives(world) -> pl.DataFrame:
    """Return one row per person: dates as days since 1970."""
    people = world.people
    return pl.DataFrame({
        "person": np.arange(len(people)),
        "sex_code": pl.Series(people.sex).cast(pl.String),
        "born": people.birth,
        "entry": people.first_draw,
        "end": np.minimum(people.death, LINKAGE_2022),
        "out": people.emigrated,
        "back": people.returned,
    })  # fmt: skip


def days(world) -> pl.DataFrame:
    """Return one row per person and day at home, with age group and period."""
    born, day = (pl.col(name).cast(pl.Int32).cast(pl.Date) for name in ("born", "day"))
    birthday_is_past = (day.dt.month() > born.dt.month()) | (
        (day.dt.month() == born.dt.month()) & (day.dt.day() >= born.dt.day())
    )
    age = day.dt.year() - born.dt.year() - (~birthday_is_past).cast(pl.Int32)
    return (
        lives(world)
        .with_columns(day=pl.int_ranges("entry", "end"))
        .explode("day", empty_as_null=False, keep_nulls=False)
        .filter((pl.col("day") < pl.col("out")) | (pl.col("day") >= pl.col("back")))
        .with_columns(age_from=age // 5 * 5, period_from=day.dt.year() // 5 * 5)
        .with_columns(pl.col("age_from").clip(upper_bound=85))
    )


def first_tumours(world, primaries) -> pl.DataFrame:
    """Return the first malignant primary of each person and entity, and its day."""
    made = world.tumours
    names = list(SITES)
    tumours = pl.DataFrame({
        "person": made.person, "day": made.incidence, "site": [names[at] for at in made.site],
        "topography": made.topography.tolist(), "morphology": made.morphology.tolist(),
        "tumour_id": [f"T{n}" for n in tumour_numbers(np.arange(len(made)), np.bool_(False))],
        "counts": made.in_2022 & (made.behaviour == "3"),
    }).filter("counts", pl.col("tumour_id").is_in(primaries))  # fmt: skip
    is_other_skin = (pl.col("topography").str.starts_with("C44")) & ~pl.col(
        "morphology"
    ).str.starts_with("87")
    counted = {
        ALL: ~is_other_skin,
        BREAST: pl.col("site") == "breast",
        LUNG: pl.col("site") == "lung",
        BOWEL: pl.col("site").is_in(["colon", "rectum"]),
    }
    return (
        pl.concat([
            tumours.filter(is_of).with_columns(entity=pl.lit(code))
            for code, is_of in counted.items()
        ])
        .group_by("person", "entity")
        .agg(pl.col("day").min())
    )  # fmt: skip


def test_what_is_counted_is_what_happened(counted):
    warehouse, key, world = counted
    # Which tumours are primaries is tested beside the rules of IARC/IACR.
    primaries = warehouse.query(
        "select tumour_id from marts.fct_multiple_primaries where is_primary"
    )
    first = first_tumours(world, [tumour for (tumour,) in primaries])
    here, people = days(world), lives(world)

    check_lead_times(warehouse, key, world)
    check_person_years(warehouse, here)
    check_follow_up(warehouse, here, first)
    check_incidence(warehouse, here, first.join(people.select("person", "sex_code"), on="person"))
    check_ratios(warehouse)


def check_lead_times(warehouse, key, world):
    # Every tumour of the answer key, and every draw before or after it, has a lead time.
    cases, pairs, closest, days_before = warehouse.query(
        "select count(distinct tumour_id), count(*), count(*) filter (where is_closest_before), "
        "sum(lead_days) filter (where is_closest_before) from marts.fct_lead_times"
    )[0]
    drawn = np.bincount(world.draws.person, minlength=len(world.people))
    person, incidence = (
        values[world.tumours.in_2022] for values in (world.tumours.person, world.tumours.incidence)
    )
    last = [
        max(world.draws.day[(world.draws.person == who) & (world.draws.day < day)])
        for who, day in zip(person, incidence, strict=True)
    ]
    assert cases == closest == key.totals["cases_2022"] == 118
    assert pairs == drawn[person].sum()
    assert days_before == (incidence - np.array(last)).sum()


def check_person_years(warehouse, here):
    truth = here.group_by("sex_code", "age_from", "period_from").len().rows()
    found = warehouse.query(
        "select sex_code, age_from, period_from, person_days from marts.fct_person_years"
    )
    assert sorted(found) == sorted(truth)
    assert 100 < len(found) < 400


def check_follow_up(warehouse, here, first):
    cancer = first.filter(entity=ALL).select("person", ill=pl.col("day"))
    free = here.join(cancer, on="person", how="left").filter(
        pl.col("ill").is_null() | (pl.col("day") < pl.col("ill"))
    )
    years, cancer_free, ill = warehouse.query(
        "select sum(follow_up_years), sum(cancer_free_years), count(*) filter "
        "(where cancer_free_exit_reason_code = 'cancer') from marts.fct_follow_up"
    )[0]
    assert float(years) == pytest.approx(here.height / 365.25, abs=0.05)
    assert float(cancer_free) == pytest.approx(free.height / 365.25, abs=0.05)
    assert ill == cancer.height


def check_incidence(warehouse, here, first):
    cases = first.group_by("entity", "sex_code").len().rows()
    found = warehouse.query(
        "select cancer_entity_code, sex_code, cases from marts.fct_incidence_rates "
        "where calendar_period = 'all' and cases > 0 and cancer_entity_code = any(%s)",
        [ALL, BREAST, LUNG, BOWEL],
    )
    assert sorted(found) == sorted(cases)
    for entity in (ALL, BREAST, LUNG, BOWEL):
        ill = first.filter(entity=entity).select("person", ill=pl.col("day"))
        at_risk = here.join(ill, on="person", how="left").filter(
            pl.col("ill").is_null() | (pl.col("day") < pl.col("ill"))
        )
        truth = at_risk.group_by("sex_code", "age_from").len().rows()
        found = warehouse.query(
            "select sex_code, age_from, person_days from marts.fct_age_specific_rates where "
            "calendar_period = 'all' and cancer_entity_code = %s and person_days > 0",
            entity,
        )
        sexes = {sex for sex, *_ in found}
        assert sorted(found) == sorted(row for row in truth if row[0] in sexes), entity


def check_ratios(warehouse):
    (path,) = (warehouse.landing / "cancer_statistics" / "2022-12-31").glob("*.csv")
    text = {"sex_code": pl.String, "cancer_entity_code": pl.String}
    rates = pl.read_csv(path, separator=";", schema_overrides=text)
    at_risk = pl.DataFrame(
        warehouse.query(
            "select cancer_entity_code, sex_code, age_from, left(calendar_period, 4)::int, "
            "person_days from marts.fct_age_specific_rates where calendar_period <> 'all'"
        ),
        schema=["cancer_entity_code", "sex_code", "age_from", "period_from", "person_days"],
        orient="row",
    )
    joined = at_risk.join(
        rates, on=["cancer_entity_code", "sex_code", "age_from", "period_from"], how="left"
    )
    # An entity that the population's rates do not tell of has no ratio.
    supplied = rates.select("cancer_entity_code", "sex_code").unique()
    truth = joined.join(supplied, on=["cancer_entity_code", "sex_code"], how="semi")
    truth = truth.group_by("cancer_entity_code", "sex_code").agg(
        (pl.col("person_days") / 365.25 * pl.col("cases") / pl.col("person_years")).sum()
    )
    found = warehouse.query(
        "select cancer_entity_code, sex_code, expected_cases from "
        "marts.fct_standardised_incidence_ratios where calendar_period = 'all' "
        "and expected_cases is not null"
    )
    expected = {(entity, sex): value for entity, sex, value in truth.rows()}
    assert len(found) == len(expected) > 40
    for entity, sex, value in found:
        assert float(value) == pytest.approx(expected[entity, sex], abs=2e-4)
