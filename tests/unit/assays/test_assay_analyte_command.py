"""`janus assay analyte` tells what a code means, and does not guess."""

import json

import pytest
import typer
from typer.testing import CliRunner

from janus_warehouse.cli.assay_analyte import analyte
from janus_warehouse.cli.lazy import LazyGroup


@pytest.fixture
def run():
    """Give a function that runs the command and returns (exit status, what it said)."""
    app = typer.Typer(cls=LazyGroup)
    app.command("analyte")(analyte)
    app.callback()(lambda: None)

    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, ["analyte", *arguments], env={"COLUMNS": "120"})
        return result.exit_code, result.output

    return run


def test_a_code_is_told_with_identifiers_and_a_number_in_another_unit(run):
    status, told = run("perfluorooctanoic acid", "--convert", "5", "ng/mL", "nmol/L", "--json")
    document = json.loads(told)

    assert status == 0
    assert (document["analyte_id"], document["matched_by"]) == ("PFOA", "synonym")
    assert document["converted"]["value"] == pytest.approx(12.0755, rel=1e-5)
    assert document["converted"]["factor"] == "50000/20703"
    assert {"system": "CAS", "identifier": "335-67-1", "replaced_by": None,
            "last_edition": None} in document["identifiers"]  # fmt: skip


def test_the_table_names_what_an_old_name_became(run):
    status, told = run("hsa-miR-320a")

    assert status == 0
    assert "renamed to" in told and "hsa-miR-320a-3p" in told
    assert "hsa-miR-320a (retired, now hsa-miR-320a-3p)" in told


def test_a_number_of_an_unlikely_size_is_told(run):
    _, told = run("PFOA", "--convert", "2600", "ng/mL", "pg/mL")

    assert "2600 ng/mL = 2.6e+06 pg/mL (exactly × 1000)" in told
    assert "looks 1,000 times too large" in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("Ala",), "may be MS_ALANINE, NMR_ALANINE"),
        (("2-Sep",), "a spreadsheet makes such dates of names: SEPT2?"),
        (("P08107",), "was split into P0DMV8 and P0DMV9"),
        (("NPX_IL6", "--convert", "5", "NPX", "pg/mL"), "relative amounts"),
        (("hsa-miR-320a", "--as-of", "99"), "expected an edition of miRBase name"),
    ],
)
def test_what_is_not_known_is_refused_with_a_reason(run, arguments, told):
    status, said = run(*arguments)

    assert status == 1
    assert told in said


def test_a_platform_that_does_not_exist_is_wrong_usage(run):
    status, said = run("PFOA", "--platform", "lcms")

    assert status == 2
    assert "no platform lcms" in said
