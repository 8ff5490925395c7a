"""Pictures of the quality page, which must be read without colour."""

import math
import re

import pytest

from janus_warehouse.assays.quality.charts import control_chart, control_in_words, plate_map, shown
from janus_warehouse.assays.quality.figures import LEVELS, level_of, marks_of

LIMITS = {"least_call_rate": 0.9, "largest_cv": 0.2, "largest_plate_deviation": 4}


def control(logs: list[float], mean: float = 0, sd: float = 1, unit: str = "ng/mL") -> dict:
    return {
        "logs": logs, "mean_log": mean, "sd_log": sd, "unit": unit, "n": len(logs), "n_plates": 2,
        "plates": ["P1"] * (len(logs) - 1) + ["P2"], "run_dates": ["2019-03-04"] * len(logs),
        "n_beyond_2": 2, "n_beyond_3": 1,
    }  # fmt: skip


def well(level: int | None, kind: str = "sample", *, again: bool = False) -> dict:
    return {"kind": kind, "is_repeated": again, "level": level, "n_values": 5, "n_measured": 4}


def test_a_value_beyond_two_and_three_sd_has_a_shape_of_its_own():
    drawn = control_chart(control([0, 1.9, -2.1, 2.9, -3.1, 0.5]))

    assert drawn.count("<circle") == 3
    assert len(re.findall(r'<path d="M[\d. ]+l6', drawn)) == drawn.count("beyond 2 SD</title>") == 2
    assert drawn.count("<rect") == drawn.count("beyond 3 SD</title>") == 1
    assert drawn.count('stroke-dasharray="5 4"') == 2


def test_few_values_have_no_limits():
    drawn = control_chart(control([0, 5, -5, 1, 0]))

    assert drawn.count("<circle") == 5 and "dasharray" not in drawn
    assert "too few for limits" in control_in_words(control([0, 5, -5, 1, 0]))


def test_numbers_on_the_axis_are_those_of_the_unit():
    assert shown(math.log(250), "ng/mL") == "250"
    assert shown(3.5 * math.log(2), "NPX") == "3.5"
    assert shown(math.log(12345), "MFI") == "12,345"


@pytest.mark.parametrize(
    ("times", "sign"), [(0.4, "−−"), (0.7, "−"), (1, "·"), (1.3, "+"), (2.1, "++")]
)
def test_a_level_is_told_by_a_sign(times, sign):
    level = level_of(math.log(times))

    assert LEVELS[level][0] == sign
    drawn = plate_map({"plate_id": "P1", "wells": {"A01": well(level)}})
    assert f">{sign}</text>" in drawn


def test_controls_and_duplicates_have_letters_and_an_empty_well_has_neither():
    wells = {"A01": well(2, "control"), "B02": well(2, again=True), "C03": well(None)}
    drawn = plate_map({"plate_id": "<P1>", "wells": wells})

    assert drawn.count(">C</text>") == 2 and drawn.count(">D</text>") == 2  # one is the row's name
    assert drawn.count("stroke-dasharray") == 1 and ">×</text>" in drawn
    assert drawn.count(": empty</title>") == 96 - 3
    assert "&lt;P1&gt;: 3 wells, 2 0.8 to 1.25 times, 1 without a number" in drawn


def test_what_is_beyond_a_limit_is_marked_with_the_reason():
    row = {
        "call_rate": 0.89, "cv_within_plate": 0.2, "cv_between_plates": None, "cv_controls": 0.21,
        "is_drifting": True, "largest_plate_deviation": 3.9,
    }  # fmt: skip

    assert marks_of(row, LIMITS) == {
        "call_rate": "below 90%", "cv_controls": "above 20%",
        "is_drifting": "plates follow their order",
    }  # fmt: skip
    row |= {"call_rate": 0.9, "cv_controls": None, "largest_plate_deviation": 4}
    assert marks_of(row, LIMITS) == {"is_drifting": "a plate lies off"}
