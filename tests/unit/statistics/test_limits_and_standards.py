"""Confidence limits against the exact ones, and the standard populations against their sums."""

import csv
from collections import defaultdict
from math import exp, lgamma, log
from pathlib import Path

import polars as pl
import pytest

from janus_warehouse.codes.models import run_model

SEED = Path(__file__).parents[3] / "metadata" / "classifications" / "standard_population.csv"
# Garwood's limits of a Poisson count (Biometrika 1936;28:437-442), as every table has them.
PUBLISHED = {10: (4.795, 18.39), 20: (12.22, 30.89), 50: (37.11, 65.92), 100: (81.36, 121.63)}


def limits(*counts: int) -> dict[int, tuple[float, float]]:
    """Return the limits that the warehouse gives counts."""
    cells = pl.DataFrame(
        [
            {"collection_id": "janus", "cancer_entity_code": str(count), "sex_code": "1",
             "calendar_period": "all", "age_from": 50, "cases": count, "person_days": 36_525_000}
            for count in counts
        ],
        schema_overrides={"cases": pl.Int32, "age_from": pl.Int16},
    )  # fmt: skip
    rates = run_model("fct_age_specific_rates", {"int_incidence__cells": cells})
    columns = "cases", "age_specific_rate_lower", "age_specific_rate_upper"
    return {count: (low, high) for count, low, high in rates.select(columns).rows()}


def below(count: int, mean: float) -> float:
    """Return the chance of at most so many events."""
    return sum(exp(n * log(mean) - mean - lgamma(n + 1)) for n in range(count + 1))


def exact(count: int) -> tuple[float, float]:
    """Return the exact limits, by halving."""

    def root(chance, low, high):
        for _ in range(200):
            middle = (low + high) / 2
            low, high = (middle, high) if chance(middle) > 0 else (low, middle)
        return low

    lower = root(lambda mean: 0.025 - (1 - below(count - 1, mean)), 1e-9, count)
    return lower, root(lambda mean: below(count, mean) - 0.025, count, 10 * count + 20)


def test_the_exact_limits_of_this_file_are_the_published_ones():
    for count, published in PUBLISHED.items():
        assert exact(count) == pytest.approx(published, abs=0.006)


def test_limits_are_within_a_fifth_of_a_percent_of_the_exact_ones():
    for count, found in limits(10, 15, 20, 50, 100, 400).items():
        assert found == pytest.approx(exact(count), rel=2e-3), count


def test_limits_of_few_cases_are_rougher_and_never_negative():
    found = limits(0, 1, 2, 3)

    assert found[0] == pytest.approx((0, 3.668), abs=1e-3)
    for count in (1, 2, 3):
        assert 0 < found[count][0] < exact(count)[0]
        assert found[count][1] == pytest.approx(exact(count)[1], rel=3e-3)


def test_each_standard_population_has_eighteen_ages_and_a_hundred_thousand_people():
    people = defaultdict(dict)
    with SEED.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            people[row["standard_population_code"]][int(row["age_from"])] = int(row["weight"])

    assert set(people) == {"world", "european_1976", "european_2013", "nordic"}
    for ages in people.values():
        assert list(ages) == list(range(0, 90, 5))
        assert sum(ages.values()) == 100_000
    # A few that everybody knows by heart.
    assert people["world"][0] == 12_000 and people["european_1976"][85] == 1_000
    assert people["european_2013"][85] == 2_500 and people["nordic"][50] == 7_400
