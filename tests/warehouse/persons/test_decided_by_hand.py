"""`janus person`: merged, split, undone by hand; what is refused; nothing shown of a number."""

from datetime import date

import pytest
from records import (
    A,
    B,
    C,
    D,
    E,
    assignments,
    broken_rules,
    change_numbers,
    donor_line,
    donor_of,
    enter_donors,
    key_of,
)
from typer.testing import CliRunner

from janus_warehouse.cli import app
from janus_warehouse.identity.history import list_decisions, show_person
from janus_warehouse.identity.withdrawals import record_withdrawals
from janus_warehouse.platform.audit import broken_links

WHY = ["--reason", "letter 2023/114"]


@pytest.fixture
def bank(warehouse):
    """A bank that entered four donors, each under one number."""
    enter_donors(warehouse, *(donor_line(n, number) for n, number in enumerate((A, B, C, D), 1)))
    return warehouse


def janus(*arguments: str, lines: str = ""):
    return CliRunner().invoke(app, ["person", *arguments], input=lines)


def vault(bank) -> list[tuple]:
    return bank.query(
        "select system, value, donor_id, merged_into from identity.identifiers "
        "inner join identity.donors using (donor_id) order by 1, 2"
    )


def test_two_records_are_merged_by_their_numbers(bank):
    done = janus("merge", *WHY, lines=f"{A[:6]} {A[6:]}\ndonor_number: J0000002\n")

    assert done.exit_code == 0, done.output
    assert donor_of(bank, A) == donor_of(bank, B)
    assert "2 identifiers moved" in done.output
    assert not any(number in done.output for number in (A, B))
    [decision] = list_decisions()
    assert (decision.kind, decision.reason, decision.delivery_id) == (
        "merge", "letter 2023/114", None,
    )  # fmt: skip
    assert broken_links() == []


def test_the_key_registered_first_stays(bank):
    enter_donors(bank, donor_line(1, A), donor_line(9, E), name="later", as_of=date(2023, 1, 31))
    late, early = donor_of(bank, E), donor_of(bank, A)

    assert janus("merge", *WHY, late, early).exit_code == 0

    assert donor_of(bank, E) == early


def test_merged_again_is_nothing_to_decide(bank):
    janus("merge", *WHY, lines=f"{A}\n{B}\n")
    again = janus("merge", *WHY, lines=f"{A}\n{B}\n")

    assert again.exit_code == 0
    assert "one person already" in again.output
    assert len(list_decisions()) == 1


@pytest.mark.parametrize(
    ("lines", "arguments", "expected"),
    [
        pytest.param(f"{A}\n{E}\n", [], "1 unknown of 2 (the first in line 2)", id="unknown"),
        pytest.param(f"{A}\n", [], "expected two records or more, found 1", id="one alone"),
        pytest.param(
            "", ["D0000000000000000", "D0000000000000001"], "found none of D", id="no key"
        ),
    ],
)
def test_nothing_is_merged_with_somebody_unknown(bank, lines, arguments, expected):
    before = vault(bank)
    done = janus("merge", *WHY, *arguments, lines=lines)

    assert done.exit_code == 1
    assert expected in " ".join(done.output.split())
    assert A not in done.output and E not in done.output
    assert vault(bank) == before


def test_a_number_of_a_person_is_no_argument(bank):
    done = janus("merge", *WHY, A, B)

    assert done.exit_code == 2
    assert list_decisions() == []


def test_a_reason_holds_no_number_of_a_person(bank):
    done = janus("merge", "--reason", f"the same as {A[:6]} {A[6:]}", lines=f"{A}\n{B}\n")

    assert done.exit_code == 1
    assert "eleven digits" in done.output and A[6:] not in done.output
    assert list_decisions() == []


def test_contradicting_records_are_merged_only_when_said_so(warehouse):
    enter_donors(warehouse, donor_line(1, A), donor_line(2, B, birth="1960-01-01"))
    refused = janus("merge", *WHY, lines=f"{A}\n{B}\n")

    assert refused.exit_code == 1
    assert "agree on birth_date" in refused.output
    assert donor_of(warehouse, A) != donor_of(warehouse, B)

    done = janus("merge", *WHY, "--although-different", lines=f"{A}\n{B}\n")

    assert done.exit_code == 0
    assert "contradict each other in birth_date" in done.output
    assert list_decisions()[0].differences == ["birth_date"]


def test_an_undone_merge_leaves_all_as_it_was(bank):
    before = vault(bank)
    change_numbers(bank, (A, B, "01.02.1990"), others=False)
    merged = [row[2] for row in vault(bank)]

    done = janus("undo", "1", *WHY)

    assert done.exit_code == 0, done.output
    assert vault(bank) == before != merged
    assert {key: donor for key, donor in assignments(bank).items() if key != donor} == {
        key_of(bank, "J0000002"): donor_of(bank, B)
    }
    assert broken_links() == []


def test_whom_a_decision_keeps_apart_the_register_does_not_join_again(bank):
    change_numbers(bank, (A, B, "01.02.1990"), name="one", as_of=date(2020, 12, 31))
    janus("undo", "1", *WHY)

    outcome = change_numbers(bank, (A, B, "01.02.1990"), name="two")

    assert outcome.rows_quarantined == 1
    assert broken_rules(bank) == [(2, ["new_number.consistent"])]
    assert donor_of(bank, A) != donor_of(bank, B)


def test_nor_does_it_by_way_of_a_third(bank):
    janus("merge", *WHY, lines=f"{A}\n{B}\n")
    janus("undo", "1", *WHY)

    outcome = change_numbers(bank, (A, C, "01.02.1990"), (C, B, "01.02.2000"))

    assert bank.query(
        "select rows_failing, outcome from ops.check_results where run_id = %s "
        "and rule_id = 'new_number.joins_nobody_kept_apart'", outcome.delivery_id,
    ) == [(3, "warned")]  # fmt: skip
    assert donor_of(bank, A) != donor_of(bank, B)
    assert len({donor_of(bank, number) for number in (A, B, C)}) == 3
    assert [d.kind for d in list_decisions()] == ["merge", "undo"]


def test_an_undo_can_be_undone_and_then_the_register_is_followed_again(bank):
    change_numbers(bank, (A, B, "01.02.1990"), name="one", as_of=date(2020, 12, 31))
    joined = vault(bank)
    janus("undo", "1", *WHY)

    assert janus("undo", "2", *WHY).exit_code == 0

    assert vault(bank) == joined
    outcome = change_numbers(bank, (A, B, "01.02.1990"), name="two")
    assert outcome.rows_quarantined == 0


def test_what_a_later_decision_builds_on_is_undone_after_it(bank):
    top, middle, last = sorted((A, B, C), key=lambda number: donor_of(bank, number))
    janus("merge", *WHY, lines=f"{middle}\n{last}\n")
    joined = vault(bank)
    janus("merge", *WHY, lines=f"{top}\n{middle}\n")

    too_early = janus("undo", "1", *WHY)

    assert too_early.exit_code == 1
    assert "decision 2 builds on decision 1" in too_early.output
    assert janus("undo", "2", *WHY).exit_code == 0
    assert vault(bank) == joined
    assert janus("undo", "1", *WHY).exit_code == 0
    assert len({donor_of(bank, number) for number in (A, B, C)}) == 3


def test_an_undone_decision_is_not_undone_twice(bank):
    janus("merge", *WHY, lines=f"{A}\n{B}\n")
    janus("undo", "1", *WHY)
    again = janus("undo", "1", *WHY)

    assert again.exit_code == 1
    assert "undone before, by decision 2" in again.output
    assert "found none of 99" in janus("undo", "99", *WHY).output


def test_a_split_number_gets_a_donor_of_its_own_with_what_belongs_to_it(bank):
    change_numbers(bank, (A, E, "01.02.1990"), others=False)
    first = donor_of(bank, A)

    done = janus("split", *WHY, lines=f"{E}\n")

    assert done.exit_code == 0, done.output
    assert E not in done.output
    assert donor_of(bank, E) == key_of(bank, E) != first
    assert donor_of(bank, A) == first
    assert assignments(bank) == {key_of(bank, E): key_of(bank, E)}


def test_after_a_split_the_register_does_not_join_them_again_until_it_tells_otherwise(bank):
    change_numbers(bank, (A, E, "01.02.1990"), name="one", as_of=date(2020, 12, 31))
    janus("split", *WHY, lines=f"{E}\n")

    again = change_numbers(bank, (A, E, "01.02.1990"), name="two", as_of=date(2021, 12, 31))
    assert again.rows_quarantined == 1
    # It was the second donor's number all the time, and the register has mended it.
    mended = change_numbers(bank, (B, E, "01.02.1990"), name="three")

    assert mended.rows_quarantined == 0
    assert donor_of(bank, E) == donor_of(bank, B) != donor_of(bank, A)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(f"{B}\ndonor_number: J0000002\n", "nobody to split from", id="the only ones"),
        pytest.param(f"{A}\n", "name the others instead", id="the first, which the key is of"),
        pytest.param(f"{B}\n{C}\n", "found those of 2", id="of two donors"),
        pytest.param(f"{E}\n", "1 unknown of 1", id="unknown"),
    ],
)
def test_what_cannot_be_split_stays(bank, lines, expected):
    before = vault(bank)
    done = janus("split", *WHY, lines=lines)

    assert done.exit_code == 1
    assert expected in " ".join(done.output.split())
    assert vault(bank) == before and list_decisions() == []


def test_a_withdrawal_stays_where_it_was_recorded_and_the_curator_is_told(bank):
    janus("merge", *WHY, lines=f"{A}\n{B}\n")
    record_withdrawals([A], system="national_number", withdrawn=date(2023, 5, 5))
    stands = donor_of(bank, A)

    done = janus("undo", "1", *WHY)

    assert f"look: a withdrawal is recorded for {stands}" in " ".join(done.output.split())
    assert bank.query("select donor_id from governance.withdrawn_donors") == [(stands,)]


def test_a_withdrawal_holds_under_every_key_of_the_person(bank):
    keys = sorted(donor_of(bank, number) for number in (A, B))
    record_withdrawals([B], system="national_number", withdrawn=date(2023, 5, 5))

    done = janus("merge", *WHY, lines=f"{A}\n{B}\n")

    assert "holds for the person" in done.output
    found = bank.query(
        "select donor_id, withdrawn_date from governance.withdrawn_donors order by 1"
    )
    assert found == [(key, date(2023, 5, 5)) for key in keys]


def test_a_person_is_shown_by_any_key_without_a_number(bank):
    first, second = donor_of(bank, A), donor_of(bank, B)
    change_numbers(bank, (A, B, "01.02.1990"), others=False)

    person = show_person(second)
    shown = janus("show", second)

    assert (person.donor_id, person.former_ids) == (first, (second,))
    assert [(k.kind, k.rows, k.valid_to) for k in person.identifiers] == [
        ("donor_number", 0, None),
        ("donor_number", 0, None),
        ("national_number", 2, date(1990, 2, 1)),
        ("national_number", 1, None),
    ]
    assert [d.decision_id for d in person.decisions] == [1]
    assert shown.exit_code == 0 and first in shown.output
    listed = janus("decisions").output
    for number in (A, B, "J0000001", "J0000002"):
        assert number not in shown.output and number not in listed
    assert "found none of D0" in janus("show", "D0").output


def test_people_of_a_public_file_are_one_person_each(warehouse):
    for n in (1, 2):
        warehouse.query(
            "insert into identity.donors (donor_id, registered_by) values (%s, 'test')", f"N{n}"
        )
        warehouse.query(
            "insert into identity.identifiers (system, value, donor_id, delivery_id) "
            "values ('seqn', %s, %s, 'test')", str(n), f"N{n}",
        )  # fmt: skip
    done = janus("merge", *WHY, "--system", "seqn", lines="1\n2\n")

    assert done.exit_code == 1
    assert "known by seqn" in done.output


def test_a_rebuild_from_nothing_gives_the_same_keys(bank, server, monkeypatch, tmp_path):
    """The deliveries of this bank, taken in by another database in another order."""
    import os

    import psycopg

    from janus_warehouse.deliveries import ingest, scan_landing
    from janus_warehouse.deliveries.ledger import unsettled
    from janus_warehouse.platform import database
    from janus_warehouse.platform.settings import get_settings

    change_numbers(bank, (A, B, "01.02.1990"), (B, C, "01.02.2000"), (D, E, "01.02.2000"))
    wanted = vault(bank)
    landing = bank.home / "landing"
    name = f"again_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"create database {name} template janus")
    monkeypatch.setenv("JANUS_DATABASE_URL", f"{server.rsplit('/', 1)[0]}/{name}")
    monkeypatch.setenv("JANUS_HOME", str(tmp_path / "other"))
    monkeypatch.setenv("JANUS_LANDING_URL", str(landing))
    get_settings.cache_clear()
    scan_landing()
    with database.connect(database.Role.loader) as connection:
        waiting = [delivery.delivery_id for delivery in unsettled(connection)]
    for delivery_id in reversed(waiting):
        ingest(delivery_id)
    with psycopg.connect(database.url(), autocommit=True) as connection:
        found = connection.execute(
            "select system, value, donor_id, merged_into from identity.identifiers "
            "inner join identity.donors using (donor_id) order by 1, 2"
        ).fetchall()
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"drop database {name} with (force)")

    assert found == wanted
