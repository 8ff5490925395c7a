"""A code that no rule maps stops the build before the marts, and is told with what to mend."""

from datetime import date

import pytest

from janus_warehouse.warehouse import BuildFailedError

ANSWER = {"attended_date": date(1972, 10, 1), "hoyde": 180, "vekt": 81}


def test_a_code_without_an_outcome_stops_the_build_with_survey_variable_code_and_count(bank):
    codes = ["1"] * 9 + ["7"] * 6 + ["8"] * 2 + ["01815010260"] * 5
    people = [
        {"donor_id": f"D{n}", "roykn": code, "infarkt": "3" if n < 3 else "1", **ANSWER}
        for n, code in enumerate(codes)
    ]
    bank.raw.accept("oslo", "health_surveys", {"oslo_1972": people}, as_of=date(1974, 6, 30))

    with pytest.raises(BuildFailedError) as caught:
        bank.build(select="+int_answers__oslo_1972 int_answers__oslo_1972_long")

    [told, *rest] = [line for line in str(caught.value).splitlines() if "oslo_1972" in line]
    assert told == (
        "int_answers__oslo_1972.oslo_1972_maps_every_code: survey oslo_1972, variable "
        "myocardial_infarction: codes in 3 rows have no outcome; survey oslo_1972, variable "
        "smoking_status: code 7 in 6 rows and other codes in 7 rows have no outcome. Add them to "
        "the rule in metadata/harmonisation/janus/oslo_1972.yaml, under recode or missing, and to "
        "the codes of the contract; or correct the delivery"
    )
    assert rest == ["int_answers__oslo_1972_long.is_built: not run, because something before it "
                    "failed"]  # fmt: skip
    assert "01815010260" not in str(caught.value)
    assert bank.raw.query(
        "select rule_id, rows_failing, outcome from ops.check_results "
        "where rule_id = 'oslo_1972_maps_every_code'"
    ) == [("oslo_1972_maps_every_code", 4, "failed")]
