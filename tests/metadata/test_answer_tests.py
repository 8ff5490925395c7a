"""The tests written from the rule files: every example is in one, none meddles with another."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from tests import small_surveys

from janus_warehouse.surveys import Harmonisation, load_harmonisation
from janus_warehouse.warehouse.answer_examples import unit_tests_of
from janus_warehouse.warehouse.answers_tests import answer_test_files, variables_tested

REPOSITORY = load_harmonisation()


@pytest.fixture
def harmonisation(tmp_path: Path) -> Harmonisation:
    folder = small_surveys.write(tmp_path)
    return load_harmonisation(folder / "metadata", folder / "expectations")


def written(harmonisation: Harmonisation, survey: str) -> dict:
    return yaml.safe_load(answer_test_files(harmonisation)[f"answers/int_answers__{survey}.yml"])


def test_examples_of_variables_with_columns_of_their_own_share_the_attenders(harmonisation):
    [test] = written(harmonisation, "wave_1")["unit_tests"]

    assert test["name"] == "wave_1_answers_as_its_examples_say_1"
    assert test["description"] == "The examples of height_cm, smoking."
    lineage = {"collection_id": "janus", "delivery_id": "examples"}
    assert test["given"] == [
        {"input": "ref('stg_clinic__wave_1')", "rows": [
            {"donor_id": "E1", "line_number": 1, **lineage, "hoyde": 1.8, "royk": "1"},
            {"donor_id": "E2", "line_number": 2, **lineage, "hoyde": 9.99, "royk": "1"},
        ]},
    ]  # fmt: skip
    assert test["expect"]["rows"] == [
        {"donor_id": "E1", "height_cm": "180.0", "height_cm__missing": None,
         "smoking": "never", "smoking__missing": None},
        {"donor_id": "E2", "height_cm": None, "height_cm__missing": "not_answered",
         "smoking": "never", "smoking__missing": None},
    ]  # fmt: skip


def test_an_attender_stands_in_those_tables_that_an_example_gives_answers_of(harmonisation):
    wave = harmonisation.surveys["wave_2"]
    rule = wave.rules["smoking"]
    examples = [
        {"given": {"royk": "2"}, "value": "daily"},
        {"given": {"royk": "1", "snus": "2"}, "value": "never"},
    ]
    wave.rules["smoking"] = rule.model_validate({**rule.model_dump(), "examples": examples})

    [test] = written(harmonisation, "wave_2")["unit_tests"]

    tables = {entry["input"]: [row["donor_id"] for row in entry["rows"]] for entry in test["given"]}
    assert tables == {
        "ref('stg_clinic__wave_2')": ["E1", "E2"], "ref('stg_clinic__wave_2_form')": ["E2"],
    }  # fmt: skip


def together(harmonisation: Harmonisation) -> list[list[str]]:
    """Return the variables of the first wave that share the attenders of a test."""
    wave = harmonisation.surveys["wave_1"]
    return [
        test.names
        for test in unit_tests_of(wave, harmonisation, variables_tested(wave, harmonisation))
    ]


def with_examples(harmonisation: Harmonisation, name: str, *examples: dict) -> None:
    rules = harmonisation.surveys["wave_1"].rules
    changed = {**rules[name].model_dump(), "examples": examples}
    rules[name] = rules[name].model_validate(changed)


def test_examples_that_agree_in_a_column_share_it_and_others_stay_apart(harmonisation):
    with_examples(
        harmonisation, "glucose_mmol_l", {"given": {"gluk": 90, "royk": "1"}, "value": "5"}
    )

    assert together(harmonisation) == [["height_cm", "glucose_mmol_l", "smoking"]]

    with_examples(
        harmonisation, "glucose_mmol_l", {"given": {"gluk": 90, "royk": "2"}, "value": "5"}
    )

    assert together(harmonisation) == [["height_cm", "glucose_mmol_l"], ["smoking"]]


def test_what_one_example_leaves_out_of_a_column_that_it_reads_no_other_gives(harmonisation):
    with_examples(
        harmonisation, "smoking",
        {"given": {"royk": "1"}, "value": "never"}, {"given": {}, "missing": "not_answered"},
    )  # fmt: skip
    with_examples(
        harmonisation, "glucose_mmol_l", {"given": {"gluk": 90, "royk": "1"}, "value": "5"}
    )

    assert together(harmonisation) == [["height_cm", "glucose_mmol_l"], ["smoking"]]


def test_variables_that_a_check_may_blank_together_stay_apart(harmonisation):
    with_examples(harmonisation, "glucose_mmol_l", {"given": {"gluk": 90}, "value": "5"})
    check = harmonisation.checks["tall_enough"]
    of = {"of": ("height_cm", "glucose_mmol_l")}
    harmonisation.checks["tall_enough"] = check.model_copy(update=of)

    assert together(harmonisation) == [["height_cm", "smoking"], ["glucose_mmol_l"]]


def test_an_inherited_rule_is_tested_where_it_was_written_unless_its_columns_differ(harmonisation):
    second = harmonisation.surveys["wave_2"]

    assert variables_tested(second, harmonisation) == []

    second.columns["hoyde"] = replace(second.columns["hoyde"], unit="cm")

    assert variables_tested(second, harmonisation) == ["height_cm"]


def test_the_variables_whose_codes_are_listed_are_asked_for_codes_without_an_outcome(harmonisation):
    [model] = written(harmonisation, "wave_1")["models"]

    assert model["data_tests"] == [
        {"every_code_is_mapped": {
            "name": "wave_1_maps_every_code",
            "arguments": {"survey": "wave_1", "variables": ["smoking"]},
        }}
    ]  # fmt: skip


@pytest.mark.parametrize("name", REPOSITORY.surveys)
def test_every_example_of_every_rule_is_tested(name):
    survey = REPOSITORY.surveys[name]
    here = variables_tested(survey, REPOSITORY)
    tests = unit_tests_of(survey, REPOSITORY, here)
    before = list(REPOSITORY.surveys)[: list(REPOSITORY.surveys).index(name)]

    for variable, rule in survey.rules.items():
        told = [a.examples[variable] for test in tests for a in test.attenders
                if variable in a.examples]  # fmt: skip
        assert (variable in here) == bool(told)
        if variable in here:
            assert all(example in told for example in rule.examples)
        else:
            elsewhere = [REPOSITORY.surveys[other].rules.get(variable) for other in before]
            assert not rule.examples or rule in elsewhere


def test_the_examples_come_together_in_a_handful_of_tests():
    tests = sum(
        len(unit_tests_of(survey, REPOSITORY, variables_tested(survey, REPOSITORY)))
        for survey in REPOSITORY.surveys.values()
    )
    examples = sum(
        len(rule.examples) for survey in REPOSITORY.surveys.values()
        for rule in survey.rules.values()
    )  # fmt: skip

    assert examples > 500
    assert tests < 80, "every test is a query of its own in each full build"
