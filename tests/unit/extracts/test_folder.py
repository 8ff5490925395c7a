"""A published folder takes its place at once: whoever looks finds the old one or the new one."""

import sys
from pathlib import Path

import pytest

from janus_warehouse.extracts import folder as folders


@pytest.fixture
def target(tmp_path):
    """Give a published folder whose one file says that it is the first."""
    target = tmp_path / "2022.1"
    publish(target, "first")
    return target


def publish(target: Path, content: str) -> None:
    with folders.building_folder(target) as folder:
        (folder / "file").write_text(content)
        folders.publish(folder, target)


def whole_again(target: Path) -> bool:
    return [path.name for path in target.parent.iterdir() if path.is_dir()] == [target.name]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can exchange two folders")
def test_whoever_looks_while_it_is_replaced_finds_one_that_is_whole(target, monkeypatch):
    seen = []
    rename, remove = Path.rename, folders.shutil.rmtree

    def look(*_) -> None:
        seen.append((target / "file").read_text() if target.exists() else None)

    monkeypatch.setattr(Path, "rename", lambda path, new: (look(), rename(path, new), look())[1])
    monkeypatch.setattr(
        folders.shutil, "rmtree", lambda path, **options: (look(), remove(path, **options))[1]
    )
    publish(target, "second")

    assert seen and set(seen) == {"second"}
    assert (target / "file").read_text() == "second" and whole_again(target)


def test_it_is_replaced_too_where_the_system_cannot_exchange(target, monkeypatch):
    monkeypatch.setattr(folders, "_exchange", lambda one, other: False)

    publish(target, "second")

    assert (target / "file").read_text() == "second" and whole_again(target)


def test_a_file_system_that_cannot_exchange_is_told_from_one_that_fails(target):
    with pytest.raises(FileNotFoundError):
        folders._exchange(target, target.parent / "nowhere")


def test_nothing_is_left_of_a_folder_that_was_refused(tmp_path):
    with pytest.raises(ValueError), folders.building_folder(tmp_path / "2022.1"):
        raise ValueError

    assert not list(tmp_path.iterdir())
