"""The rules over cases on a real PostgreSQL: every example, its flag, its count, its consumers."""

from datetime import date

import pytest
from tests.preloaded_dbt import without_unit_tests

from janus_warehouse.metadata import load_case_checks
from janus_warehouse.metadata.case_checks import EXAMPLE_CASE, Example

CHECKS = load_case_checks()
AS_OF = date(2020, 12, 31)
GIVEN = {"given_age_years", "register_sex_code", "register_birth_date", "has_draw", "known_on_date"}
"""What the registry does not deliver, but other registers or the bank know."""
UNASKED = {"IARC-AGE"}
"""The registry's linkage tells no age."""
MADE = "+fct_case_flags +fct_case_check_counts +fct_multiple_primaries +int_cases__consumers"


def people() -> dict[str, Example]:
    """Return the examples of every rule by the person who has them."""
    found = {"clean": ({},)}
    for number, rule in enumerate(CHECKS.rules.values()):
        found |= {f"breaks{number}": rule.breaks, f"keeps{number}": rule.keeps}
    return found


@pytest.fixture(scope="module")
def flags(bank) -> dict[str, set[str]]:
    """Give the flags in the mart by person, after one build."""
    donors, residents, draws, cases = [], [], [], []
    for person, example in people().items():
        known = {**EXAMPLE_CASE, **example[0]}
        donors.append({"donor_id": person, "sex_code": known["register_sex_code"],
                       "birth_date": known["register_birth_date"], "donor_group": "survey",
                       "consent_status": "active"})  # fmt: skip
        residents.append({"donor_id": person, "sex_code": known["register_sex_code"],
                          "birth_date": known["register_birth_date"], "vital_status_code": "1",
                          "status_date": AS_OF})  # fmt: skip
        if known["has_draw"]:
            draws.append({"donor_id": person, "draw_id": f"W{person}",
                          "draw_date": date(1985, 1, 1), "survey_id": "red_cross"})  # fmt: skip
        for place, changes in enumerate(example, start=1):
            told = {**EXAMPLE_CASE, **changes}
            cases.append({
                "donor_id": person, "tumour_id": f"{person} {place}", "tumour_sequence": place,
                "incidence_date_quality": "1",
                **{name: value for name, value in told.items() if name not in GIVEN},
            })  # fmt: skip
    bank.raw.accept("bank", "biobank", {"donors": donors, "draws": draws}, as_of=AS_OF)
    bank.raw.accept("people", "population_register", {"residents": residents}, as_of=AS_OF)
    bank.raw.accept("cases", "cancer_registry", {"cases": cases}, as_of=AS_OF)
    with without_unit_tests():
        bank.build(select=MADE)
    found: dict[str, set[str]] = {person: set() for person in people()}
    for person, rule in bank.raw.query("select donor_id, rule_code from marts.fct_case_flags"):
        found[person].add(rule)
    return found


def test_a_clean_case_has_no_flag(flags):
    assert flags["clean"] == set()


@pytest.mark.parametrize("code", sorted(set(CHECKS.rules) - UNASKED))
def test_postgresql_finds_the_broken_rule_and_spares_the_kept_one(flags, code):
    number = list(CHECKS.rules).index(code)

    assert code in flags[f"breaks{number}"]
    assert code not in flags[f"keeps{number}"]


def test_counts_are_those_of_the_flags(bank, flags):
    counted = dict(bank.raw.query("select rule_code, numerator from marts.fct_case_check_counts"))
    flagged = dict(bank.raw.query(
        "select rule_code, count(*) from marts.fct_case_flags group by rule_code"
    ))  # fmt: skip

    assert set(counted) == set(CHECKS.rules)
    assert {code: rows for code, rows in counted.items() if rows} == flagged
    assert counted["IARC-AGE"] == 0


def test_flags_drop_no_case_and_consumers_decide(bank, flags):
    rows = bank.raw.query(
        "select count(*), count(*) filter (where is_excluded_from_statistics), "
        "count(*) filter (where is_excluded_from_extracts) from intermediate.int_cases__consumers"
    )
    ((cases, no_statistics, no_extracts),) = rows

    assert cases == sum(map(len, people().values()))
    assert 0 < no_extracts < no_statistics < cases
    [(leaving_out,)] = bank.raw.query(
        "select count(distinct tumour_id) from marts.fct_case_flags "
        "inner join marts.dim_case_checks using (rule_code) where excluded_from_statistics"
    )
    assert leaving_out == no_statistics


def test_every_case_is_judged_by_the_rules_of_multiple_primaries(bank, flags):
    [(cases, without_reason)] = bank.raw.query(
        "select count(*), count(*) filter (where primary_reason is null) "
        "from marts.fct_multiple_primaries"
    )

    assert cases == sum(map(len, people().values()))
    assert without_reason == 0
