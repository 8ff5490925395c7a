"""The demo's comparison with the answer key tells every kind of difference."""

import copy

import pytest
import yaml

from janus_warehouse.demo.answer_key import unexpected_outcomes

TABLE = {
    "table": "cases", "path": "cases.csv", "rows": 10, "accepted": 8, "quarantined": 2,
    "by_rule": {"key.unique": 2}, "warnings": {"stage.missing": 1}, "lines": {},
    "flags": {"IARC-DCO-VITAL": ["T1", "T2"]},
}  # fmt: skip
KEY = {
    "deliveries": [
        {"folder": "registry/2020", "delivery_id": "r-2020", "outcome": "accepted", "why": "",
         "supersedes": None, "tables": [TABLE]},
        {"folder": "lab/bad", "delivery_id": "l-bad", "outcome": "refused", "why": "wrong unit",
         "supersedes": None, "tables": []},
        {"folder": "registry/half", "delivery_id": "r-half", "outcome": "held", "why": "half",
         "supersedes": None, "tables": []},
        {"folder": "lab/copying", "delivery_id": None, "outcome": "copying",
         "why": "still being copied", "supersedes": None, "tables": []},
    ],
    "completeness": {"oslo_1972": {"height_cm": {"values": 7, "not_answered": 1}}},
}  # fmt: skip
DOCUMENT = {
    "deliveries": [
        {"delivery_id": "r-2020", "folder": "registry/2020", "state": "accepted", "reason": None,
         "rows_received": 10, "rows_accepted": 8, "rows_quarantined": 2},
        {"delivery_id": "l-bad", "folder": "lab/bad", "state": "refused", "reason": "unit",
         "rows_received": 5, "rows_accepted": 0, "rows_quarantined": 0},
        {"delivery_id": "r-half", "folder": "registry/half", "state": "held", "reason": "fewer",
         "rows_received": 5, "rows_accepted": 0, "rows_quarantined": 0},
    ],
    "case_flags": {"r-2020": {"IARC-DCO-VITAL": 2}},
    "completeness": {
        "oslo_1972": {
            "height_cm": {"not_answered": 1, "values": 7}, "waist_cm": {"not_asked": 8},
        },
    },
    "checks": {
        "not_passed": [
            {"run_id": "r-2020", "subject": "cases", "rule_id": "key.unique", "rows_failing": 2},
            {"run_id": "r-2020", "subject": "cases", "rule_id": "stage.missing",
             "rows_failing": 1},
            {"run_id": "l-bad", "subject": "results", "rule_id": "unit", "rows_failing": 5},
        ]
    },
}  # fmt: skip


@pytest.fixture
def compare(tmp_path):
    """Return a function that compares the key with a document changed by its argument."""

    def run(change=lambda document: None) -> list[str]:
        (tmp_path / "answer_key.yaml").write_text(yaml.safe_dump(KEY))
        document = copy.deepcopy(DOCUMENT)
        change(document)
        return unexpected_outcomes(tmp_path / "answer_key.yaml", document)

    return run


def test_nothing_is_unexpected_when_all_went_as_planted(compare):
    assert compare() == []


def test_a_wrongly_accepted_delivery_is_told_with_what_was_planted(compare):
    (told,) = compare(lambda document: document["deliveries"][1].update(state="accepted"))

    assert "lab/bad" in told and "should be refused: wrong unit" in told


def test_a_doubtful_delivery_that_was_not_held_is_told(compare):
    (told,) = compare(lambda document: document["deliveries"][2].update(state="accepted"))

    assert "registry/half" in told and "should be held: half" in told


def test_a_wrongly_refused_delivery_is_told_with_its_reason(compare):
    refused = {"state": "refused", "reason": "no such column"}
    (told,) = compare(lambda document: document["deliveries"][0].update(refused))

    assert "is refused and should be accepted: no such column" in told


def test_a_row_too_few_is_told(compare):
    (told,) = compare(lambda document: document["deliveries"][0].update(rows_accepted=7))

    assert "rows_accepted is 7 and should be 8" in told


def test_a_rule_that_found_too_little_is_told(compare):
    def find_less(document):
        document["checks"]["not_passed"][0]["rows_failing"] = 1

    (told,) = compare(find_less)
    assert "breaks key.unique in 1 rows and should in 2" in told


def test_a_rule_that_nobody_planted_is_told(compare):
    extra = {"run_id": "r-2020", "subject": "cases", "rule_id": "date.type", "rows_failing": 3}
    (told,) = compare(lambda document: document["checks"]["not_passed"].append(extra))

    assert "breaks date.type in 3 rows and should in 0" in told


def test_a_missing_delivery_is_told(compare):
    assert any(
        "registry/2020 is not in the ledger" in told
        for told in compare(lambda document: document["deliveries"].pop(0))
    )


def test_a_delivery_that_was_still_being_copied_must_not_be_taken_in(compare):
    early = {**DOCUMENT["deliveries"][0], "delivery_id": "x", "folder": "lab/copying"}
    (told,) = compare(lambda document: document["deliveries"].append(early))

    assert "lab/copying was taken in" in told


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        pytest.param({"IARC-DCO-VITAL": 1}, ["IARC-DCO-VITAL flags 1 tumours and should flag 2"],
                     id="one missed"),
        pytest.param({"IARC-DCO-VITAL": 2, "IARC-AGE": 3},
                     ["IARC-AGE flags 3 tumours and should flag 0"], id="three invented"),
        pytest.param({}, ["IARC-DCO-VITAL flags 0 tumours and should flag 2"], id="none at all"),
    ],
)  # fmt: skip
def test_a_rule_that_flags_other_tumours_than_planted_is_told(compare, flags, told):
    found = compare(lambda document: document.update(case_flags={"r-2020": flags}))

    assert [line.split(": ", 1)[1] for line in found] == told


def test_a_survey_variable_with_other_reasons_is_told(compare):
    def refuse(document):
        document["completeness"]["oslo_1972"]["height_cm"] = {"refused": 1, "values": 7}

    (told,) = compare(refuse)
    assert told == (
        "oslo_1972: height_cm is refused 1, values 7 and should be not_answered 1, values 7"
    )


def test_a_survey_that_is_not_in_the_marts_is_told(compare):
    (told,) = compare(lambda document: document.update(completeness={}))

    assert told.startswith("oslo_1972: height_cm is not there and should be")
