"""What the register of changed numbers does to donors that the bank entered twice."""

from datetime import date

import pytest
from records import (
    A,
    B,
    C,
    D,
    assignments,
    broken_rules,
    change_numbers,
    donor_line,
    donor_of,
    enter_donors,
    key_of,
)

from janus_warehouse.identity.history import list_decisions
from janus_warehouse.platform.audit import broken_links


@pytest.fixture
def bank(warehouse):
    """A bank that entered four donors, each under one number."""
    enter_donors(warehouse, *(donor_line(n, number) for n, number in enumerate((A, B, C, D), 1)))
    return warehouse


def test_two_donors_become_one_and_nothing_in_raw_changes(bank):
    first, second = donor_of(bank, A), donor_of(bank, B)
    before = bank.query("select * from raw.biobank__donors order by line_number")

    outcome = change_numbers(bank, (A, B, "01.02.1990"))

    assert outcome.rows_quarantined == 0
    assert (donor_of(bank, A), donor_of(bank, B)) == (first, first)
    assert bank.query("select merged_into from identity.donors where donor_id = %s", second) == [
        (first,)
    ]
    assert bank.query("select * from raw.biobank__donors order by line_number") == before
    told = assignments(bank)
    assert told[key_of(bank, B)] == told[second] == first
    assert len(told) == 2, "the number and the bank's own number of the second donor"
    assert set(told.values()) == {first}


def test_the_decision_tells_why_and_enters_the_audit_chain(bank):
    first, second = donor_of(bank, A), donor_of(bank, B)

    outcome = change_numbers(bank, (A, B, "01.02.1990"))

    [decision] = list_decisions(outcome.delivery_id)
    assert (decision.kind, decision.donor_id) == ("merge", first)
    assert decision.other_donor_ids == [second]
    assert "population register" in decision.reason
    [(subject, detail)] = bank.query(
        "select subject, detail from ops.audit where action = 'merge persons'"
    )
    assert subject == first and detail["delivery"] == outcome.delivery_id
    assert broken_links() == []
    told = f"{decision}{detail}"
    assert A not in told and B not in told


@pytest.mark.parametrize(
    "changes",
    [
        [(A, B), (B, C)],
        [(B, C), (A, B)],
    ],
    ids=["first change first", "last change first"],
)
def test_a_chain_of_three_records_is_one_person_under_the_oldest_number(bank, changes):
    first = donor_of(bank, A)

    change_numbers(bank, *((old, new, "01.02.1990") for old, new in changes))

    assert {donor_of(bank, number) for number in (A, B, C)} == {first}
    [decision] = list_decisions()
    assert len(decision.other_donor_ids) == 2
    assert donor_of(bank, D) != first


def test_a_chain_told_in_two_deliveries_ends_the_same(bank):
    first = donor_of(bank, A)

    change_numbers(bank, (B, C, "01.02.2000"), name="early", as_of=date(2020, 12, 31))
    assert donor_of(bank, C) == donor_of(bank, B) != first
    change_numbers(bank, (A, B, "01.02.1990"), (B, C, "01.02.2000"))

    assert {donor_of(bank, number) for number in (A, B, C)} == {first}
    merged = bank.query("select count(*) from identity.donors where merged_into = %s", first)
    assert merged == [(2,)], "no donor may point to one that was merged itself"
    assert set(assignments(bank).values()) == {first}


def test_a_chain_with_a_number_that_nobody_was_entered_under_is_one_person(bank, warehouse):
    from records import E

    first = donor_of(bank, A)
    change_numbers(bank, (A, E, "01.02.1990"), (E, B, "01.02.2000"))

    assert {donor_of(bank, number) for number in (A, B, E)} == {first}


def test_a_circle_is_one_person_with_both_numbers(bank):
    outcome = change_numbers(bank, (A, B, "01.02.1990"), (B, A, "01.02.2000"))

    assert outcome.rows_quarantined == 0
    assert donor_of(bank, A) == donor_of(bank, B) == min(key_of(bank, A), key_of(bank, B))
    assert bank.query(
        "select valid_from, valid_to from identity.identifiers where value = any(%s) order by 1",
        [A, B],
    ) == [
        (date(1990, 2, 1), date(2000, 2, 1)),
        (date(2000, 2, 1), date(1990, 2, 1)),
    ]


def test_the_same_picture_again_decides_nothing_more(bank):
    change_numbers(bank, (A, B, "01.02.1990"), name="one", as_of=date(2020, 12, 31))
    before = bank.query("select * from identity.identifiers order by system, value")

    change_numbers(
        bank, (A, B, "01.02.1990"), name="two", as_of=date(2020, 12, 31), others=False,
        is_held=True,
    )  # fmt: skip

    assert len(list_decisions()) == 1
    after = bank.query("select * from identity.identifiers order by system, value")
    assert after == before


def test_a_number_is_not_given_to_two_people(bank):
    """E replaced A's number before; the register cannot take B to be the same person by it."""
    from records import E

    change_numbers(bank, (A, E, "01.02.1990"), name="one", as_of=date(2020, 12, 31))
    outcome = change_numbers(bank, (B, E, "01.02.1991"), name="two")

    assert outcome.rows_quarantined == 1
    assert broken_rules(bank) == [(2, ["new_number.consistent"])]
    assert donor_of(bank, E) == donor_of(bank, A) != donor_of(bank, B)
    assert list_decisions() == []


def test_a_number_given_to_two_people_in_one_file_is_put_aside_twice(bank):
    from records import E

    outcome = change_numbers(bank, (A, E, "01.02.1990"), (B, E, "01.02.1991"))

    assert outcome.rows_quarantined == 2
    assert broken_rules(bank) == [(n, ["new_number.unique"]) for n in (2, 3)]
    assert donor_of(bank, A) != donor_of(bank, B)


def test_records_that_contradict_each_other_are_joined_and_reported(warehouse):
    enter_donors(
        warehouse,
        donor_line(1, A),
        donor_line(2, B, sex="2", birth="1951-05-05"),
        donor_line(3, C),
        donor_line(4, D),
    )
    outcome = change_numbers(warehouse, (A, B, "01.02.1990"), (C, D, "01.02.1990"))

    assert donor_of(warehouse, A) == donor_of(warehouse, B)
    assert sorted(d.differences for d in list_decisions()) == [[], ["birth_date", "sex_code"]]
    assert warehouse.query(
        "select subject, rows_seen, rows_failing, consequence, outcome from ops.check_results "
        "where run_id = %s and rule_id = 'new_number.records_agree'", outcome.delivery_id,
    ) == [("number_changes", 2, 1, "warn", "warned")]  # fmt: skip
    page = warehouse.home / "reports" / "deliveries" / outcome.delivery_id / "report.html"
    assert "new_number.records_agree" in page.read_text()


@pytest.mark.parametrize("entered_late", [False, True], ids=["entered first", "entered late"])
def test_days_of_validity_are_told_whoever_comes_first(warehouse, entered_late):
    """The ordinary number may be entered as a donor before or after the register tells of it."""
    lines = [donor_line(1, A)] + ([] if entered_late else [donor_line(2, B)])
    enter_donors(warehouse, *lines, name="list", as_of=date(2021, 12, 31))
    change_numbers(warehouse, (A, B, "01.02.1990"))
    if entered_late:
        enter_donors(warehouse, donor_line(1, A), donor_line(2, B))

    assert donor_of(warehouse, B) == donor_of(warehouse, A) == key_of(warehouse, A)
    assert warehouse.query(
        "select valid_from, valid_to from identity.identifiers "
        "where value = any(%s) order by valid_from nulls first", [A, B],
    ) == [(None, date(1990, 2, 1)), (date(1990, 2, 1), None)]  # fmt: skip


@pytest.mark.parametrize("turned", [False, True], ids=["old first", "new first"])
def test_the_newer_picture_tells_the_days_in_whatever_order_they_come(bank, turned):
    pictures = [
        ("early", date(2020, 12, 31), "01.02.1990"),
        ("late", date(2022, 12, 31), "05.02.1990"),
    ]
    for name, as_of, day in reversed(pictures) if turned else pictures:
        is_late = turned and name == "early"
        change_numbers(bank, (A, B, day), name=name, as_of=as_of, is_held=is_late)

    assert bank.query(
        "select valid_from, valid_to from identity.identifiers "
        "where value = any(%s) order by valid_from nulls first", [A, B],
    ) == [(None, date(1990, 2, 5)), (date(1990, 2, 5), None)]  # fmt: skip
