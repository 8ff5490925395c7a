"""The published totals, at scale 1 and in proportion elsewhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from janus_warehouse.synthetic.errors import InvalidPlanError
from janus_warehouse.synthetic.people import PROGRAMMES
from janus_warehouse.synthetic.plan import CASES_BY_SITE, ENTRY_SHARES, Plan
from janus_warehouse.synthetic.sites import SITES


def ranking(sex: str) -> list[str]:
    plan = Plan.at(1).cases_by_site()
    known = {site: kept + new for (of, site), (kept, new, _) in plan.items() if of == sex}
    return sorted(known, key=lambda site: -known[site])


def test_the_whole_bank_has_the_published_totals():
    plan = Plan.at(1)

    assert (plan.donors, plan.tubes) == (318_628, 770_000)
    assert (plan.cases_2020, plan.cases_2022) == (107_366, 118_405)
    assert (plan.farmers, plan.rna_samples, plan.rna_analytes) == (40_000, 2_304, 300)


def test_the_whole_bank_ranks_sites_by_sex_as_published():
    plan = Plan.at(1).cases_by_site()

    assert ranking("2")[:5] == ["breast", "lung", "colon", "corpus", "melanoma"]
    assert ranking("1")[:5] == ["prostate", "lung", "colon", "bladder", "melanoma"]
    assert sum(sum(sites.values()) for sites in CASES_BY_SITE.values()) == 118_405
    assert 11_900 <= sum(plan["2", "breast"][:2]) < 12_000
    assert 17_900 <= sum(plan["1", "prostate"][:2]) < 18_000


@given(st.floats(0.0004, 10))
def test_cases_by_site_add_up_at_every_scale(scale):
    plan = Plan.at(scale)
    kept, new, retracted = map(sum, zip(*plan.cases_by_site().values(), strict=True))

    assert kept + retracted == plan.cases_2020
    assert kept + new == plan.cases_2022
    assert retracted == plan.retracted
    assert min(map(min, plan.cases_by_site().values())) >= 0
    assert sum(plan.entries().values()) == plan.donors


def test_every_site_and_programme_of_the_plan_is_described():
    assert {site for sites in CASES_BY_SITE.values() for site in sites} == set(SITES)
    assert list(ENTRY_SHARES) == list(PROGRAMMES)


@pytest.mark.parametrize("scale", [0, -1, 0.0001, 11, float("nan")])
def test_refuses_a_scale_that_makes_no_bank(scale):
    with pytest.raises(InvalidPlanError, match="expected a scale from"):
        Plan.at(scale)
