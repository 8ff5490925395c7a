"""The answer key of the early surveys' variables: cases by hand, and what must always hold."""

import polars as pl
import pytest

from janus_warehouse.synthetic import survey_tables
from janus_warehouse.synthetic.expected_early import expected
from janus_warehouse.synthetic.plan import Plan
from janus_warehouse.synthetic.surveys import Visit
from janus_warehouse.synthetic.world import make_world

SURVEYS = ("oslo_1972", "counties_1974", "counties_1985")


@pytest.fixture(scope="module")
def entered() -> dict[str, pl.DataFrame]:
    """The rows of each survey that enter, with sex, of a bank large enough for every fault."""
    world = make_world(Plan.at(0.1), seed=5)
    frames = {}
    for name in SURVEYS:
        frame, planted = survey_tables.survey(world, "health_surveys", name)
        sex = pl.Series("sex", Visit.of(world, name).sex)
        lost = pl.Series(planted.lost)
        frames[name] = frame.with_columns(sex).filter(~pl.int_range(pl.len()).is_in(lost.implode()))
        assert frames[name].height == planted.accepted
    return frames


def outcome(survey: str, frame: pl.DataFrame, variable: str, **changed: str | int | None) -> str:
    """Return what becomes of one clean attender's variable after changing some answers."""
    cells = [
        pl.lit(value, dtype=pl.Int64 if name == "sex" else pl.String).alias(name)
        for name, value in changed.items()
    ]
    [found] = expected(survey, frame.head(1).with_columns(cells))[variable]
    return found


@pytest.mark.parametrize(
    ("variable", "changed", "wanted"),
    [
        ("smoking_status", {"roykn": "2", "royalder": "16"}, "values"),
        ("smoking_status", {"roykn": "9"}, "unknown"),
        ("smoking_status", {"roykn": "1", "royalder": "0"}, "values"),
        ("smoking_status", {"roykn": "1", "royalder": "15"}, "inconsistent"),
        ("smoking_start_age_years", {"roykn": "1", "royalder": "15"}, "inconsistent"),
        ("smoking_start_age_years", {"roykn": "1", "royalder": "0"}, "not_applicable"),
        ("smoking_start_age_years", {"roykn": "1", "royalder": "99"}, "unknown"),
        ("cigarettes_per_day", {"roykn": "2", "sigdag": None}, "not_applicable"),
        ("cigarettes_per_day", {"roykn": "3", "sigdag": None}, "not_answered"),
        ("former_cigarettes_per_day", {"roykn": "2", "sigfor": "99"}, "unknown"),
        ("years_since_stopping", {"roykn": "3", "sluttar": None}, "not_applicable"),
        ("bmi_kg_m2", {"hoyde": "999", "vekt": "80.0"}, "not_answered"),
        ("bmi_kg_m2", {"hoyde": "180", "vekt": "80.0"}, "values"),
        ("beer_glasses_per_week", {"olglas": "88"}, "refused"),
        ("family_heart_attack", {"famhj": "9"}, "not_answered"),
        ("family_heart_attack", {"famhj": "3"}, "unknown"),
        ("shift_work", {"skift": "7"}, "not_applicable"),
        ("occupation", {"yrke": ""}, "not_answered"),
        ("marital_status", {"sivil": "Q"}, "unmapped"),
    ],
)
def test_of_the_oslo_study(entered, variable, changed, wanted):
    assert outcome("oslo_1972", entered["oslo_1972"], variable, **changed) == wanted


@pytest.mark.parametrize(
    ("variable", "changed", "wanted"),
    [
        ("smoking_status", {"royk": "0"}, "not_asked"),
        ("smoking_years", {"royk": "0", "raar": None}, "not_asked"),
        ("smoking_years", {"royk": "9", "raar": None}, "not_answered"),
        ("pack_years", {"royk": "0", "rant": None, "raar": None}, "not_applicable"),
        ("pack_years", {"royk": "1", "rant": "20", "raar": "99"}, "unknown"),
        ("total_cholesterol_mmol_l", {"chol": "99.9"}, "not_answered"),
        ("teetotaller", {"alko": "0", "ol14": "0"}, "values"),
        ("teetotaller", {"alko": "0", "ol14": "12"}, "inconsistent"),
        ("beer_glasses_per_week", {"alko": "0", "ol14": "12"}, "inconsistent"),
        ("beer_glasses_per_week", {"alko": "0", "ol14": "88"}, "refused"),
        ("fish_frequency", {"fiskuke": "9"}, "unknown"),
        ("fasting", {"timmat": "77"}, "refused"),
    ],
)
def test_of_the_county_study_of_1974(entered, variable, changed, wanted):
    assert outcome("counties_1974", entered["counties_1974"], variable, **changed) == wanted


@pytest.mark.parametrize(
    ("variable", "changed", "wanted"),
    [
        ("height_cm", {"hoyde_m": "9,99"}, "not_answered"),
        ("smoking_status", {"roykdag": "1", "roykfor": "8"}, "values"),
        ("smoking_status", {"roykdag": "2", "roykfor": "9"}, "unknown"),
        ("smoking_status", {"roykdag": "2", "roykfor": None}, "not_answered"),
        ("smoking_status", {"roykdag": None, "roykfor": "9"}, "unknown"),
        ("smoking_start_age_years", {"roykdag": "2", "roykfor": "2", "startald": None},
         "not_applicable"),
        ("years_since_stopping", {"roykdag": "2", "roykfor": "1", "slutaar": "9999"}, "unknown"),
        ("alcohol_g_per_day", {"alkofrek": "3", "olgl": "2", "vingl": "88", "brgl": "99"},
         "refused"),
        ("alcohol_frequency", {"alkofrek": "1", "olgl": "0", "vingl": "7", "brgl": "0"},
         "inconsistent"),
        ("beer_glasses_per_week", {"alkofrek": "1", "olgl": "0", "vingl": "7"}, "values"),
        ("wine_glasses_per_week", {"alkofrek": "1", "olgl": "0", "vingl": "7"}, "inconsistent"),
        ("pregnant", {"sex": 1, "gravid": "1"}, "inconsistent"),
        ("pregnant", {"sex": 1, "gravid": None}, "not_applicable"),
        ("pregnant", {"sex": 2, "gravid": None}, "not_answered"),
        ("pregnant", {"sex": 2, "gravid": "1"}, "values"),
        ("age_at_first_birth_years", {"sex": 2, "barn": "0", "fodsel1": None}, "not_applicable"),
        ("age_at_first_birth_years", {"sex": 2, "barn": "99", "fodsel1": None}, "not_answered"),
        ("age_at_menopause_years", {"sex": 2, "mensslut": "2", "mensald": None}, "not_applicable"),
        ("oral_contraceptives", {"sex": 2, "ppille": "8"}, "refused"),
    ],
)  # fmt: skip
def test_of_the_county_study_of_1985(entered, variable, changed, wanted):
    assert outcome("counties_1985", entered["counties_1985"], variable, **changed) == wanted


@pytest.mark.parametrize("survey", SURVEYS)
def test_the_outcomes_of_a_variable_add_up_to_the_attenders(entered, survey):
    found = expected(survey, entered[survey])

    assert len(found) >= 34
    for variable, counts in found.items():
        assert sum(counts.values()) == entered[survey].height, variable
        assert counts["values"] > 0, variable
        assert not {"unmapped", "out_of_range"} & set(counts), variable


def test_contradictions_are_planted_and_found(entered):
    contradicted = {
        (survey, variable): counts["inconsistent"]
        for survey in SURVEYS
        for variable, counts in expected(survey, entered[survey]).items()
        if "inconsistent" in counts
    }

    assert contradicted == {
        ("oslo_1972", "smoking_status"): 1,
        ("oslo_1972", "smoking_start_age_years"): 1,
        ("counties_1974", "alcohol_frequency"): 2,
        ("counties_1974", "teetotaller"): 2,
        ("counties_1974", "beer_glasses_per_week"): 2,
        ("counties_1985", "alcohol_frequency"): 3,
        ("counties_1985", "teetotaller"): 3,
        ("counties_1985", "wine_glasses_per_week"): 3,
        ("counties_1985", "alcohol_g_per_day"): 3,
        ("counties_1985", "pregnant"): 3,
    }
