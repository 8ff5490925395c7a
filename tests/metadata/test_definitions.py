"""Every definition in metadata/ is valid, used and found again; mistakes name file and line."""

import shutil
from pathlib import Path

import pytest
import yaml

from janus_warehouse.contracts import load_contracts
from janus_warehouse.metadata import (
    MetadataError,
    load_codelists,
    load_harmonisation,
    load_variables,
)

REPO = Path(__file__).parents[2]
MARTS = sorted((REPO / "dbt_project" / "models" / "marts").glob("*/*.yml"))


@pytest.fixture
def metadata(tmp_path: Path) -> Path:
    """Give a copy of metadata/ that a test may break."""
    shutil.copytree(REPO / "metadata", tmp_path / "metadata")
    return tmp_path / "metadata"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, "the mistake is not where the test puts it"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def mart_columns() -> set[str]:
    columns = set()
    for path in MARTS:
        (model,) = yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
        columns |= {column["name"] for column in model["columns"]}
    return columns


def test_there_is_a_definition_of_every_mart_column_and_no_other():
    harmonised = set(load_harmonisation().variables)

    assert len(MARTS) == 32
    assert set(load_variables()) == mart_columns() | harmonised


def test_every_codelist_reads():
    codelists = load_codelists()

    assert len(codelists) >= 25
    assert codelists["missing_reason"].values == {
        "not_asked", "not_answered", "refused", "unknown", "out_of_range", "not_applicable",
    }  # fmt: skip


def test_a_misspelt_key_is_told_with_file_and_line(metadata):
    edit(metadata / "variables" / "donors.yaml", "codelist: sex", "codelits: sex")

    with pytest.raises(MetadataError, match=r"donors\.yaml:7: sex_code\.codelits: Extra inputs"):
        load_variables(metadata)


def test_a_codelist_that_is_not_there_is_told(metadata):
    edit(metadata / "variables" / "donors.yaml", "codelist: sex", "codelist: sexes")

    with pytest.raises(MetadataError, match=r"donors\.yaml:7: sex_code\.codelist: there is no"):
        load_variables(metadata)


def test_a_variable_in_two_files_is_told(metadata):
    path = metadata / "variables" / "samples.yaml"
    edit(path, "draw_date:", "sex_code:")

    with pytest.raises(MetadataError, match=r"samples\.yaml:1: sex_code: is already defined in do"):
        load_variables(metadata)


def test_a_variable_given_twice_in_one_file_is_told(metadata):
    edit(metadata / "variables" / "samples.yaml", "freezer:", "rack:")

    with pytest.raises(MetadataError, match=r"samples\.yaml:\d+: rack is given twice"):
        load_variables(metadata)


def test_a_code_listed_twice_is_told(metadata):
    edit(metadata / "codelists" / "sex.csv", "2,kvinne", "1,kvinne")

    with pytest.raises(MetadataError, match=r"sex\.csv:3: code 1 is listed twice"):
        load_codelists(metadata)


def test_a_survey_without_a_rule_is_told(metadata):
    path = metadata / "harmonisation" / "body.yaml"
    edit(path, "    hubro_2000: {rule: direct, columns: [height]}\n", "")

    with pytest.raises(MetadataError, match=r"height_cm\.surveys: no rule for hubro_2000"):
        load_harmonisation(metadata)


def test_a_recode_to_a_code_that_does_not_exist_is_told(metadata):
    edit(metadata / "harmonisation" / "smoking.yaml", '"2": former', '"2": stopped')

    with pytest.raises(MetadataError, match=r"oslo_1972: stopped not in codelist smoking_status"):
        load_harmonisation(metadata)


def test_a_rule_that_says_too_little_is_told(metadata):
    edit(metadata / "harmonisation" / "body.yaml", ', expression: "{hoyde_m} * 100"', "")

    with pytest.raises(MetadataError, match=r"counties_1985: Value error, direct and recode need"):
        load_harmonisation(metadata)


def test_an_expression_cannot_end_a_statement(metadata):
    edit(metadata / "harmonisation" / "body.yaml", "{hoyde_m} * 100", "1; drop table x")

    with pytest.raises(MetadataError, match="String should match pattern"):
        load_harmonisation(metadata)


@pytest.mark.parametrize("survey", sorted(load_harmonisation().surveys))
def test_every_code_of_a_recoded_question_has_an_outcome(survey):
    harmonisation = load_harmonisation()
    model = harmonisation.surveys[survey].model
    contracts = {f"stg_{c.source}__{c.table}": c for c in load_contracts()}
    if model not in contracts:
        columns = [c for c in contracts.values() if c.collection == "nhanes"]
    else:
        columns = [contracts[model]]
    codes = {
        column.name: set(column.spec.custom_properties.codes or ())
        for contract in columns
        for column in contract.columns
    }
    checked = 0
    for name, rules in harmonisation.variables.items():
        rule = rules.surveys.get(survey)
        if rule is None or rule.rule != "recode":
            continue
        asked = codes[rule.columns[0]]
        assert asked, f"{name}: {rule.columns[0]} has no codes in its contract"
        assert asked <= set(rule.recode) | set(rule.missing), name
        checked += 1
    assert checked >= 1


def test_every_column_of_a_rule_is_delivered():
    harmonisation = load_harmonisation()
    contracts = {f"stg_{c.source}__{c.table}": c for c in load_contracts()}
    checked = 0
    for survey, definition in harmonisation.surveys.items():
        contract = contracts.get(definition.model)
        if contract is None:
            continue
        delivered = {column.name for column in contract.kept_columns}
        for rules in harmonisation.variables.values():
            if rule := rules.surveys.get(survey):
                assert set(rule.columns) <= delivered, survey
                checked += len(rule.columns)
    assert checked > 50
