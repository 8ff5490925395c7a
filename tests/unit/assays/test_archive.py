"""The archive gives back the bytes that came, or nothing."""

import pytest
from typer.testing import CliRunner

from janus_warehouse.assays.archive import (
    FRAME_BYTES,
    ArchiveDamagedError,
    archive_folder,
    restore,
    verify,
)
from janus_warehouse.platform.settings import get_settings

DELIVERY = "laboratories-2019-06-30-0a1b2c3d4e"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Give a delivery's folder with a file of more than a frame, an empty one and a draft."""
    monkeypatch.setenv("JANUS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("JANUS_SECRET_KEY", "a key for tests only")
    get_settings.cache_clear()
    made = tmp_path / "delivery"
    (made / "returned").mkdir(parents=True)
    (made / "returned" / "run.csv").write_bytes(bytes(range(256)) * (FRAME_BYTES // 200))
    (made / "return.yaml").write_bytes(b"")
    (made / ".draft").write_bytes(b"half")
    yield made
    get_settings.cache_clear()


def test_the_same_bytes_come_back_and_drafts_do_not(folder, tmp_path):
    place = archive_folder(DELIVERY, folder)
    assert b"run.csv" not in place.read_bytes()
    assert place.stat().st_mode & 0o077 == 0
    files = restore(DELIVERY, tmp_path / "back")
    assert sorted(file.path for file in files) == ["return.yaml", "returned/run.csv"]
    for file in files:
        assert (tmp_path / "back" / file.path).read_bytes() == (folder / file.path).read_bytes()
    assert not (tmp_path / "back" / ".draft").exists()


@pytest.mark.parametrize("at", [0, 8, 30, 5000, FRAME_BYTES + 500, -1])
def test_a_flipped_bit_is_refused_wherever_it_is(folder, tmp_path, at):
    place = archive_folder(DELIVERY, folder)
    data = bytearray(place.read_bytes())
    data[at] ^= 1
    place.write_bytes(data)
    with pytest.raises(ArchiveDamagedError):
        restore(DELIVERY, tmp_path / "back")
    assert not (tmp_path / "back").exists()


@pytest.mark.parametrize("lost", [1, FRAME_BYTES // 2])
def test_an_end_that_is_missing_is_refused(folder, lost):
    place = archive_folder(DELIVERY, folder)
    place.write_bytes(place.read_bytes()[:-lost])
    with pytest.raises(ArchiveDamagedError):
        verify(DELIVERY)


def test_an_archive_under_another_name_or_key_is_refused(folder, monkeypatch):
    place = archive_folder(DELIVERY, folder)
    other = place.with_name(place.name.replace("2019", "2020"))
    other.write_bytes(place.read_bytes())
    with pytest.raises(ArchiveDamagedError):
        verify(DELIVERY.replace("2019", "2020"))
    monkeypatch.setenv("JANUS_SECRET_KEY", "another key")
    get_settings.cache_clear()
    with pytest.raises(ArchiveDamagedError):
        verify(DELIVERY)


@pytest.mark.parametrize("link", ["hardlink_to", "symlink_to"])
def test_a_file_that_is_linked_twice_comes_back_as_two_files(folder, tmp_path, link):
    native = folder / "returned" / "run.csv"
    getattr(folder / "returned" / "same.csv", link)(native)
    archive_folder(DELIVERY, folder)
    restore(DELIVERY, tmp_path / "back")
    for name in ("run.csv", "same.csv"):
        back = tmp_path / "back" / "returned" / name
        assert not back.is_symlink()
        assert back.read_bytes() == native.read_bytes()


def test_a_native_file_whose_name_begins_with_a_full_stop_is_kept(folder, tmp_path):
    (folder / "returned" / ".run2.csv").write_bytes(b"results")
    archive_folder(DELIVERY, folder)
    restore(DELIVERY, tmp_path / "back")
    assert (tmp_path / "back" / "returned" / ".run2.csv").read_bytes() == b"results"


def test_the_commands_list_verify_and_restore(folder, tmp_path):
    from janus_warehouse.cli.archive import app

    place, run = archive_folder(DELIVERY, folder), CliRunner().invoke
    assert DELIVERY in run(app, ["list"]).output
    assert "2 files" in run(app, ["verify"]).output
    assert run(app, ["restore", DELIVERY, str(tmp_path / "back")]).exit_code == 0
    missing = run(app, ["verify", "laboratories-none", DELIVERY])
    assert missing.exit_code == 3
    assert "laboratories-none" in missing.output
    assert f"{DELIVERY}: 2 files" in missing.output
    place.write_bytes(place.read_bytes()[:-1])
    assert run(app, ["verify"]).exit_code == 1
    assert run(app, ["verify", "laboratories-none", DELIVERY]).exit_code == 1
