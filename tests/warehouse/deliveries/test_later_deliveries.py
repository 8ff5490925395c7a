"""Deliveries that follow others: chains of numbers, corrections, keys sent twice, empty tables."""

from datetime import date

import pytest
from small_files import ENOUGH, NUMBERS, donors, draws, header, number_changes

from janus_warehouse.deliveries import decide, ingest, retry
from janus_warehouse.deliveries.report import report_folder
from janus_warehouse.errors import WarehouseError

OLD, FRESH = NUMBERS[:ENOUGH], NUMBERS[ENOUGH:]
GOOD = [(old, new, "01.02.1990") for old, new in zip(OLD[5:], FRESH[5:], strict=False)]


@pytest.fixture
def bank(warehouse):
    """A warehouse whose donors are known."""
    ingest(warehouse.deliver("first", {"donors.csv": donors()}, source="biobank"))
    return warehouse


def register(bank, changes) -> object:
    files = {"number_changes.csv": number_changes(changes)}
    return ingest(bank.deliver("numbers", files, source="population_register"))


def test_a_number_that_changed_twice_leads_to_its_donor(bank):
    chain = [(FRESH[0], FRESH[1], "01.02.1995"), (OLD[0], FRESH[0], "01.02.1990")]
    outcome = register(bank, [*chain, *GOOD])

    assert (outcome.state, outcome.rows_quarantined) == ("accepted", 0)
    assert bank.query(
        "select count(distinct donor_id), count(*) from identity.identifiers where value = any(%s)",
        [OLD[0], FRESH[0], FRESH[1]],
    ) == [(1, 3)]


def test_a_chain_of_numbers_breaks_where_a_link_is_quarantined(bank):
    chain = [(OLD[0], FRESH[0], "31.02.1990"), (FRESH[0], FRESH[1], "01.02.1995")]
    outcome = register(bank, [*chain, *GOOD])

    assert (outcome.state, outcome.rows_quarantined) == ("accepted", 2)
    assert bank.query("select line_number, rule_ids from quarantine.rows order by 1") == [
        (2, ["changed_date.type"]),
        (3, ["person.known"]),
    ]
    assert bank.query(
        "select rows_failing, outcome from ops.check_results "
        "where rule_id = 'person.known' and run_id = %s",
        outcome.delivery_id,
    ) == [(1, "quarantined")]


def test_a_refused_delivery_that_was_corrected_is_not_taken_up_again(warehouse):
    bad = {f"row_{n}": f"J{n:07d};{NUMBERS[n - 1]};3;1950-05-05;survey;active;" for n in (3, 5, 9)}
    first = ingest(warehouse.deliver("bad", {"donors.csv": donors(**bad)}, source="biobank"))
    fixed = ingest(
        warehouse.deliver(
            "fixed", {"donors.csv": donors()}, source="biobank", supersedes=first.delivery_id
        )
    )

    assert (first.state, fixed.state) == ("refused", "accepted")
    with pytest.raises(WarehouseError, match=f"was corrected by {fixed.delivery_id}"):
        retry(first.delivery_id)


def test_a_delivery_that_is_tried_again_has_no_report_of_the_last_time(warehouse):
    early = warehouse.deliver("draws", {"draws.csv": draws()}, source="biobank")
    ingest(early)
    assert (report_folder(early) / "report.html").exists()

    retry(early)

    assert not report_folder(early).exists()


def shipment(rows: int, laboratory: str = "toxicology_lab") -> str:
    lines = [
        f"S{n:08d};J{n:07d};{n:010d};project-1;{laboratory};2019-01-02;0;;;;;;"
        for n in range(1, rows + 1)
    ]
    return "\n".join([header("biobank__shipments"), *lines]) + "\n"


@pytest.fixture
def shipped(bank):
    """A bank whose tubes exist and have been shipped."""
    tubes = [
        f"{n:010d};D{n:08d};SER;400;0;F1;R001;B{n % 90 + 10};A{n % 90 + 10};stored;"
        for n in range(1, ENOUGH + 1)
    ]
    files = {
        "draws.csv": draws(),
        "tubes.csv": "\n".join([header("biobank__tubes"), *tubes]) + "\n",
        "shipments.csv": shipment(ENOUGH - 1),
    }
    outcome = ingest(bank.deliver("shipped", files, source="biobank"))
    assert (outcome.state, outcome.rows_quarantined) == ("accepted", 0), outcome.reason
    return bank


def test_a_study_code_sent_again_stops_at_the_door(shipped):
    outcome = ingest(
        shipped.deliver("again", {"shipments.csv": shipment(ENOUGH)}, source="biobank",
                        as_of=date(2023, 1, 1))
    )  # fmt: skip

    assert outcome.state == "refused"
    assert "rule study_code_is_new: expected at most 0.5 % to fail, found 199 of 200" in (
        outcome.reason or ""
    )


def test_the_same_file_for_another_day_does_not_count_twice(shipped):
    [(sent,)] = shipped.query(
        "select delivery_id from ops.delivery_tables where table_name = 'shipments'"
    )
    files = {"shipments.csv": shipment(ENOUGH - 1)}
    outcome = ingest(shipped.deliver("again", files, source="biobank", as_of=date(2023, 1, 1)))

    assert outcome.state == "refused"
    assert outcome.reason == (
        f"shipments.csv: the same file is already in, with {sent}; each delivery of biobank adds "
        "to the others, so its rows would count twice. Leave it out, or name the delivery that "
        "it corrects under supersedes"
    )


def test_a_correction_may_name_the_study_codes_that_it_replaces(shipped):
    [(sent,)] = shipped.query(
        "select delivery_id from ops.delivery_tables where table_name = 'shipments'"
    )
    files = {"shipments.csv": shipment(ENOUGH - 1, laboratory="serology_lab")}
    outcome = ingest(shipped.deliver("corrected", files, source="biobank", supersedes=sent))

    assert (outcome.state, outcome.rows_quarantined) == ("accepted", 0), outcome.reason


def test_a_table_that_restates_everything_may_state_that_there_is_nothing(bank):
    files = {
        "number_changes.csv": number_changes([]),
        "migrations.csv": "\n".join(
            [header("population_register__migrations")]
            + [f"{number},emigrated,01.02.1999" for number in OLD]
        )
        + "\n",
    }
    register(bank, GOOD)
    later = bank.deliver("later", files, source="population_register", as_of=date(2024, 1, 1))

    # Fewer changed numbers than before: a person is asked first.
    assert ingest(later).is_held
    decide(later, accept=True, reason="the register has taken all of them back")
    assert ingest(later).rows_accepted == ENOUGH
    assert bank.query(
        "select delivery_id from ops.current_tables where table_name = 'number_changes'"
    ) == [(later,)]


def test_a_manifest_is_not_written_for_an_unknown_source_or_a_day_to_come(warehouse):
    from janus_warehouse.errors import DeliveryRefusedError

    with pytest.raises(DeliveryRefusedError, match=r"unknown source sun_registry; expected one of"):
        warehouse.deliver("x", {"rays.csv": "a\n1\n"}, source="sun_registry")
    with pytest.raises(DeliveryRefusedError, match=r"as_of is 2999-01-01, which is still to come"):
        warehouse.deliver("x", {"donors.csv": donors()}, source="biobank", as_of=date(2999, 1, 1))
