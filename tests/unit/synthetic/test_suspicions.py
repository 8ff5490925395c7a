"""The suspicious tumours: planted are those that the rules find, rule by rule, and no others."""

from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from janus_warehouse.codes.models import run_model
from janus_warehouse.metadata import load_case_checks
from janus_warehouse.synthetic.suspicious_kinds import KINDS

CODES = ["topography_code", "morphology_code", "behaviour_code"]
LINKAGES = ("2020-12-31", "2022-12-31")
NOT_PLANTED = {"IARC-AGE", "JANUS-NEVER-SAMPLED"}
"""The linkage tells no age, and every donor of the synthetic bank has given blood."""


def read(path: Path) -> pl.DataFrame:
    return pl.read_csv(path, separator=";", infer_schema=False)


def accepted_cases(folder: Path, when: str) -> pl.DataFrame:
    """Return the rows that enter, as `int_cases__assembled` has them; faulty ones have new keys."""
    cases = read(folder / "cancer_registry" / when / "cases.csv").filter(pl.col("tumour_id") < "T9")
    donors = read(folder / "biobank/2022-12-31/donors.csv").filter(pl.col("donor_number") < "J9")
    known = donors.select(
        "person_number",
        register_sex_code="sex_code",
        register_birth_date=pl.col("birth_date").str.to_date(),
    )
    dates = ("birth_date", "incidence_date", "follow_up_date")
    return cases.join(known, on="person_number", how="left", maintain_order="left").with_columns(
        *(pl.col(name).str.to_date() for name in dates),
        pl.col("tumour_sequence").cast(pl.Int32),
        collection_id=pl.lit("janus"),
        donor_id=pl.col("person_number"),
        delivery_id=pl.lit(when),
        given_age_years=pl.lit(None, pl.Int32),
        has_draw=pl.lit(True),
        known_on_date=pl.lit(when).str.to_date(),
    )


def planted(bank, when: str) -> dict[str, list[str]]:
    (table,) = bank.key.delivery(f"cancer_registry/{when}").tables
    return table.flags


@pytest.mark.parametrize("when", LINKAGES)
def test_the_rules_find_what_was_planted_and_nothing_else(bank, when):
    cases = accepted_cases(bank.folder, when)
    inputs = {
        "int_cases__assembled": cases,
        "int_tumour_codes__distinct": cases.select(CODES).unique(),
    }

    flagged = run_model("int_case_checks__flagged", inputs)

    found: dict[str, list[str]] = {}
    for rule, tumour in flagged.select("rule_code", "tumour_id").sort("tumour_id").iter_rows():
        found.setdefault(rule, []).append(tumour)
    expected = planted(bank, when)
    assert Counter({rule: len(tumours) for rule, tumours in found.items()}) == Counter(
        {rule: len(tumours) for rule, tumours in expected.items()}
    )
    assert found == expected


def test_every_rule_that_can_be_is_planted(bank):
    planned = {rule for kind in KINDS for rule in (*kind.rules, *kind.others)}

    assert planned == set(load_case_checks().rules) - NOT_PLANTED
    assert set(planted(bank, LINKAGES[1])) == planned


def test_the_same_tumours_are_suspicious_in_both_linkages(bank):
    first, second = (planted(bank, when) for when in LINKAGES)

    assert first == second


def test_suspicious_tumours_do_not_change_how_many_there_are(bank):
    for when, total in zip(LINKAGES, ("cases_2020", "cases_2022"), strict=True):
        assert accepted_cases(bank.folder, when).height == bank.key.totals[total]


@pytest.mark.parametrize("when", LINKAGES)
def test_the_primaries_are_as_many_as_a_registrar_counts(bank, when):
    cases = accepted_cases(bank.folder, when)
    (table,) = bank.key.delivery(f"cancer_registry/{when}").tables

    counted = run_model("int_cases__primaries", {
        "stg_cancer_registry__cases": cases,
        "int_tumour_codes__distinct": cases.select(CODES).unique(),
    })  # fmt: skip

    assert counted.filter("is_primary").height == table.primaries
    assert table.primaries < cases.height - 10
