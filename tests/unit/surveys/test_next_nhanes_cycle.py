"""The next cycle of NHANES needs lines in files, no Python and no SQL."""

import re
import shutil
from pathlib import Path

import pytest

from janus_warehouse.metadata import MetadataError
from janus_warehouse.platform.settings import get_settings
from janus_warehouse.surveys import Harmonisation, load_harmonisation
from janus_warehouse.warehouse.answers_sql import answer_files

NEXT = """\
survey:
  label: {nb: NHANES 2011–2012, en: NHANES 2011–2012}
  description: A sample of the population, interviewed at home and examined.
  years: [2011, 2012]
  tables:
    - nhanes_survey.demographics_g
    - nhanes_survey.smoking_g
    - nhanes_survey.body_measures_g
    - nhanes_survey.cholesterol_g
    - nhanes_survey.medical_conditions_g
    - nhanes_survey.crp_g
  attended_date: null
based_on: nhanes_2009
impossible:
  - {why: The file of this cycle is not at hand., variables: [cotinine_ng_ml]}
"""
TABLES = re.findall(r"nhanes_survey\.(\w+)_g", NEXT)


class Files:
    """A copy of the metadata and the contracts, to add a cycle to."""

    def __init__(self, folder: Path) -> None:
        settings = get_settings()
        self.metadata = folder / "metadata"
        self.expectations = folder / "expectations"
        shutil.copytree(settings.metadata_dir, self.metadata)
        shutil.copytree(settings.expectations_dir / "nhanes", self.expectations / "nhanes")
        shutil.copytree(settings.expectations_dir / "janus", self.expectations / "janus")
        contracts = self.expectations / "nhanes" / "nhanes_survey"
        for table in TABLES:
            text = (contracts / f"{table}_f.yaml").read_text(encoding="utf-8")
            (contracts / f"{table}_g.yaml").write_text(
                text.replace(f"{table}_f", f"{table}_g"), encoding="utf-8"
            )
        self.contracts = contracts
        self.rules = self.metadata / "harmonisation" / "nhanes" / "nhanes_2011.yaml"
        self.rules.write_text(NEXT, encoding="utf-8")

    def load(self) -> Harmonisation:
        return load_harmonisation(self.metadata, self.expectations)


@pytest.fixture
def files(tmp_path) -> Files:
    """Give a copy of the metadata with a cycle more, written as lines in files."""
    return Files(tmp_path)


def test_a_cycle_in_which_nothing_changed_is_its_tables_alone(files):
    surveys = files.load().surveys

    assert surveys["nhanes_2011"].rules == {
        name: rule
        for name, rule in surveys["nhanes_2009"].rules.items()
        if name != "cotinine_ng_ml"
    }
    assert surveys["nhanes_2011"].impossible["cotinine_ng_ml"].startswith("The file")


def test_its_view_is_written_from_its_own_tables(files):
    sql = answer_files(files.load())["answers/int_answers__nhanes_2011.sql"]

    assert set(re.findall(r"ref\('stg_nhanes_survey__(\w+)'\)", sql)) == {
        f"{table}_g" for table in TABLES
    }
    assert "cotinine" not in sql


def test_a_rule_that_no_longer_fits_is_told_with_file_and_line(files):
    contract = files.contracts / "smoking_g.yaml"
    text = contract.read_text(encoding="utf-8")
    contract.write_text(
        text.replace("name: cigarettes_per_day_past_month", "name: cigarettes_lately"),
        encoding="utf-8",
    )
    line = NEXT.splitlines().index("based_on: nhanes_2009") + 1

    with pytest.raises(MetadataError, match="cigarettes_per_day_past_month") as failure:
        files.load()

    assert f"{files.rules}:{line}" in str(failure.value)


def test_a_code_that_is_new_is_told(files):
    contract = files.contracts / "demographics_g.yaml"
    text = contract.read_text(encoding="utf-8")
    start = text.index("name: marital_status_code")
    text = text[:start] + text[start:].replace('value: ["1", ', 'value: ["1", "8", ', 1)
    contract.write_text(text, encoding="utf-8")

    with pytest.raises(MetadataError, match="marital_status_code has the codes 8"):
        files.load()


def test_what_changed_is_one_rule_in_the_file(files):
    changed = "rules:\n  weight_kg: {rule: direct, columns: [bmi_kg_m2]}\n"
    files.rules.write_text(NEXT + changed, encoding="utf-8")

    with pytest.raises(MetadataError, match="bmi_kg_m2: "):
        files.load()
    files.rules.write_text(
        NEXT + changed.replace("[bmi_kg_m2]}", "[weight_kg], note: New scales.}"), encoding="utf-8"
    )
    assert files.load().surveys["nhanes_2011"].rules["weight_kg"].note == "New scales."
