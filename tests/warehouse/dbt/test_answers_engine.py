"""What the engine of the answers does beside the rules: tables, repeats, ranges, checks."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from answers_runner import answers_of
from tests import small_surveys

from janus_warehouse.surveys import Harmonisation, load_harmonisation


@pytest.fixture
def rules(tmp_path: Path) -> Harmonisation:
    """Give the rules of two small surveys; a check blanks heights of 120 cm and less."""
    folder = small_surveys.write(tmp_path)
    return load_harmonisation(folder / "metadata", folder / "expectations")


def first_wave(database, rules, *rows):
    return answers_of(database, rules.surveys["wave_1"], rules, {"wave_1": list(rows)})


def told(row, *variables):
    return [(row[name], row[f"{name}__missing"]) for name in variables]


def test_whoever_attended_twice_in_one_delivery_counts_once_with_the_latest_day(database, rules):
    rows = first_wave(
        database, rules,
        {"donor_id": "A", "attended_date": date(1974, 5, 1), "hoyde": 1.7, "line_number": 2},
        {"donor_id": "A", "attended_date": date(1975, 5, 1), "hoyde": 1.8, "line_number": 1},
        {"donor_id": "B", "attended_date": date(1974, 5, 1), "hoyde": 1.5, "line_number": 3},
        {"donor_id": "B", "attended_date": date(1974, 5, 1), "hoyde": 1.6, "line_number": 4},
    )  # fmt: skip

    assert [(row["donor_id"], row["attended_date"], row["height_cm"]) for row in rows] == [
        ("A", date(1975, 5, 1), 180), ("B", date(1974, 5, 1), 160),
    ]  # fmt: skip


def test_an_attendance_without_a_day_does_not_count_before_one_with_a_day(database, rules):
    rows = first_wave(
        database, rules,
        {"donor_id": "A", "attended_date": date(1974, 5, 1), "hoyde": 1.7, "line_number": 1},
        {"donor_id": "A", "attended_date": None, "hoyde": 1.8, "line_number": 2},
    )  # fmt: skip

    assert [(row["attended_date"], row["height_cm"]) for row in rows] == [(date(1974, 5, 1), 170)]


def test_whoever_stands_in_two_deliveries_has_a_row_of_each(database, rules):
    rows = first_wave(
        database, rules,
        {"donor_id": "A", "hoyde": 1.7}, {"donor_id": "A", "hoyde": 1.8, "delivery_id": "second"},
    )  # fmt: skip

    assert [(row["delivery_id"], row["height_cm"]) for row in rows] == [
        ("first", 170), ("second", 180),
    ]  # fmt: skip


def test_what_is_derived_is_worked_out_from_the_values_that_count(database, rules):
    good, out_of_range, short, unanswered = first_wave(
        database, rules,
        {"donor_id": "A", "hoyde": 1.8}, {"donor_id": "B", "hoyde": 2.31},
        {"donor_id": "C", "hoyde": 1.15}, {"donor_id": "D", "hoyde": 9.99},
    )  # fmt: skip

    names = ("height_cm", "height_squared_m2")
    assert told(good, *names) == [(180, None), (Decimal("3.24"), None)]
    assert told(out_of_range, *names) == [(None, "out_of_range"), (None, "out_of_range")]
    assert told(short, *names) == [(None, "inconsistent"), (None, "inconsistent")]
    assert told(unanswered, *names) == [(None, "not_answered"), (None, "not_answered")]


def test_a_check_fails_holds_or_has_no_verdict(database, rules):
    rows = first_wave(
        database, rules,
        {"donor_id": "A", "hoyde": 1.8}, {"donor_id": "B", "hoyde": 1.15}, {"donor_id": "C"},
    )  # fmt: skip

    assert [row["tall_enough__fails"] for row in rows] == [False, True, None]


def test_the_answer_as_delivered_stays_beside_the_value(database, rules):
    [row] = first_wave(database, rules, {"donor_id": "A", "hoyde": "9.99", "royk": "2", "gluk": 90})

    assert row["height_cm__original"] == "9.99"
    assert row["smoking__original"] == "2"
    assert (row["glucose_mmol_l"], row["glucose_mmol_l__original"]) == (5, "90")


def test_an_attender_without_a_row_in_the_second_table_stays(database, rules):
    survey = rules.surveys["wave_2"]
    tables = {
        "wave_2": [{"donor_id": "A", "royk": "1"}, {"donor_id": "B", "royk": "1"}],
        "wave_2_form": [{"donor_id": "B", "snus": "2"}, {"donor_id": "C", "snus": "2"}],
    }
    rows = answers_of(database, survey, rules, tables)

    assert [(row["donor_id"], *told(row, "smoking")) for row in rows] == [
        ("A", (None, "not_answered")), ("B", ("never", None)),
    ]  # fmt: skip
    assert [row["smoking__original"] for row in rows] == ["1", "1; 2"]


def test_a_code_that_no_rule_maps_can_be_told_from_an_answer_that_is_unknown(database, rules):
    rows = first_wave(
        database, rules, {"donor_id": "A", "royk": "7"}, {"donor_id": "B", "royk": "9"}
    )

    assert [told(row, "smoking") for row in rows] == [[(None, "unmapped")], [(None, "unknown")]]
