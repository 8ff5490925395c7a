"""Putting a finished edition in the place of the published one, at once or not at all.

`<home>/catalogue` is a link to a folder of `<home>/catalogue-editions`. A new edition is written
beside the old one and the link is replaced in one step, so that a reader sees the old catalogue or
the new one, never half of each. An edition is named by its release and its content.
"""

import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path


def publish(files: Mapping[str, bytes], link: Path, release_name: str) -> Path:
    """Make `link` show `files`, and return the folder of the edition.

    Publishing the same content again changes nothing. Earlier editions of the same release are
    removed; editions of other releases stay, because somebody may still cite them.

    Args:
        files: Path inside the catalogue → content.
        link: Where the catalogue is read.
        release_name: The release that the edition describes.
    """
    editions = link.with_name(f"{link.name}-editions")
    edition = editions / f"{release_name}-{_fingerprint(files)}"
    if not edition.is_dir():
        draft = editions / f".draft-{os.getpid()}"
        shutil.rmtree(draft, ignore_errors=True)
        _write(files, draft)
        draft.replace(edition)
    _point(link, edition)
    for old in editions.glob(f"{release_name}-*"):
        # Only our own names: the release "2022" must not remove an edition of "2022-b".
        if old != edition and "-" not in old.name.removeprefix(f"{release_name}-"):
            shutil.rmtree(old)
    return edition


def _fingerprint(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for path, content in sorted(files.items()):
        digest.update(f"{path}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:10]


def _write(files: Mapping[str, bytes], folder: Path) -> None:
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _point(link: Path, edition: Path) -> None:
    if link.exists() and not link.is_symlink():
        # A folder that something else made here; it is kept, out of the way.
        link.replace(link.with_name(f"{link.name}-before-{edition.name}"))
    draft = link.with_name(f".{link.name}-{os.getpid()}")
    draft.unlink(missing_ok=True)
    draft.symlink_to(Path(edition.parent.name) / edition.name, target_is_directory=True)
    draft.replace(link)
