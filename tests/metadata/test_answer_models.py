"""The SQL that is written from rule files: numbers as they were meant, days, names that fit."""

from decimal import Decimal
from pathlib import Path

import pytest
from tests import small_surveys

from janus_warehouse.metadata.variables import number_text
from janus_warehouse.surveys import Harmonisation, load_harmonisation
from janus_warehouse.surveys.names import LONGEST_SURVEY_ID
from janus_warehouse.warehouse.answers_long_sql import long_files
from janus_warehouse.warehouse.answers_marts import mart_files
from janus_warehouse.warehouse.answers_sql import answer_files, survey_sql
from janus_warehouse.warehouse.answers_tests import answer_test_files

FIRST = "metadata/harmonisation/janus/wave_1.yaml"
CONTRACT = "expectations/janus/clinic/wave_1.yaml"
DICTIONARY = "metadata/variables/surveys/health.yaml"


def read(folder: Path, *changes: tuple[str, str, str]) -> Harmonisation:
    """Return the rules of the small surveys after some texts were replaced."""
    small_surveys.write(folder)
    for name, old, new in changes:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text, "the change is not where the test puts it"
        path.write_text(text.replace(old, new), encoding="utf-8")
    return load_harmonisation(folder / "metadata", folder / "expectations")


def view(rules: Harmonisation, survey: str = "wave_1") -> str:
    return survey_sql(rules.surveys[survey], rules)


@pytest.mark.parametrize("kind", ["smallint", "integer", "bigint"])
def test_a_whole_number_keeps_the_fraction_of_what_is_worked_out_from_it(tmp_path, kind):
    rules = read(tmp_path, (CONTRACT, "physicalType: numeric", f"physicalType: {kind}"))

    assert "(nullif(gluk, '999')::numeric / 18)::numeric as glucose_mmol_l__found" in view(rules)


def test_a_number_with_decimals_and_a_text_are_taken_as_they_are(tmp_path):
    rules = read(
        tmp_path,
        (FIRST, "columns: [gluk]", "columns: [gluk, royk]"),
        (FIRST, '"{gluk} / 18"', "\"case when {royk} = '1' then {gluk} / 18 end\""),
        (FIRST, '{"999": not_answered}', '{"999": not_answered, "9": unknown}'),
    )

    sql = view(rules)
    assert "= '1' then nullif(nullif(gluk, '999'), '9') / 18 end" in sql
    assert "royk, '999'), '9')::" not in sql


@pytest.mark.parametrize(
    ("number", "text"),
    [(1234567, "1234567"), (1234567.5, "1234567.5"), (0.0000125, "0.0000125"), (100, "100"),
     (100.0, "100"), (1e22, "10000000000000000000000"), (-0.5, "-0.5"), (0, "0"),
     (0.1, "0.1")],
)  # fmt: skip
def test_a_number_is_written_with_every_digit(number, text):
    assert number_text(number) == text
    assert Decimal(text) == Decimal(str(number))


def test_the_limits_of_a_range_are_written_exactly(tmp_path):
    limits = "{minimum: 0.5, maximum: 60}"
    rules = read(tmp_path, (DICTIONARY, limits, "{minimum: 0.0000125, maximum: 1234567.25}"))

    assert "glucose_mmol_l__found between 0.0000125 and 1234567.25" in view(rules)
    assert "0.0000125, 1234567.25" in mart_files(rules)["marts/dim_variables.sql"]


def test_whoever_has_no_day_of_attendance_does_not_come_before_who_has_one(tmp_path):
    rules = load_harmonisation(
        small_surveys.write(tmp_path) / "metadata", tmp_path / "expectations"
    )

    assert "attended_date desc nulls last, line_number desc" in view(rules)


@pytest.mark.parametrize("sign", ["{{ x", "{% x", "{# x"])
def test_no_text_of_a_rule_file_is_read_as_a_statement_of_dbt(tmp_path, sign):
    rules = read(tmp_path, (FIRST, "The first wave.", f'"Wave {sign} 1."'))

    sql = mart_files(rules)["marts/dim_surveys.sql"]
    assert f"'Wave {sign[0]} {sign[1:]} 1.'" in sql
    assert sign not in sql


def test_every_name_of_the_survey_with_the_longest_id_fits(tmp_path):
    folder = small_surveys.write(tmp_path) / "metadata" / "harmonisation" / "janus"
    longest = "w" * LONGEST_SURVEY_ID
    (folder / "wave_2.yaml").unlink()
    (folder / "wave_1.yaml").rename(folder / f"{longest}.yaml")

    rules = load_harmonisation(tmp_path / "metadata", tmp_path / "expectations")

    written = {**answer_files(rules), **long_files(rules), **answer_test_files(rules)}
    names = {Path(path).stem for path in written}
    for text in written.values():
        names |= {line.split("name: ")[1] for line in text.splitlines() if "name: " in line}
    told = {name for name in names if longest in name}
    assert {f"{longest}_answers_as_its_examples_say_1", f"{longest}_maps_every_code",
            f"int_answers__{longest}_long"} <= told  # fmt: skip
    # A survey with many variables has tests up to 99.
    assert max(len(name) for name in told) + 1 <= 63
    assert LONGEST_SURVEY_ID >= 30
