"""The dictionary of survey variables is complete, and what is wrong in it is told with its line."""

import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from janus_warehouse.contracts import load_contracts
from janus_warehouse.metadata import (
    MetadataError,
    UnitError,
    convert_factor,
    load_codelists,
    load_survey_variables,
    load_variables,
)
from janus_warehouse.metadata.concepts import LOINC, SNOMED_CT, concept_problem
from janus_warehouse.warehouse.variables_page import variables_page

REPO = Path(__file__).parents[2]
VARIABLES = load_survey_variables()
CONCEPTS = sorted(one.concept for one in VARIABLES.values() if one.concept)

# What epidemiologists ask for, and the variables that answer it.
ASKED_FOR = {
    "smoking": {"smoking_status", "cigarettes_per_day", "smoking_years", "years_since_stopping"},
    "body": {"height_cm", "weight_kg", "bmi_kg_m2"},
    "circulation": {"systolic_bp_mmhg", "diastolic_bp_mmhg"},
    "blood": {"total_cholesterol_mmol_l", "hdl_cholesterol_mmol_l", "triglycerides_mmol_l",
              "glucose_mmol_l"},
    "activity": {"leisure_activity", "work_activity"},
    "alcohol": {"alcohol_frequency", "alcohol_g_per_day"},
    "diet": {"coffee_cups_per_day", "milk_type", "fruit_frequency", "fish_frequency"},
    "social": {"education", "occupation", "marital_status"},
    "reproduction": {"age_at_menarche_years", "children_born", "age_at_menopause_years",
                     "oral_contraceptives", "hormone_therapy"},
    "disease": {"self_rated_health", "myocardial_infarction", "diabetes", "cancer"},
    "medicines": {"bp_medicine", "any_medicine"},
    "sampling": {"fasting", "hours_since_meal"},
}  # fmt: skip


@pytest.fixture
def metadata(tmp_path: Path) -> Path:
    """Give a copy of metadata/ that a test may break."""
    shutil.copytree(REPO / "metadata", tmp_path / "metadata")
    return tmp_path / "metadata"


def test_there_are_at_least_sixty_variables_of_every_family_that_is_asked_for():
    families: dict[str, set[str]] = {}
    for variable in VARIABLES.values():
        families.setdefault(variable.topic, set()).add(variable.name)

    assert len(VARIABLES) >= 60
    assert set(families) == set(ASKED_FOR)
    for family, names in ASKED_FOR.items():
        assert names <= families[family], family


def test_only_what_is_in_the_folder_of_surveys_is_a_survey_variable():
    everything = load_variables()

    assert everything["smoking_status"].is_survey_variable
    assert not everything["sex_code"].is_survey_variable
    folder = REPO / "metadata" / "variables"
    assert {path.stem for path in (folder / "surveys").glob("*.yaml")} == set(ASKED_FOR)
    assert not {path.stem for path in folder.glob("*.yaml")} & set(ASKED_FOR)


@pytest.mark.parametrize("variable", VARIABLES.values(), ids=VARIABLES)
def test_a_variable_can_be_understood_and_judged(variable):
    for text in (variable.label, variable.description):
        assert text.nb[0].isupper() or not text.nb[0].isalpha()
        assert text.en[0].isupper() or not text.en[0].isalpha()
    assert variable.description.nb.endswith(".") and variable.description.en.endswith(".")
    assert variable.description.nb != variable.description.en
    if variable.is_number:
        assert variable.unit and variable.range
        step = 10 ** -(variable.decimals or 0)
        for bound in (variable.range.minimum, variable.range.maximum):
            assert round(bound / step) * step == pytest.approx(bound), "a bound is rounded away"
    assert (variable.type == "code") == (variable.codelist is not None)


@pytest.mark.parametrize(
    ("ending", "unit"),
    [
        ("_cm", "cm"), ("_mm", "mm"), ("_kg", "kg"), ("_mmhg", "mm[Hg]"), ("_mmol_l", "mmol/L"),
        ("_g_dl", "g/dL"), ("_mg_l", "mg/L"), ("_ng_ml", "ng/mL"), ("_kg_m2", "kg/m2"),
        ("_g_per_day", "g/d"), ("_per_day", "/d"), ("_per_week", "/wk"), ("_per_minute", "/min"),
        ("_hours_per_day", "h/d"), ("_years", "a"),
    ],
)  # fmt: skip
def test_a_name_that_ends_with_a_unit_has_that_unit(ending, unit):
    # What ends alike and is measured in something else.
    longer = {"_per_day": ("_g_per_day", "_hours_per_day"), "_years": ("pack_years",)}
    named = [
        one
        for one in VARIABLES.values()
        if one.name.endswith(ending) and not one.name.endswith(longer.get(ending, ("-",)))
    ]
    assert named
    for variable in named:
        assert convert_factor(variable.unit, unit) == 1, variable.name


def test_what_is_delivered_as_a_mass_can_become_the_variables_substance():
    for variable in VARIABLES.values():
        if variable.molar_mass is not None:
            assert convert_factor("mg/dL", variable.unit, variable.molar_mass) > 0
    for variable in VARIABLES.values():
        if variable.unit == "mmol/L" and variable.molar_mass is None:
            pytest.fail(f"{variable.name} has no molar mass")
    with pytest.raises(UnitError):
        convert_factor("mg/dL", VARIABLES["glucose_mmol_l"].unit)


def test_every_codelist_is_used():
    used = {one.codelist for one in load_variables().values()}
    used |= {
        column.spec.custom_properties.codelist
        for contract in load_contracts()
        for column in contract.columns
    }
    assert set(load_codelists()) == used - {None}


@pytest.mark.parametrize("concept", CONCEPTS)
def test_no_mistyped_digit_of_a_concept_passes(concept):
    base, code = concept.rsplit("/", 1)
    assert f"{base}/" in (LOINC, SNOMED_CT)
    assert concept_problem(concept) is None
    for place, digit in enumerate(code):
        for other in set("0123456789") - {digit}:
            if digit.isdigit():
                mistyped = code[:place] + other + code[place + 1 :]
                assert concept_problem(f"{base}/{mistyped}") is not None, mistyped


def test_no_concept_stands_for_two_variables():
    assert len(CONCEPTS) == len(set(CONCEPTS)) >= 40


@given(st.integers(min_value=1, max_value=9_999_999))
def test_each_number_of_loinc_has_one_check_digit(number):
    passed = [digit for digit in range(10) if not concept_problem(f"{LOINC}{number}-{digit}")]
    assert len(passed) == 1


@given(st.integers(min_value=100, max_value=10**9), st.sampled_from(["00", "10"]))
def test_each_number_of_snomed_ct_has_one_check_digit(number, partition):
    passed = [
        digit
        for digit in range(10)
        if not concept_problem(f"{SNOMED_CT}{number}{partition}{digit}")
    ]
    assert len(passed) == 1


@pytest.mark.parametrize(
    "concept",
    [
        "http://loinc.org/8302-2", "https://loinc.org/8302-2/", "http://loinc.org/rdf/8302",
        "http://loinc.org/rdf/08302-2", "http://snomed.info/sct/22298006",
        "http://snomed.info/id/22298", "http://snomed.info/id/75168019",
    ],
)  # fmt: skip
def test_a_concept_in_another_form_is_refused(concept):
    assert concept_problem(concept) is not None


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        pytest.param("body", "  unit: cm\n", "", r"body\.yaml:2: height_cm: .*a number needs a",
                     id="no unit"),
        pytest.param("body", "  range: {minimum: 70, maximum: 230}\n", "",
                     r"body\.yaml:2: height_cm: .*a number needs a unit .* and a range",
                     id="no range"),
        pytest.param("body", "  decimals: 1\n", "", r"body\.yaml:2: height_cm: .*needs decimals",
                     id="no decimals"),
        pytest.param("body", "unit: cm", "unit: centimetre",
                     r"body\.yaml:8: height_cm\.unit: .*expected a UCUM unit, found \"centimetre",
                     id="no UCUM"),
        pytest.param("body", "rdf/8302-2", "rdf/8302-3",
                     r"body\.yaml:11: height_cm\.concept: .*check digit of the LOINC",
                     id="LOINC"),
        pytest.param("disease", "id/22298006", "id/22298005",
                     r"disease\.yaml:\d+: myocardial_infarction\.concept: .*check digit of the SNO",
                     id="SNOMED CT"),
        pytest.param("body", "  sensitivity: sensitive\n", "",
                     r"body\.yaml:2: height_cm\.sensitivity: Field required", id="no sensitivity"),
        pytest.param("smoking", "  codelist: smoking_status\n", "",
                     r"smoking\.yaml:2: smoking_status: .*a code needs a codelist",
                     id="no codelist"),
        pytest.param("smoking", "codelist: smoking_status", "codelist: smoking_state",
                     r"smoking\.yaml:\d+: smoking_status\.codelist: there is no such codelist",
                     id="unknown codelist"),
        pytest.param("blood", "molar_mass: 386.65", "molar_mass: 0",
                     r"blood\.yaml:\d+: total_cholesterol_mmol_l\.molar_mass: Input should be gre",
                     id="molar mass"),
        pytest.param("social", "  type: text\n", "  type: text\n  molar_mass: 18\n",
                     r"social\.yaml:\d+: occupation: .*only a variable with a unit",
                     id="molar mass without unit"),
        pytest.param("body", "hip_cm:", "hip_cm_missing:",
                     r"body\.yaml:\d+: hip_cm_missing: expected a name", id="ending of ours"),
        pytest.param("body", "hip_cm:", f"hip_{'c' * 50}m:",
                     r"body\.yaml:\d+: hip_c+m: expected a name of at most 50", id="long name"),
        pytest.param("body", "hip_cm:", "sex_code:",
                     r"surveys/body\.yaml:\d+: sex_code: is already defined in donors\.yaml",
                     id="defined twice"),
        pytest.param("body", "  label: {nb: Høyde, en: Height}\n", "  label: {nb: Høyde}\n",
                     r"body\.yaml:\d+: height_cm\.label\.en: Field required", id="one language"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_file_and_line(metadata, file, old, new, told):
    path = metadata / "variables" / "surveys" / f"{file}.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text, "the mistake is not where the test puts it"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(MetadataError, match=told):
        load_variables(metadata)


def test_the_page_tells_every_variable_with_its_unit_or_codes():
    page = variables_page(VARIABLES.values(), load_codelists())

    assert f"{len(VARIABLES)} variables in {len(ASKED_FOR)} families" in page
    for name, variable in VARIABLES.items():
        (row,) = re.findall(rf"^\| `{name}` \|.*$", page, re.MULTILINE)
        assert (variable.unit or variable.codelist or "free text") in row
        assert f"- `{name}`: {variable.description.en}" in page
    for codelist in {one.codelist for one in VARIABLES.values() if one.codelist}:
        assert f"### {codelist}\n" in page
