"""The scaffold on the made-up surveys, without a codebook: does it find what each column is?

Which column is which variable is written below by hand, not read from the rule files: those may
leave a column out, or read several.
"""

import pytest

from janus_warehouse.contracts import load_contracts
from janus_warehouse.surveys.scaffold import scaffold
from janus_warehouse.synthetic import generate

SURVEYS = ("oslo_1972", "counties_1985", "age40_1990", "hubro_2000", "donors_form")
VARIABLES = {
    "oslo_1972": {
        "HOYDE": "height_cm", "VEKT": "weight_kg", "SBT1": "systolic_bp_mmhg",
        "DBT1": "diastolic_bp_mmhg", "KOL": "total_cholesterol_mmol_l",
        "TRIG": "triglycerides_mmol_l", "ROYKN": "smoking_status", "SIGDAG": "cigarettes_per_day",
        "FYSFRI": "leisure_activity", "FYSARB": "work_activity",
        "INFARKT": "myocardial_infarction", "SUKKER": "diabetes", "YRKE": "occupation",
        "FAST": "hours_since_meal",
    },
    "counties_1985": {
        "HOYDE_M": "height_cm", "VEKT": "weight_kg", "SBTMID": "systolic_bp_mmhg",
        "DBTMID": "diastolic_bp_mmhg", "KOLEST": "total_cholesterol_mmol_l",
        "HDLKOL": "hdl_cholesterol_mmol_l", "ROYKDAG": "smoking_status",
        "ROYKFOR": "smoking_status", "ANTSIG": "cigarettes_per_day", "MOSJON": "exercise_frequency",
        "KAFFEKOP": "coffee_cups_per_day", "ALKOFREK": "alcohol_frequency",
        "HELSE": "self_rated_health", "SUKKERSYK": "diabetes", "BARN": "children_born",
    },
    "age40_1990": {
        "HOYDE": "height_cm", "VEKT": "weight_kg", "SBT1": "systolic_bp_mmhg",
        "DBT1": "diastolic_bp_mmhg", "PULS": "pulse_per_minute",
        "KOL": "total_cholesterol_mmol_l", "HDL": "hdl_cholesterol_mmol_l",
        "TRIG": "triglycerides_mmol_l", "GLUK": "glucose_mmol_l", "TIDMAT": "hours_since_meal",
        "ROYKDAG": "smoking_status", "ROYKSIG": "cigarettes_per_day", "ROYKAAR": "smoking_years",
        "ROYKSL": "years_since_stopping", "PASSROYK": "passive_smoking_hours_per_day",
        "MOSJLETT": "light_activity_hours", "MOSJHARD": "hard_activity_hours",
        "ARBFYS": "work_activity", "KAFFE": "coffee_cups_per_day", "AVHOLD": "teetotaller",
        "ALKOFTE": "alcohol_frequency", "GLOL": "beer_glasses_per_week",
        "GLVIN": "wine_glasses_per_week", "GLBRENN": "spirits_glasses_per_week",
        "HELSE": "self_rated_health", "HJINF": "myocardial_infarction", "ANGINA": "angina",
        "SLAG": "stroke", "DIAB": "diabetes", "UTD": "education",
    },
    "hubro_2000": {
        "HEIGHT": "height_cm", "WEIGHT": "weight_kg", "WAIST": "waist_cm", "HIP": "hip_cm",
        "SBP2": "systolic_bp_mmhg", "DBP2": "diastolic_bp_mmhg",
        "TCHOL": "total_cholesterol_mmol_l", "HDLC": "hdl_cholesterol_mmol_l",
        "GLUC": "glucose_mmol_l", "SMOKE": "smoking_status", "NCIG": "cigarettes_per_day",
        "PAHARD": "hard_activity_hours", "ALCFREQ": "alcohol_frequency",
        "HEALTH": "self_rated_health", "DIABET": "diabetes", "EDUCYR": "education",
        "BORN_NO": "born_in_country",
    },
    "donors_form": {
        "BLODTYPE": "blood_group", "VEKTKG": "weight_kg", "HOYDECM": "height_cm",
        "HB": "haemoglobin_g_dl", "ROYKER": "smoking_status", "MEDISIN": "any_medicine",
    },
}  # fmt: skip
UNITS = {
    ("oslo_1972", "KOL"): "mg/dL", ("oslo_1972", "HOYDE"): "cm", ("counties_1985", "HOYDE_M"): "m",
    ("age40_1990", "KOL"): "mmol/L", ("donors_form", "HB"): "g/dL",
}  # fmt: skip
FIRST_FLOOR = 0.92


@pytest.fixture(scope="module")
def proposals(tmp_path_factory):
    folder = tmp_path_factory.mktemp("surveys")
    generate(folder, scale=0.01, seed=7)
    found = {path.stem: path for path in folder.rglob("*.*") if path.stem in SURVEYS}
    return {name: scaffold(found[name]) for name in SURVEYS}


@pytest.fixture(scope="module")
def contracts():
    return {c.table: c for c in load_contracts() if c.table in SURVEYS}


def test_the_right_variable_is_the_first_candidate(proposals):
    right, total, wrong = 0, 0, []
    for survey, wanted in VARIABLES.items():
        columns = {column.header: column for column in proposals[survey].columns}
        for header, variable in wanted.items():
            found = [c.variable for c in proposals[survey].candidates[columns[header].name]]
            total += 1
            right += found[:1] == [variable]
            if found[:1] != [variable]:
                wrong.append(f"{survey}.{header}: {found}")
    assert total >= 80
    assert right / total >= FIRST_FLOOR, wrong


@pytest.mark.parametrize("survey", SURVEYS)
def test_person_day_and_format_are_those_of_the_contract(survey, proposals, contracts):
    proposed, contract = proposals[survey], contracts[survey]
    columns = {column.name: column for column in proposed.columns}
    assert columns["fnr"].system == "national_number"
    attended = next(c for c in contract.columns if c.name == "attended_date")
    assert columns["attended_date"].header == attended.physical_name
    if contract.format.kind == "csv":
        written = contract.format
        assert f"delimiter: {chr(34)}{written.delimiter}{chr(34)}" in proposed.contract.replace(
            "\\t", "\t"
        )
        assert ('decimal: ","' in proposed.contract) == (written.decimal == ",")


def test_units_are_guessed_from_the_values(proposals):
    for (survey, header), unit in UNITS.items():
        columns = {column.header: column for column in proposals[survey].columns}
        assert columns[header].unit == unit, (survey, header)


def test_missing_codes_are_those_of_the_contract_or_fewer(proposals, contracts):
    """Of a rare code nothing can be known; one that is proposed must be one."""
    known, strangers = 0, []
    for survey in SURVEYS:
        stated = {c.physical_name: c.spec.custom_properties.missing for c in
                  contracts[survey].columns}  # fmt: skip
        for column in proposals[survey].columns:
            for code in column.missing:
                known += code in stated[column.header]
                if code not in stated[column.header]:
                    strangers.append(f"{survey}.{column.header}: {code}")
    assert known >= 40
    assert len(strangers) <= 4, strangers


def test_text_of_another_encoding_is_read_as_what_it_is(proposals):
    assert 'encoding: "latin-1"' in proposals["oslo_1972"].contract
