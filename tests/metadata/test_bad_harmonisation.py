"""Mistakes in rule files: each is told with file, line, key, what was found and what mends it."""

from pathlib import Path

import pytest
from tests import small_surveys

from janus_warehouse.metadata import MetadataError
from janus_warehouse.surveys import load_harmonisation

WAVE_1 = "metadata/harmonisation/janus/wave_1.yaml"
WAVE_2 = "metadata/harmonisation/janus/wave_2.yaml"
DERIVED = "metadata/harmonisation/derived.yaml"
CHECKS = "metadata/harmonisation/checks.yaml"
CONTRACT = "expectations/janus/clinic/wave_1.yaml"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    return small_surveys.write(tmp_path)


def load(folder: Path):
    return load_harmonisation(folder / "metadata", folder / "expectations")


def change(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text, "the mistake is not where the test puts it"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def told(folder: Path) -> list[str]:
    """Return the problems, each with the file's name alone."""
    with pytest.raises(MetadataError) as caught:
        load(folder)
    lines = str(caught.value).splitlines()
    return [line.replace(f"{folder}/", "").replace("metadata/harmonisation/", "") for line in lines]


def test_the_small_surveys_are_fine(files):
    surveys = load(files).surveys

    assert set(surveys) == {"wave_1", "wave_2"}
    assert set(surveys["wave_2"].rules) == {"height_cm", "glucose_mmol_l", "smoking"}


MISTAKES = {
    "a column that the survey lacks": (
        WAVE_1, "columns: [hoyde]", "columns: [hoyd]",
        "janus/wave_1.yaml:9: rules.height_cm.columns.0: expected a column of clinic.wave_1, "
        "found no hoyd",
    ),
    "a code of the contract without an outcome": (
        WAVE_1, '"1": never, "2": daily', '"1": never',
        "janus/wave_1.yaml:17: rules.smoking.recode: royk has the codes 2 in its contract, which "
        "have no outcome; map them or write them under missing",
    ),
    "a code that the contract does not have": (
        WAVE_1, '"2": daily}', '"2": daily, "3": daily}',
        "janus/wave_1.yaml:17: rules.smoking.recode: 3 is no code of royk in its contract",
    ),
    "a code that no condition of a case_when names": (
        WAVE_2, "{snus} = '2'", "{snus} = '1'",
        "janus/wave_2.yaml:11: rules.smoking.cases: snus has the codes 2 in its contract, which no "
        "condition names; add them to a case, or write them under missing or missing_when",
    ),
    "a code that only a condition on another column names": (
        WAVE_2, "royk = '1' and snus = '1'", "snus = '1'",
        "janus/wave_2.yaml:11: rules.smoking.cases: royk has the codes 1 in its contract, which no "
        "condition names; add them to a case, or write them under missing or missing_when",
    ),
    "a missing-value code that no condition of a case_when names": (
        WAVE_2, 'missing: {"9": unknown}', "question: Do you smoke?",
        "janus/wave_2.yaml:11: rules.smoking.cases: snus has the codes 9 in its contract, which no "
        "condition names; add them to a case, or write them under missing or missing_when",
    ),
    "a joined table that may have two rows of a person": (
        "expectations/janus/clinic/wave_2_form.yaml", "unique: true, ", "",
        "janus/wave_2.yaml:5: survey.tables.1: expected one row per person in a table that is "
        "joined to the first; write `unique: true` at number in its contract",
    ),
    "a missing-value code without a reason": (
        WAVE_1, 'missing: {"9.99": not_answered}', 'question: "How tall are you?"',
        "janus/wave_1.yaml:9: rules.height_cm.columns: hoyde has the missing-value codes 9.99; "
        "write under missing why there is no value",
    ),
    "a missing-value code of an operation without a reason": (
        WAVE_1, 'missing: {"999": not_answered}', 'question: "Glucose in serum."',
        "janus/wave_1.yaml:23: rules.glucose_mmol_l.columns: gluk has the missing-value codes "
        "999; write under missing why there is no value",
    ),
    "a code that is a value and a reason": (
        WAVE_1, 'missing: {"9": unknown}', 'missing: {"9": unknown, "2": refused}',
        "janus/wave_1.yaml:17: rules.smoking.recode: 2 is a value here and a reason under missing",
    ),
    "a missing-value code that is no number in a column of numbers": (
        WAVE_1, '{"9.99": not_answered}', '{"9.99": not_answered, "x": refused}',
        "janus/wave_1.yaml:10: rules.height_cm.missing: hoyde is numeric, and x no number",
    ),
    "an unknown reason": (
        WAVE_1, '{"9": unknown}', '{"9": unkown}',
        "janus/wave_1.yaml:18: rules.smoking.missing.9: Input should be 'not_asked', "
        "'not_answered', 'refused', 'unknown', 'out_of_range', 'inconsistent' or "
        "'not_applicable'",
    ),
    "a misspelt key": (
        WAVE_1, "    recode:", "    recodes:",
        "janus/wave_1.yaml:17: rules.smoking.recodes: Extra inputs are not permitted",
    ),
    "a yes without quotes": (
        WAVE_1, '"1": never', '"1": yes',
        "janus/wave_1.yaml:17: rules.smoking.recode.1: Input should be a valid string",
    ),
    "two rules for one variable": (
        WAVE_1, "  glucose_mmol_l:", "  height_cm:",
        "janus/wave_1.yaml:21: height_cm is given twice",
    ),
    "a rule for what is impossible": (
        WAVE_2, "[occupation]", "[occupation, smoking]",
        "janus/wave_2.yaml:8: rules.smoking: has a rule and stands under impossible too; take one "
        "out",
    ),
    "impossible twice": (
        WAVE_2, "[occupation]", "[occupation, occupation]",
        "janus/wave_2.yaml:16: impossible: occupation is listed twice",
    ),
    "a rule for what is derived": (
        WAVE_1, "  occupation:", "  height_squared_m2: {rule: direct, columns: [yrke]}\n"
        "  occupation:",
        "janus/wave_1.yaml:26: rules.height_squared_m2: height_squared_m2 is derived for every "
        "survey in derived.yaml; take it out",
    ),
    "two tables with a column of the same name": (
        WAVE_2, "columns: [royk, snus]", "columns: [royk, snus, attended_date]",
        "janus/wave_2.yaml:10: rules.smoking.columns.2: attended_date is a column of wave_2 and "
        "of wave_2_form; give it another name in one of the contracts",
    ),
    "a unit of another kind": (
        CONTRACT, "value: m}", "value: kg}",
        'janus/wave_1.yaml:9: rules.height_cm.columns: hoyde: expected two units of one kind, '
        'found "kg" (g) and "cm" (m): correct the `unit` in the contract, or work the value out '
        "with the rule `operation`",
    ),
    "a unit that is none": (
        CONTRACT, "value: m}", "value: metre}",
        'janus/wave_1.yaml:9: rules.height_cm.columns: hoyde: expected a UCUM unit, found '
        '"metre", where "metre" is not known: see https://ucum.org/ucum and metadata/units.py',
    ),
    "no unit": (
        CONTRACT, "{property: unit, value: m}", '{property: question, value: "Height?"}',
        "janus/wave_1.yaml:9: rules.height_cm.columns: the contract gives no unit of hoyde; write "
        "it there (the variable is in cm), or use an operation",
    ),
    "a value outside the codelist": (
        WAVE_1, '"2": daily', '"2": weekly',
        "janus/wave_1.yaml:14: rules.smoking: weekly not in codelist smoking",
    ),
    "a number that is none": (
        WAVE_1, 'value: "180"', 'value: "tall"',
        "janus/wave_1.yaml:7: rules.height_cm: expected numbers, found tall",
    ),
    "a number from a column of text": (
        WAVE_1, "columns: [hoyde]", "columns: [yrke]",
        "janus/wave_1.yaml:9: rules.height_cm.columns: expected a number, found that yrke is "
        "text; use a recode or an operation",
    ),
    "a text from a column of numbers": (
        WAVE_1, "columns: [yrke]", 'columns: [gluk]\n    missing: {"999": unknown}',
        "janus/wave_1.yaml:28: rules.occupation.columns: expected text, found that gluk is "
        "numeric; use a recode or an operation",
    ),
    "a column without the codes of the codelist, taken as it is": (
        WAVE_1, 'recode\n    columns: [royk]\n    recode: {"1": never, "2": daily}',
        "direct\n    columns: [royk]",
        "janus/wave_1.yaml:15: rules.smoking.rule: expected the codes of smoking in royk; use a "
        "recode",
    ),
    "an expression with an unknown column": (
        WAVE_1, "{gluk} / 18", "{gluk} / factor",
        "janus/wave_1.yaml:24: rules.glucose_mmol_l.expression: expected columns of the survey, "
        "found factor",
    ),
    "a column in braces that the rule does not list": (
        WAVE_1, "{gluk} / 18", "{gluk} / {hoyde}",
        "janus/wave_1.yaml:24: rules.glucose_mmol_l.expression: expected only columns of the rule "
        "in braces, found hoyde",
    ),
    "an expression without an end": (
        WAVE_1, "{gluk} / 18", "({gluk} / 18",
        "janus/wave_1.yaml:24: rules.glucose_mmol_l.expression: expected brackets in pairs, found "
        "one too many (",
    ),
    "two expressions": (
        WAVE_1, "{gluk} / 18", "{gluk} / 18 {gluk}",
        "janus/wave_1.yaml:24: rules.glucose_mmol_l.expression: expected an operator before "
        "{gluk}, found none",
    ),
    "an expression over many rows": (
        WAVE_1, "{gluk} / 18", "avg({gluk})",
        "janus/wave_1.yaml:24: rules.glucose_mmol_l.expression: expected functions of one row, "
        "found avg; those known are in surveys/expressions.py",
    ),
    "a statement": (
        WAVE_1, "{gluk} / 18", "{gluk}; drop",
        "janus/wave_1.yaml:24: rules.glucose_mmol_l.expression: String should match pattern "
        "'^[^;]+$'",
    ),
    "an operation without expression": (
        WAVE_1, '    expression: "{gluk} / 18"\n', "",
        "janus/wave_1.yaml:21: rules.glucose_mmol_l: Value error, a recode has `recode`, an "
        "operation `expression`, a case_when `cases`, and no rule those of another kind",
    ),
    "a partial rule without a note": (
        WAVE_1, "rule: operation", "rule: operation\n    status: partial",
        "janus/wave_1.yaml:21: rules.glucose_mmol_l: Value error, a partial rule has a note that "
        "says what it cannot tell",
    ),
    "based on what is not there": (
        WAVE_2, "based_on: wave_1", "based_on: wave_0",
        "janus/wave_2.yaml:6: based_on: expected a survey of janus, found no rule file wave_0",
    ),
    "based on itself": (
        WAVE_2, "based_on: wave_1", "based_on: wave_2",
        "janus/wave_2.yaml:6: based_on: leads back to wave_2: a survey cannot be based on itself",
    ),
    "a mistake in what it is based on, seen from the other contract": (
        "expectations/janus/clinic/wave_2.yaml", "name: gluk", "name: glukose",
        "janus/wave_2.yaml:6: based_on: rule of glucose_mmol_l: expected a column of "
        "clinic.wave_2, clinic.wave_2_form, found no gluk",
    ),
    "a variable forgotten": (
        WAVE_1, "  occupation:\n    rule: direct\n    columns: [yrke]\n", "",
        "janus/wave_1.yaml:6: rules: no rule for occupation; list under impossible what was not "
        "asked",
    ),
    "an unknown variable": (
        WAVE_2, "[occupation]", "[occupation, shoe_size]",
        "janus/wave_2.yaml:16: impossible: shoe_size is not in metadata/variables/surveys",
    ),
    "a table without a contract": (
        WAVE_1, "[clinic.wave_1]", "[clinic.wave_9]",
        "janus/wave_1.yaml:5: survey.tables.0: expected a contract "
        "expectations/janus/clinic/wave_9.yaml, found none; write it, or mend the name",
    ),
    "no day of attendance": (
        CONTRACT, "name: attended_date", "name: day",
        "janus/wave_1.yaml:5: survey.tables: expected a date column attended_date in "
        "clinic.wave_1, found none; name the column, or write `attended_date: null` where no day "
        "is delivered",
    ),
    "an example with an unknown column": (
        WAVE_1, "{given: {hoyde: 1.80}", "{given: {hoeyde: 1.80}",
        "janus/wave_1.yaml:12: rules.height_cm.examples.0: hoeyde is no column of the survey",
    ),
    "an example outside the range": (
        WAVE_1, 'value: "180"', 'value: "18"',
        "janus/wave_1.yaml:12: rules.height_cm.examples.0: 18 lies outside 100 to 230: expected "
        "missing: out_of_range",
    ),
    "an example with too many decimals": (
        WAVE_1, 'value: "180"', 'value: "180.25"',
        "janus/wave_1.yaml:12: rules.height_cm.examples.0: 180.25 has more decimals than the "
        "variable, which has 1",
    ),
    "an example outside the codelist": (
        WAVE_1, "value: never", "value: seldom",
        "janus/wave_1.yaml:14: rules.smoking: seldom not in codelist smoking",
    ),
    "an example with a code that cannot be delivered": (
        WAVE_1, '{given: {royk: "1"}', '{given: {royk: "4"}',
        "janus/wave_1.yaml:20: rules.smoking.examples.0: 4 is no code of royk in its contract",
    ),
    "an example with a text for a number": (
        WAVE_1, "hoyde: 9.99", "hoyde: tall",
        "janus/wave_1.yaml:13: rules.height_cm.examples.1: expected a number for hoyde (numeric)",
    ),
    "an example without outcome": (
        WAVE_1, ", value: never", "",
        "janus/wave_1.yaml:20: rules.smoking.examples.0: Value error, an example has a value or "
        "the reason of a missing one",
    ),
    "a derivation of an unknown variable": (
        DERIVED, "of: [height_cm]", "of: [height_cm, weight_kg]",
        "derived.yaml:2: height_squared_m2.of: weight_kg is not in metadata/variables/surveys",
    ),
    "a derivation that is no expression": (
        DERIVED, "/ 100, 2)", "/ 100, 2",
        "derived.yaml:3: height_squared_m2.expression: expected brackets in pairs, found one too "
        "many (",
    ),
    "a check that blanks what it does not look at": (
        CHECKS, "blanks: [height_cm]", "blanks: [smoking]",
        "checks.yaml:5: tall_enough.blanks: smoking not in `of`: a check blanks what it looks at",
    ),
    "a derivation given twice": (
        DERIVED, "height_squared_m2:", "height_squared_m2: {}\nheight_squared_m2:",
        "derived.yaml:2: height_squared_m2 is given twice",
    ),
}  # fmt: skip


LACKING = {
    f"janus/wave_2.yaml:6: based_on: rule of height_cm: expected a column of clinic.wave_2, "
    f"clinic.wave_2_form, found no {column}"
    for column in ("hoyd", "yrke")
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_with_file_line_and_what_mends_it(files, name):
    path, old, new, message = MISTAKES[name]
    change(files, path, old, new)

    found = told(files)
    assert message in found
    if path == WAVE_1:
        # The other wave is based on this one and does not repeat what is wrong with it.
        assert {line for line in found if "wave_2" in line} <= LACKING


def test_all_problems_of_all_files_are_told_at_once(files):
    for name in ("a column that the survey lacks", "a value outside the codelist", "impossible "
                 "twice", "a check that blanks what it does not look at"):  # fmt: skip
        path, old, new, _ = MISTAKES[name]
        change(files, path, old, new)

    found = told(files)

    assert len(found) == 5
    assert {line.split(":")[0] for line in found} == {
        "janus/wave_1.yaml", "janus/wave_2.yaml", "checks.yaml",
    }  # fmt: skip


def test_two_surveys_that_are_based_on_each_other_are_both_told(files):
    change(files, WAVE_1, "rules:", "based_on: wave_2\nrules:")

    assert told(files) == [
        "janus/wave_1.yaml:6: based_on: leads back to wave_1: a survey cannot be based on itself",
        "janus/wave_2.yaml:6: based_on: leads back to wave_2: a survey cannot be based on itself",
    ]


def test_a_broken_file_is_told_once_and_not_by_those_that_are_based_on_it(files):
    change(files, WAVE_1, "    recode:", "    recodes:")

    assert {line.split(":")[0] for line in told(files)} == {"janus/wave_1.yaml"}


@pytest.mark.parametrize("name", ["wave_1.yaml", "janus/wave_3.yml", "janus/more/wave_3.yaml"])
def test_a_rule_file_in_a_place_that_nobody_reads_is_told(files, name):
    path = files / "metadata" / "harmonisation" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("survey: {}\n", encoding="utf-8")

    assert told(files) == [
        f"{name}:1: is not read: a rule file is harmonisation/<collection>/<survey>.yaml"
    ]


def test_a_survey_with_a_name_that_no_model_can_have_is_told(files):
    folder = files / "metadata" / "harmonisation" / "janus"
    (folder / "wave_1.yaml").rename(folder / "Wave 1.yaml")

    assert (
        "janus/Wave 1.yaml:1: expected the name of a survey in small letters, digits and "
        "underscores, up to 32 characters"
    ) in told(files)


def test_a_file_that_is_not_yaml_is_told_with_its_line(files):
    change(files, WAVE_1, "rules:", "rules: [")

    assert told(files)[0].startswith("janus/wave_1.yaml:") and "not YAML" in told(files)[0]
