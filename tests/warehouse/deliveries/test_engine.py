"""The engine: what comes in is accepted, quarantined or refused, and the three add up."""

from datetime import date

import pytest
from small_files import ENOUGH, NUMBERS, donors, draws
from small_files import header as column_names

from janus_warehouse.deliveries import find_deliveries, ingest, retry, scan_landing
from janus_warehouse.errors import WarehouseError


@pytest.fixture
def bank(warehouse):
    """A warehouse whose donors are known."""
    ingest(warehouse.deliver("first", {"donors.csv": donors()}, source="biobank"))
    return warehouse


def test_rows_enter_typed_and_without_identifiers(bank):
    [(rows, born)] = bank.query("select count(*), min(birth_date) from raw.biobank__donors")

    assert (rows, born) == (ENOUGH, date(1950, 5, 5))
    columns = {c for (c,) in bank.query(
        "select column_name from information_schema.columns "
        "where table_schema = 'raw' and table_name = 'biobank__donors'")}  # fmt: skip
    assert "donor_id" in columns
    assert not columns & {"person_number", "donor_number"}


def test_every_declared_rule_leaves_a_row_in_the_ledger(bank):
    from janus_warehouse.contracts import load_contracts

    [contract] = [c for c in load_contracts() if c.raw_name == "biobank__donors"]
    written = bank.query("select rule_id, rows_seen, outcome from ops.check_results")

    assert {rule for rule, _, _ in written} == {rule.rule_id for rule in contract.rules}
    assert {(seen, outcome) for _, seen, outcome in written} == {(ENOUGH, "passed")}


def test_all_identifiers_of_a_person_lead_to_one_donor(bank):
    pairs = bank.query(
        "select count(*), count(distinct n.donor_id) from identity.identifiers as n "
        "inner join identity.identifiers as d on n.donor_id = d.donor_id "
        "where n.system = 'national_number' and d.system = 'donor_number'"
    )

    assert pairs == [(ENOUGH, ENOUGH)]


def test_donor_keys_are_the_same_on_every_machine_with_the_same_key(bank):
    import hashlib
    import hmac

    from janus_warehouse.platform.settings import get_settings

    key = get_settings().derived_secret("identity:donor").encode()
    message = f"national_number:{NUMBERS[0]}".encode()
    expected = "D" + hmac.new(key, message, hashlib.sha256).hexdigest()[:16].upper()

    found = bank.query("select donor_id from identity.identifiers where value = %s", NUMBERS[0])
    assert found == [(expected,)]


def test_a_row_that_leans_on_a_quarantined_row_goes_with_it(warehouse):
    files = {
        "donors.csv": donors(row_7=f"J0000007;{NUMBERS[6]};3;1950-05-05;survey;active;"),
        "draws.csv": draws(),
    }
    outcome = ingest(warehouse.deliver("cascade", files, source="biobank"))

    assert (outcome.state, outcome.rows_accepted, outcome.rows_quarantined) == (
        "accepted", 2 * (ENOUGH - 1), 2,
    )  # fmt: skip
    assert warehouse.query(
        "select table_name, line_number, rule_ids from quarantine.rows order by 1"
    ) == [("donors", 8, ["sex_code.codes"]), ("draws", 8, ["person.known"])]
    assert warehouse.query(
        "select rows_failing, outcome from ops.check_results where rule_id = 'person.known'"
    ) == [(1, "quarantined")]


def test_a_table_may_refer_to_another_of_the_same_delivery(warehouse):
    tubes = [
        f"{n:010d};D{n:08d};SER;400;0;F1;R001;B{n % 90 + 10};A{n % 90 + 10};stored;"
        for n in range(1, ENOUGH + 1)
    ]
    first = column_names("biobank__tubes")
    files = {
        "donors.csv": donors(row_7=f"J0000007;{NUMBERS[6]};3;1950-05-05;survey;active;"),
        "draws.csv": draws(),
        "tubes.csv": "\n".join([first, *tubes]) + "\n",
    }
    outcome = ingest(warehouse.deliver("whole", files, source="biobank"))

    assert (outcome.state, outcome.reason) == ("accepted", None)
    assert warehouse.query(
        "select table_name, rule_ids from quarantine.rows order by 1"
    ) == [
        ("donors", ["sex_code.codes"]), ("draws", ["person.known"]), ("tubes", ["draw_is_known"]),
    ]  # fmt: skip


def test_quarantine_keeps_the_row_without_the_identifiers(warehouse):
    line = f"J0000007;{NUMBERS[6]};3;1950-05-05;survey;active;"
    ingest(warehouse.deliver("bad", {"donors.csv": donors(row_7=line)}, source="biobank"))

    [(content,)] = warehouse.query("select content from quarantine.rows")
    assert content["sex_code"] == "3"
    assert not {"person_number", "donor_number"} & set(content)


def test_over_the_tolerance_the_delivery_is_refused_and_leaves_nothing(warehouse):
    bad = {f"row_{n}": f"J{n:07d};{NUMBERS[n - 1]};3;1950-05-05;survey;active;" for n in (3, 5, 9)}
    outcome = ingest(warehouse.deliver("bad", {"donors.csv": donors(**bad)}, source="biobank"))

    assert outcome.state == "refused"
    assert outcome.rows_refused == ENOUGH
    assert outcome.reason is not None
    assert "rule sex_code.codes: expected at most 1 % to fail, found 3 of 200" in outcome.reason
    assert warehouse.query(
        "select (select count(*) from raw.biobank__donors), "
        "(select count(*) from identity.identifiers), (select count(*) from quarantine.rows), "
        "(select count(*) from pg_tables where schemaname = 'landing')"
    ) == [(0, 0, 0, 0)]
    lines = warehouse.home / "reports/deliveries" / outcome.delivery_id / "failing_rows.csv"
    assert lines.read_text().splitlines() == [
        "table,line,rule,column,consequence",
        "donors,4,sex_code.codes,sex_code,quarantine",
        "donors,6,sex_code.codes,sex_code,quarantine",
        "donors,10,sex_code.codes,sex_code,quarantine",
    ]


def test_what_a_delivery_leans_on_is_settled_first(warehouse):
    draws_id = warehouse.deliver(
        "draws", {"draws.csv": draws()}, source="biobank", as_of=date(2021, 1, 1)
    )
    donors_id = warehouse.deliver("donors", {"donors.csv": donors()}, source="biobank")
    assert set(find_deliveries("inventory")) == {draws_id, donors_id}

    assert ingest(draws_id).rows_accepted == ENOUGH
    assert warehouse.query(
        "select state from ops.deliveries where delivery_id = %s", donors_id
    ) == [("accepted",)]


def test_a_restatement_replaces_what_dbt_sees_and_nothing_else(bank):
    second = ingest(
        bank.deliver("later", {"donors.csv": donors(NUMBERS[:150])}, source="biobank",
                     as_of=date(2024, 12, 31))
    )  # fmt: skip

    assert bank.query("select count(*) from raw.biobank__donors") == [(ENOUGH + 150,)]
    assert bank.query("select delivery_id from ops.current_tables") == [(second.delivery_id,)]


def test_the_same_content_in_another_folder_is_a_no_op(bank):
    again = bank.deliver("again", {"donors.csv": donors()}, source="biobank")

    result = scan_landing()
    assert (result.new, set(result.known)) == ((), {again})
    assert find_deliveries("inventory") == []
    assert ingest(again).state == "accepted"
    assert bank.query("select count(*) from raw.biobank__donors") == [(ENOUGH,)]


def test_a_correction_takes_the_place_of_what_it_corrects(bank):
    [(first,)] = bank.query("select delivery_id from ops.deliveries")
    fixed = ingest(
        bank.deliver("fixed", {"donors.csv": donors(NUMBERS[:199])}, source="biobank",
                     supersedes=first)
    )  # fmt: skip

    assert bank.query(
        "select state, superseded_by from ops.deliveries where delivery_id = %s", first
    ) == [("superseded", fixed.delivery_id)]
    assert bank.query("select delivery_id from ops.current_tables") == [(fixed.delivery_id,)]


def test_a_changed_number_leads_to_the_same_donor(bank):
    old, new = NUMBERS[0], NUMBERS[ENOUGH]
    changes = "person_number,new_number,changed_date\n" + f"{old},{new},01.02.1990\n"
    ingest(bank.deliver("register", {"number_changes.csv": changes}, source="population_register"))

    assert bank.query(
        "select count(distinct donor_id), count(*) from identity.identifiers where value = any(%s)",
        [old, new],
    ) == [(1, 2)]
    assert bank.query("select valid_to from identity.identifiers where value = %s", old) == [
        (date(1990, 2, 1),)
    ]


def test_each_change_of_state_is_recorded_with_its_actor(bank):
    states = bank.query("select state from ops.delivery_events order by event_id")

    assert [state for (state,) in states] == [
        "received", "verified", "loaded", "checked", "accepted",
    ]  # fmt: skip
    assert bank.query("select distinct actor <> '' from ops.delivery_events") == [(True,)]
    assert bank.query("select action from ops.audit") == [("delivery accepted",)]


def test_the_pages_of_a_delivery_stand_alone_and_count(bank):
    [(delivery_id,)] = bank.query("select delivery_id from ops.deliveries")
    page = (bank.home / "data-docs" / delivery_id / "donors.html").read_text()
    index = (bank.home / "data-docs" / "index.html").read_text()

    assert "sex_code.codes" in page
    assert f"0 of {ENOUGH} rows" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page
    assert f"{delivery_id}/donors.html" in index
    assert not any(number in page for number in NUMBERS)


def test_a_refused_delivery_is_tried_again_once_what_it_lacked_has_come(warehouse):
    early = warehouse.deliver("draws", {"draws.csv": draws()}, source="biobank")
    assert ingest(early).is_refused

    ingest(warehouse.deliver("donors", {"donors.csv": donors()}, source="biobank"))
    retry(early)

    assert ingest(early).rows_accepted == ENOUGH
    with pytest.raises(WarehouseError, match="only a refused delivery is tried again"):
        retry(early)
