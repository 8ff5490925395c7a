"""A survey delivered twice with differences: compared person by person, held when in doubt."""

import json
from datetime import date

import pytest
from small_bank import Bank

FIRST, AGAIN = date(2000, 12, 31), date(2001, 12, 31)
ATTENDERS = 40
Row = tuple[str, str, str]


def answers() -> dict[str, Row]:
    """Return height, smoking and town of each attender; of some one is missing."""
    rows = {f"B{n}": (str(150 + n), "12"[n % 2], "Bodø") for n in range(ATTENDERS)}
    return {
        **rows,
        "B0": ("999", "1", "Bodø"),
        "B1": ("151", "9", "Bodø"),
        "B2": ("152", "1", ""),
        "B4": ("999,9", "1", "Bodø"),
    }


def written(rows: dict[str, Row]) -> dict[str, str]:
    lines = [f"{who};1985-03-01;{';'.join(row)}\n" for who, row in rows.items()]
    return {"answers.csv": "bank_number;attended;height;smokes;town\n" + "".join(lines)}


@pytest.fixture
def surveyed(bank: Bank) -> Bank:
    """Give the small bank with people and the first delivery of the survey."""
    from janus_warehouse.identity.numbers import is_valid

    numbers = (f"018150{n:05d}" for n in range(10_000, 99_999))
    crowd = [number for number in numbers if is_valid(number)][: ATTENDERS + 1]
    people = "number;bank_number;sex_code;birth_date\n" + "".join(
        f"{number};B{n};1;1950-01-01\n" for n, number in enumerate(crowd)
    )
    assert bank.ingest({"people.csv": people}, name="people").rows_accepted == ATTENDERS + 1
    assert bank.ingest(written(answers()), source="survey", as_of=FIRST).state == "accepted"
    return bank


def again(bank: Bank, rows: dict[str, Row], **given):
    """Send the survey a second time and ingest it."""
    return bank.ingest(written(rows), source="survey", name="again", **{"as_of": AGAIN, **given})


def figures(bank: Bank, delivery_id: str, section: str) -> dict[str, int]:
    """Return value by item, with the column where there is one, of a section of the report."""
    return {
        f"{dimensions['column']} {item}" if dimensions else item: int(value)
        for item, dimensions, value in bank.query(
            "select item, dimensions, value from ops.linkage_figures "
            "where delivery_id = %s and section = %s", delivery_id, section,
        )
    }  # fmt: skip


def first_delivery(bank: Bank) -> str:
    [(found,)] = bank.query(
        "select delivery_id from ops.deliveries where source = 'survey' and as_of = %s", FIRST
    )
    return found


def test_a_survey_sent_again_is_compared_person_by_person_and_only_counts_are_told(surveyed):
    rows = answers()
    del rows["B9"]
    rows["B40"] = ("190", "1", "Molde")  # was not there before
    rows["B0"] = ("177", "1", "Bodø")  # was not measured
    rows["B2"] = ("999", "9", "Bodø")  # two answers gone, one there now
    rows["B3"] = ("153", "1", "Tromsø")  # another code and another town
    outcome = again(surveyed, rows)

    assert (outcome.state, outcome.rows_accepted) == ("accepted", ATTENDERS)
    assert figures(surveyed, outcome.delivery_id, "answers") == {
        "new": 1, "gone": 1, "changed": 3, "unchanged": 36,
    }  # fmt: skip
    assert figures(surveyed, outcome.delivery_id, "answers_by_column") == {
        "height filled": 1, "height emptied": 1, "smokes emptied": 1, "smokes changed": 1,
        "town filled": 1, "town changed": 1,
    }  # fmt: skip
    folder = surveyed.warehouse.home / "reports" / "linkages" / outcome.delivery_id
    page = (folder / "report.html").read_text()
    assert "Which answers changed" in page and "persons who are no longer there" in page
    assert "Compared with the delivery before it, as of 2000-12-31" in page
    told = page + (folder / "report.json").read_text()
    assert not [value for value in ("B9", "Molde", "Tromsø", "177") if value in told]
    linked = json.loads((surveyed.report(outcome.delivery_id) / "report.json").read_text())
    assert linked["linkage_report"].endswith("report.html")
    assert surveyed.query("select delivery_id from ops.current_tables where source = 'survey'") == [
        (outcome.delivery_id,)
    ]


def test_a_survey_that_lacks_more_attenders_than_borne_is_held(surveyed):
    from janus_warehouse.deliveries import decide, settle

    rows = {who: row for who, row in answers().items() if who not in ("B7", "B8", "B9")}
    outcome = again(surveyed, rows)

    assert (outcome.state, outcome.reason) == (
        "held",
        "answers: 3 of 40 persons of the delivery before are not in this one (7.5 %); the "
        "contract bears 5 %",
    )
    decide(outcome.delivery_id, accept=False, reason="a cut file")
    assert settle(outcome.delivery_id).state == "refused"
    assert surveyed.query("select delivery_id from ops.current_tables where source = 'survey'") == [
        (first_delivery(surveyed),)
    ]


def test_as_many_attenders_gone_as_are_borne_hold_nothing(surveyed):
    rows = {who: row for who, row in answers().items() if who not in ("B8", "B9")}

    assert again(surveyed, rows).state == "accepted"


def test_a_column_that_says_something_else_of_many_is_held(surveyed):
    swapped = {"1": "2", "2": "1", "9": "9"}
    rows = {who: (height, swapped[code], town) for who, (height, code, town) in answers().items()}
    outcome = again(surveyed, rows)

    assert (outcome.state, outcome.reason) == (
        "held",
        "answers: smokes says something else of 39 of the 40 persons in both deliveries "
        "(97.5 %); the contract bears 20 %",
    )


def test_a_correction_is_compared_with_what_it_takes_the_place_of(surveyed):
    corrected = first_delivery(surveyed)
    rows = {**answers(), "B5": ("999", "2", "Bodø")}
    outcome = again(surveyed, rows, as_of=FIRST, supersedes=corrected)

    assert outcome.state == "accepted"
    assert figures(surveyed, outcome.delivery_id, "answers_by_column") == {"height emptied": 1}
    assert surveyed.query(
        "select state from ops.deliveries where delivery_id = %s", corrected
    ) == [("superseded",)]  # fmt: skip


def test_whom_a_rule_sets_aside_the_second_time_is_not_counted_as_gone(surveyed):
    rows = {**answers(), "B5": ("155", "7", "Bodø"), "B6": ("156", "7", "Bodø"),
            "B7": ("157", "7", "Bodø")}  # fmt: skip
    outcome = again(surveyed, rows)

    assert (outcome.state, outcome.rows_quarantined) == ("accepted", 3)
    assert figures(surveyed, outcome.delivery_id, "answers") == {"set_aside": 3, "unchanged": 37}
