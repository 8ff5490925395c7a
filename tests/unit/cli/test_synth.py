"""`janus synth` asks before it replaces deliveries, and keeps to the scales that can be made."""

import pytest
from typer.testing import CliRunner

from janus_warehouse.cli import app
from janus_warehouse.synthetic.plan import LARGEST_SCALE, SMALLEST_SCALE

SCALE = "0.0005"


def synth(folder, *more):
    return CliRunner().invoke(app, ["synth", "--out", str(folder), "--scale", SCALE, *more])


def content(folder):
    return {
        path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    """Return a folder with the bank of seed 1."""
    folder = tmp_path_factory.mktemp("landing")
    assert synth(folder).exit_code == 0
    return folder


@pytest.mark.parametrize("other", [("--seed", "2"), ("--scale", "0.0006")], ids=["seed", "scale"])
def test_another_bank_is_not_written_over(bank, other):
    before = content(bank)

    done = synth(bank, *other)

    assert done.exit_code == 2
    assert "scale 0.0005 and seed 1" in done.output and "--force" in done.output
    assert content(bank) == before


def test_the_same_bank_may_be_written_again(bank):
    before = content(bank)

    assert synth(bank).exit_code == 0
    assert content(bank) == before


def test_deliveries_of_somebody_else_are_kept(tmp_path):
    donors = tmp_path / "biobank" / "2022-12-31" / "donors.csv"
    donors.parent.mkdir(parents=True)
    donors.write_text("theirs")

    done = synth(tmp_path)

    assert done.exit_code == 2
    assert "delivery folders without an answer key (1)" in done.output
    assert content(tmp_path) == {donors.relative_to(tmp_path): b"theirs"}


def test_force_writes_over_what_is_there(tmp_path):
    assert synth(tmp_path).exit_code == 0

    assert synth(tmp_path, "--seed", "2", "--force").exit_code == 0
    assert "seed: 2" in (tmp_path / "answer_key.yaml").read_text()


@pytest.mark.parametrize("scale", [SMALLEST_SCALE / 2, LARGEST_SCALE * 2, float("nan")])
def test_a_scale_that_cannot_be_made_is_wrong_usage(tmp_path, scale):
    done = synth(tmp_path, "--scale", str(scale))

    assert done.exit_code == 2
    assert content(tmp_path) == {}


def test_help_tells_the_scales_of_the_plan():
    shown = CliRunner().invoke(app, ["synth", "--help"], terminal_width=200).output

    assert f"{SMALLEST_SCALE}<=x<={LARGEST_SCALE}" in shown
