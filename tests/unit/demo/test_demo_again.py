"""A demo over what is there already: it stops before it mixes two banks, or begins anew."""

import json
import subprocess
from types import SimpleNamespace

import pytest

from janus_warehouse.demo import run
from janus_warehouse.demo.run import MARKER, DemoOptions
from janus_warehouse.demo.stages import DemoFailedError

KEY = "answer_key: 1\nscale: 0.01\nseed: 7\ndeliveries: []\n"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Return a home whose landing zone holds the bank of scale 0.01 and seed 7."""
    (tmp_path / "landing").mkdir()
    (tmp_path / "landing" / "answer_key.yaml").write_text(KEY)
    settings = SimpleNamespace(home=tmp_path, landing=str(tmp_path / "landing"), database_url=None)
    monkeypatch.setattr(run, "get_settings", lambda: settings)
    monkeypatch.setattr(run.stack, "stop", lambda: None)
    monkeypatch.setattr("janus_warehouse.platform.database.ensure_database", lambda: None)
    return tmp_path


@pytest.mark.parametrize(("scale", "seed"), [(0.02, 7), (0.01, 8)], ids=["scale", "seed"])
def test_a_landing_zone_with_another_bank_stops_the_demo(home, scale, seed):
    with pytest.raises(DemoFailedError, match=r"scale 0.01 and seed 7.*--fresh"):
        run._prepare(DemoOptions(scale, seed))

    assert not (home / MARKER).exists()
    assert (home / "landing" / "answer_key.yaml").read_text() == KEY


def test_a_landing_zone_with_the_same_bank_is_gone_on_with(home):
    run._prepare(DemoOptions(0.01, 7))

    assert json.loads((home / MARKER).read_text()) == {"scale": 0.01, "seed": 7}
    assert (home / "landing" / "answer_key.yaml").exists()


def test_an_answer_key_that_cannot_be_read_stops_the_demo(home):
    (home / "landing" / "answer_key.yaml").write_text("- no key")

    with pytest.raises(DemoFailedError, match="tells no scale and seed"):
        run._prepare(DemoOptions(0.01, 7))


def test_fresh_removes_the_bank_and_the_catalogue_with_its_editions(home):
    edition = home / "catalogue-editions" / "2022.1-0123456789"
    edition.mkdir(parents=True)
    (edition / "index.html").write_text("old")
    (home / "catalogue").symlink_to(edition)

    run._prepare(DemoOptions(0.02, 7, fresh=True))

    assert [path.name for path in home.iterdir()] == [MARKER]
    assert not (home / "catalogue").is_symlink()


def test_fresh_does_not_touch_a_landing_zone_elsewhere(home, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (home / "landing").rename(elsewhere / "landing")
    run.get_settings().landing = str(elsewhere / "landing")
    (home / MARKER).write_text("{}")
    (home / "postgres").mkdir()

    with pytest.raises(DemoFailedError, match="empty that folder yourself"):
        run._prepare(DemoOptions(0.02, 7, fresh=True))

    assert (elsewhere / "landing" / "answer_key.yaml").exists()
    assert (home / "postgres").exists()


@pytest.mark.parametrize(("given", "is_fresh"), [((), False), (("FRESH=1",), True)])
def test_make_demo_begins_anew_when_told_to(given, is_fresh, request):
    done = subprocess.run(
        ["make", "--dry-run", "--assume-old=.venv/.installed", "demo", *given],
        cwd=request.config.rootpath, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert "janus demo" in done.stdout
    assert ("--fresh" in done.stdout) == is_fresh
