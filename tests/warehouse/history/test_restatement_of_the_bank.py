"""The made-up bank's second cancer linkage comes to exactly what its answer key counts."""

from datetime import date

import pytest

FIRST, SECOND = date(2020, 12, 31), date(2022, 12, 31)
SOURCES = ("biobank", "population_register", "cause_of_death", "cancer_registry")


@pytest.fixture(scope="module")
def bank(installation):
    """Give the answer for the restatement, and a warehouse built from both linkages."""
    from janus_warehouse.deliveries import find_deliveries, ingest
    from janus_warehouse.synthetic import generate

    landing = installation.home / "landing"
    key = generate(landing, scale=0.01, seed=3)
    for source in landing.iterdir():
        if source.is_dir() and source.name not in SOURCES:
            source.rename(installation.home / f"not-delivered-{source.name}")
    for kind in ("inventory", "registry"):
        for delivery_id in find_deliveries(kind):
            ingest(delivery_id)
    installation.build_marts(
        "fct_cancer_cases_as_known", "fct_cancer_case_changes", "fct_cancer_cases"
    )
    (answer,) = key.restatements
    return installation, answer


def counted(bank, change: str, day: date) -> int:
    ((count,),) = bank[0].query(
        "select count(*) from marts.fct_cancer_case_history where change = %s and known_from = %s",
        change, day,
    )  # fmt: skip
    return count


def test_both_linkages_have_the_totals_of_the_answer(bank):
    found, answer = bank

    assert found.query(
        "select as_of_date, count(*) from marts.fct_cancer_cases_as_known group by 1 order by 1"
    ) == [(FIRST, answer.first), (SECOND, answer.second)]
    assert found.query("select count(*) from marts.fct_cancer_cases") == [(answer.second,)]
    assert (answer.first, answer.second) == (1074, 1184)


def test_tumours_come_change_go_and_are_renumbered_as_the_answer_says(bank):
    _, answer = bank

    assert counted(bank, "new", FIRST) == answer.first
    assert {change: counted(bank, change, SECOND) for change in
            ("new", "changed", "renumbered", "reinstated")} == {
        "new": answer.new, "changed": answer.changed, "renumbered": answer.renumbered,
        "reinstated": 0,
    }  # fmt: skip
    # A tumour under a new number leaves a tombstone as well, with a successor.
    assert counted(bank, "retracted", SECOND) == answer.retracted + answer.renumbered
    assert min(answer.new, answer.changed, answer.renumbered, answer.retracted) > 0


def test_what_stayed_has_one_span_only(bank):
    found, answer = bank

    assert found.query(
        "select count(*) from marts.fct_cancer_case_history "
        "where known_from = %s and known_to is null", FIRST,
    ) == [(answer.unchanged,)]  # fmt: skip


def test_each_field_changed_in_as_many_tumours_as_the_answer_says(bank):
    found, answer = bank
    changed = dict(found.query(
        "select changed_field, count(*) from marts.fct_cancer_case_changes "
        "where change = 'changed' group by 1"
    ))  # fmt: skip

    assert changed == answer.changed_fields
    assert len(changed) >= 3


def test_a_tombstone_of_a_renumbered_tumour_names_its_successor(bank):
    found, answer = bank

    assert found.query(
        "select count(*) from marts.fct_cancer_case_history as gone "
        "inner join marts.fct_cancer_case_history as come on gone.next_tumour_id = come.tumour_id "
        "and come.previous_tumour_id = gone.tumour_id and come.known_from = gone.known_from "
        "where substr(gone.tumour_id, 3) = substr(come.tumour_id, 3)"
    ) == [(answer.renumbered,)]


def test_the_report_of_the_linkage_counted_the_same_before_it_entered(bank):
    """It has its own SQL, over the landed rows; what it tells the curator must come true."""
    told: dict[str, dict[str, int]] = {"changes": {}, "changed_fields": {}}
    for section, item, value in bank[0].query(
        "select figures.section, figures.item, figures.value::integer "
        "from ops.linkage_figures as figures inner join ops.deliveries using (delivery_id) "
        "where figures.table_name = 'cases' and as_of = %s and figures.section = any(%s)",
        SECOND, list(told),
    ):  # fmt: skip
        told[section][item] = value
    renumbered = counted(bank, "renumbered", SECOND)

    assert {change: told["changes"][change]
            for change in ("new", "changed", "renumbered", "retracted")} == {
        "new": counted(bank, "new", SECOND),
        "changed": counted(bank, "changed", SECOND),
        "renumbered": renumbered,
        "retracted": counted(bank, "retracted", SECOND) - renumbered,
    }  # fmt: skip
    assert told["changed_fields"] == dict(bank[0].query(
        "select changed_field, count(*) from marts.fct_cancer_case_changes "
        "where change = 'changed' and known_from = %s group by 1", SECOND,
    ))  # fmt: skip
