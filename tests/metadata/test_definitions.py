"""Every definition in metadata/ is valid, used and found again; mistakes name file and line."""

import shutil
from pathlib import Path

import pytest
import yaml

from janus_warehouse.metadata import (
    MetadataError,
    load_codelists,
    load_variables,
)

REPO = Path(__file__).parents[2]
MODELS = REPO / "dbt_project" / "models"
MARTS = sorted(
    [*(MODELS / "marts").glob("*/*.yml"), *(MODELS / "_generated" / "marts").glob("*.yml")]
)


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
    reasons = {name for name in mart_columns() if name.endswith("_missing")} - {"percent_missing"}

    assert len(MARTS) == 51
    assert set(load_variables()) == mart_columns() - reasons
    assert {name.removesuffix("_missing") for name in reasons} <= set(load_variables())


def test_every_codelist_reads():
    codelists = load_codelists()

    assert len(codelists) >= 25
    assert codelists["missing_reason"].values == {
        "not_asked", "not_answered", "refused", "unknown", "out_of_range", "inconsistent",
        "not_applicable",
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
