"""The tests written from the rule files: every example is in one, none meddles with another."""

from pathlib import Path

import pytest
import yaml
from tests import small_surveys

from janus_warehouse.surveys import Harmonisation, load_harmonisation
from janus_warehouse.warehouse.answers_tests import answer_test_files, variables_together

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


def test_variables_that_read_one_column_or_are_checked_together_stay_apart(harmonisation):
    wave = harmonisation.surveys["wave_1"]
    rule = wave.rules["glucose_mmol_l"]
    example = {"given": {"gluk": 90, "royk": "1"}, "value": "5"}
    wave.rules["glucose_mmol_l"] = rule.model_validate({**rule.model_dump(), "examples": [example]})

    assert variables_together(wave, harmonisation) == [["height_cm", "glucose_mmol_l"], ["smoking"]]

    check = harmonisation.checks["tall_enough"]
    of = {"of": ("height_cm", "glucose_mmol_l")}
    harmonisation.checks["tall_enough"] = check.model_copy(update=of)

    assert variables_together(wave, harmonisation) == [["height_cm", "smoking"], ["glucose_mmol_l"]]


def test_the_variables_whose_codes_are_listed_are_asked_for_codes_without_an_outcome(harmonisation):
    [model] = written(harmonisation, "wave_1")["models"]

    assert model["data_tests"] == [
        {"every_code_is_mapped": {
            "name": "wave_1_maps_every_code",
            "arguments": {"survey": "wave_1", "variables": ["smoking"]},
        }}
    ]  # fmt: skip


@pytest.mark.parametrize("survey", REPOSITORY.surveys)
def test_every_example_of_every_rule_is_tested(survey):
    rules = REPOSITORY.surveys[survey].rules
    tests = written(REPOSITORY, survey).get("unit_tests", [])
    tested = [
        (name.removesuffix("__missing"), len(test["expect"]["rows"]))
        for test in tests
        for name in test["expect"]["rows"][0]
        if name.endswith("__missing")
    ]

    assert {name for name, _ in tested} == {name for name, rule in rules.items() if rule.examples}
    assert all(rows >= len(rules[name].examples) for name, rows in tested)
    assert len(tested) == len({name for name, _ in tested})
