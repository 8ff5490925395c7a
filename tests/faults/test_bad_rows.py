"""Rows that break a rule: set aside within the tolerance, refused with the delivery beyond it."""

import pytest
from small_bank import NUMBERS, PEOPLE, TUBES, VISITS


def assert_adds_up(bank, outcome, accepted: int, quarantined: int) -> None:
    """Assert an accepted delivery's rows in the outcome, the ledger, raw and the quarantine."""
    assert outcome.state == "accepted"
    assert (outcome.rows_accepted, outcome.rows_quarantined) == (accepted, quarantined)
    assert outcome.rows_received == accepted + quarantined
    assert bank.query(
        "select sum(rows_received), sum(rows_accepted), sum(rows_quarantined) "
        "from ops.delivery_tables where delivery_id = %s", outcome.delivery_id,
    ) == [(accepted + quarantined, accepted, quarantined)]  # fmt: skip
    left = bank.footprint(outcome.delivery_id)
    assert left["people"] + left["tubes"] + left["visits"] + left["deaths"] == accepted
    assert (left["quarantine"], left["landed"]) == (quarantined, 0)


def listed(bank, outcome) -> list[str]:
    """Return the lines of the sender's list of failing rows, without its header."""
    text = (bank.report(outcome.delivery_id) / "failing_rows.csv").read_text()
    return text.splitlines()[1:]


def test_both_rows_of_a_doubled_key_go_to_quarantine(people):
    outcome = people.ingest({"tubes.csv": TUBES + "T1;B1;1.5;1985-03-01;\n"})

    assert_adds_up(people, outcome, 3, 2)
    assert people.quarantine() == [("tubes", 3, ["key.unique"]), ("tubes", 6, ["key.unique"])]
    assert listed(people, outcome) == [
        "tubes,3,key.unique,tube,quarantine", "tubes,6,key.unique,tube,quarantine",
    ]  # fmt: skip


def test_more_doubled_keys_than_the_contract_bears_refuse_the_delivery(people):
    outcome = people.ingest({"tubes.csv": TUBES + "T1;B1;1.5;1985-03-01;\n" * 2})

    assert people.refused(outcome) == (
        "tubes.csv, column tube, rule key.unique: expected at most 2 rows to fail, found 3 of 6 "
        "rows (lines 3, 6, 7). No two rows share the key. Mend the lines listed in "
        "failing_rows.csv and send the file again"
    )
    assert outcome.rows_refused == 6


def test_dates_that_do_not_exist_or_are_written_otherwise_go_to_quarantine(people):
    content = TUBES.replace("1985-03-02", "1985-02-30").replace("1985-03-04", "04.03.1985")
    outcome = people.ingest({"tubes.csv": content})

    assert_adds_up(people, outcome, 2, 2)
    assert people.quarantine() == [("tubes", 3, ["drawn.type"]), ("tubes", 5, ["drawn.type"])]


def test_impossible_dates_beyond_the_tolerance_say_how_dates_are_written(people):
    outcome = people.ingest({"tubes.csv": TUBES.replace("1985-03-", "1985-13-")})

    assert people.refused(outcome) == (
        "tubes.csv, column drawn, rule drawn.type: expected at most 2 rows to fail, found 4 of 4 "
        "rows (lines 2, 3, 4, 5). A filled cell reads as: date as `yyyy-MM-dd`, for example "
        "`2022-12-31`. Mend the lines listed in failing_rows.csv and send the file again"
    )


def test_decimal_commas_where_points_are_agreed_are_refused(people):
    outcome = people.ingest({"tubes.csv": TUBES.replace("1.5", "1,5")})

    assert people.refused(outcome) == (
        "tubes.csv, column volume_ml, rule volume_ml.type: expected at most 2 rows to fail, "
        "found 4 of 4 rows (lines 2, 3, 4, 5). A filled cell reads as: number, decimal point. "
        "Mend the lines listed in failing_rows.csv and send the file again"
    )


def test_decimal_points_where_commas_are_agreed_are_refused(people):
    content = VISITS.replace("70,5", "70.5").encode("latin-1")
    outcome = people.ingest({"visits.csv": content}, source="clinic")

    assert people.refused(outcome) == (
        "visits.csv, column WEIGHT, rule weight_kg.type: expected at most 50 % to fail, found "
        "4 of 4 rows (lines 2, 3, 4, 5). A filled cell reads as: number, decimal comma. Mend the "
        "lines listed in failing_rows.csv and send the file again"
    )


def test_agreed_decimal_commas_and_latin_letters_enter_as_what_they_mean(people):
    outcome = people.ingest({"visits.csv": VISITS.encode("latin-1")}, source="clinic")

    assert_adds_up(people, outcome, 4, 0)
    assert people.query("select distinct weight_kg::text, town from raw.clinic__visits") == [
        ("70.5", "Bodø")
    ]


def test_a_share_of_failing_rows_exactly_at_the_tolerance_is_borne(people):
    content = VISITS.replace("70,5", "70.5", 2).encode("latin-1")

    assert_adds_up(people, people.ingest({"visits.csv": content}, source="clinic"), 2, 2)


def test_a_row_about_an_unknown_person_goes_to_quarantine(people):
    outcome = people.ingest({"tubes.csv": TUBES.replace("B2", "B9")})

    assert_adds_up(people, outcome, 3, 1)
    assert people.quarantine() == [("tubes", 4, ["person.known"])]
    assert people.query("select count(*) from identity.identifiers where value = 'B9'") == [(0,)]


def test_too_many_unknown_people_refuse_the_delivery(people):
    outcome = people.ingest({"tubes.csv": TUBES.replace(";B", ";X")})

    assert people.refused(outcome) == (
        "tubes.csv, column bank_number, rule person.known: expected at most 2 rows to fail, "
        "found 4 of 4 rows (lines 2, 3, 4, 5). The person is a donor of the bank. Mend the lines "
        "listed in failing_rows.csv and send the file again\n"
        "tubes.csv: nearly no row finds its person: is this the file of another population, or "
        "of another study?"
    )


def test_two_people_with_one_number_are_both_set_aside_and_neither_becomes_a_donor(bank):
    content = PEOPLE + f"{NUMBERS[0]};B8;1;1961-01-01\n"
    outcome = bank.ingest({"people.csv": content})

    assert_adds_up(bank, outcome, 3, 2)
    assert bank.quarantine() == [
        ("people", 2, ["number.unique"]), ("people", 6, ["number.unique"]),
    ]  # fmt: skip
    assert bank.query(
        "select count(*) from identity.identifiers where value = any(%s)", [NUMBERS[0], "B0", "B8"]
    ) == [(0,)]


def test_a_number_and_a_bank_number_of_two_known_people_do_not_mix(people):
    crossed = PEOPLE.replace(f"{NUMBERS[0]};B0", f"{NUMBERS[0]};B1", 1).replace(
        f"{NUMBERS[1]};B1", f"{NUMBERS[1]};B0", 1
    )
    outcome = people.ingest({"people.csv": crossed})

    assert_adds_up(people, outcome, 2, 2)
    assert people.quarantine() == [
        ("people", 2, ["bank_number.consistent"]), ("people", 3, ["bank_number.consistent"]),
    ]  # fmt: skip


@pytest.mark.parametrize("number", ["01815010261", "1815010260", "018150102600", "Kari"])
def test_a_number_with_wrong_check_digits_or_form_goes_to_quarantine(bank, number):
    outcome = bank.ingest({"people.csv": PEOPLE.replace(NUMBERS[0], number)})

    assert_adds_up(bank, outcome, 3, 1)
    assert bank.quarantine() == [("people", 2, ["person.valid"])]


def test_a_row_that_breaks_several_rules_is_set_aside_once_with_all_of_them(people):
    content = TUBES.replace("T1;B1;1.5;1985-03-02;", f"T1;;-1;x;{'n' * 41}")
    outcome = people.ingest({"tubes.csv": content})

    assert_adds_up(people, outcome, 3, 1)
    assert people.quarantine() == [
        ("tubes", 3, ["bank_number.required", "volume_ml.range", "drawn.type", "note.length"])
    ]


def test_line_numbers_stay_right_after_line_breaks_inside_quotes(people):
    content = TUBES.replace("1985-03-02;", '1985-03-02;"one\ntwo\nthree"').replace("T3;B3", "T3;X")
    outcome = people.ingest({"tubes.csv": content})

    assert_adds_up(people, outcome, 3, 1)
    assert people.quarantine() == [("tubes", 7, ["person.known"])]
    assert people.query("select line_number from raw.bank__tubes order by 1") == [(2,), (3,), (6,)]
    assert people.query("select note from raw.bank__tubes where tube = 'T1'") == [
        ("one\ntwo\nthree",)
    ]


def test_a_refused_delivery_lists_every_failing_line_without_values(people):
    outcome = people.ingest({"tubes.csv": TUBES.replace("1.5", "1,5").replace("B3", "B9")})

    people.refused(outcome)
    assert listed(people, outcome) == [
        "tubes,2,volume_ml.type,volume_ml,quarantine",
        "tubes,3,volume_ml.type,volume_ml,quarantine",
        "tubes,4,volume_ml.type,volume_ml,quarantine",
        "tubes,5,person.known,bank_number,quarantine",
        "tubes,5,volume_ml.type,volume_ml,quarantine",
    ]


def test_rows_left_without_their_person_by_the_quarantine_are_judged_with_it(bank):
    tubes = TUBES + "T4;B2;1;1985-03-05;\nT5;B2;1;1985-03-06;\n"
    outcome = bank.ingest({"people.csv": PEOPLE.replace("B2;1", "B2;7"), "tubes.csv": tubes})

    assert bank.refused(outcome) == (
        "tubes.csv, column bank_number, rule person.known: expected at most 2 rows to fail, "
        "found 3 of 6 rows (lines 4, 6, 7). The person is a donor of the bank. Mend the lines "
        "listed in failing_rows.csv and send the file again. Rows that lean on failing rows of "
        "the other files count as well"
    )
