"""Codes that the contract does not list: named with their number of rows, if they are codes."""

import json

from small_bank import NUMBERS

HEADER = "bank_number;attended;height;smokes;town\n"


def answers(codes: dict[str, int]) -> dict[str, str]:
    """Return a file of the survey in which so many rows have each code."""
    lines = [
        f"B{n % 4};1985-03-01;170;{code};Oslo\n"
        for code, times in codes.items()
        for n in range(times)
    ]
    return {"answers.csv": HEADER + "".join(lines)}


def found(bank, outcome) -> str:
    """Return what the report tells of the cells that break the rule about codes."""
    report = json.loads((bank.report(outcome.delivery_id) / "report.json").read_text())
    [told] = [check["found"] for check in report["checks"] if check["rule_id"] == "smokes.codes"]
    return told


def test_new_codes_are_named_with_their_counts_in_the_report(people):
    outcome = people.ingest(answers({"1": 30, "3": 5, "X": 7, "4": 4}), source="survey")

    assert (outcome.state, outcome.rows_quarantined) == ("accepted", 16)
    assert found(people, outcome) == "Found X in 7 rows, 3 in 5 rows, others in 4 rows."
    page = (people.report(outcome.delivery_id) / "report.html").read_text()
    assert "Found X in 7 rows, 3 in 5 rows, others in 4 rows." in page


def test_a_file_with_a_new_code_in_too_many_rows_is_refused_and_the_code_is_named(people):
    outcome = people.ingest(answers({"1": 10, "3": 12, "5": 2}), source="survey")

    assert people.refused(outcome) == (
        "answers.csv, column smokes, rule smokes.codes: expected at most 40 % to fail, found 14 "
        "of 24 rows (lines 12, 13, 14, 15, 16, …). A filled cell holds one of the codes listed "
        "for the column. Found 3 in 12 rows, others in 2 rows. Mend the lines listed in "
        "failing_rows.csv and send the file again"
    )


def test_what_stands_in_few_rows_or_is_no_code_is_counted_and_not_shown(people):
    odd = {"4": 4, NUMBERS[0]: 6, "Kari Telltale": 6, "Kari-Kari": 6, "x" * 13: 6}
    outcome = people.ingest(answers({"1": 90, **odd}), source="survey")

    assert outcome.rows_quarantined == 28
    assert found(people, outcome) == ""
    page = (people.report(outcome.delivery_id) / "report.html").read_text()
    assert not [text for text in odd if len(text) > 1 and text in page]


def test_of_many_new_codes_the_ten_most_frequent_are_named(people):
    outcome = people.ingest(answers({"1": 150, **{f"N{n}": 5 for n in range(12)}, "N3": 6}),
                            source="survey")  # fmt: skip

    assert found(people, outcome) == (
        "Found N3 in 6 rows, N0 in 5 rows, N1 in 5 rows, N10 in 5 rows, N11 in 5 rows, "
        "N2 in 5 rows, N4 in 5 rows, N5 in 5 rows, N6 in 5 rows, N7 in 5 rows, "
        "others in 10 rows."
    )
