"""The folder of an extract: what is in it, its checksums, and how it takes its place at once."""

import ctypes
import errno
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from janus_warehouse.platform.settings import get_settings

CHECKSUMS = "SHA256SUMS"
MANIFEST = "manifest.json"
_READ_BYTES = 1 << 20
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2
"""Of Linux: see renameat2(2)."""
_CANNOT_EXCHANGE = {errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP}


def extract_folder(project_id: str, release_name: str) -> Path:
    """Return where an extract is, or would be."""
    return get_settings().extracts_dir / project_id / release_name


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, read in blocks."""
    with path.open("rb") as file:
        digest = hashlib.sha256()
        while block := file.read(_READ_BYTES):
            digest.update(block)
    return digest.hexdigest()


def describe_files(folder: Path) -> list[dict[str, Any]]:
    """Return name, size and hash of every file of a folder, in the order of their names."""
    return [
        {"name": path.name, "bytes": path.stat().st_size, "sha256": file_sha256(path)}
        for path in sorted(folder.iterdir())
        if path.name not in (CHECKSUMS, MANIFEST)
    ]


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Write `manifest.json`; the same content is always the same bytes."""
    text = json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of a folder, None when there is none that can be read."""
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def write_checksums(folder: Path) -> str:
    """Write `SHA256SUMS` over all other files, as `sha256sum -c` reads it; return its own hash."""
    lines = [
        f"{file_sha256(path)}  {path.name}\n"
        for path in sorted(folder.iterdir())
        if path.name != CHECKSUMS
    ]
    (folder / CHECKSUMS).write_text("".join(lines), encoding="utf-8")
    return file_sha256(folder / CHECKSUMS)


def checksum_problems(folder: Path) -> dict[str, str]:
    """Return what is wrong with the files of a folder by their names; empty when nothing is."""
    sums = folder / CHECKSUMS
    if not sums.exists():
        return {CHECKSUMS: "is missing"}
    expected = {}
    for line in sums.read_text(encoding="utf-8").splitlines():
        digest, _, name = line.partition("  ")
        expected[name] = digest
    found = {path.name for path in folder.iterdir()} - {CHECKSUMS}
    problems = dict.fromkeys(found - set(expected), f"is not in {CHECKSUMS}")
    for name, digest in expected.items():
        if name not in found:
            problems[name] = "is missing"
        elif file_sha256(folder / name) != digest:
            problems[name] = "has other content than when the extract was built"
    return dict(sorted(problems.items()))


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold a lock file that is gone afterwards."""
    while True:
        with path.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            # Whoever held it before has removed it: a lock on a file without a name guards nothing.
            if not _is_still(path, lock.fileno()):
                continue
            try:
                yield
            finally:
                path.unlink(missing_ok=True)
            return


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


@contextmanager
def building_folder(target: Path) -> Iterator[Path]:
    """Give an empty folder beside `target` that nobody else is building in.

    Whatever a killed run left is removed first. The folder is gone afterwards unless `publish`
    moved it.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with _alone(target.parent / f".{target.name}.lock"):
        for stale in target.parent.glob(f".{target.name}.*"):
            if stale.is_dir():
                shutil.rmtree(stale)
        folder = target.parent / f".{target.name}.building"
        folder.mkdir(mode=0o750)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def publish(folder: Path, target: Path) -> None:
    """Put a finished folder in its place; a reader sees the old one or the new one, never half.

    Where the system cannot exchange two folders (only Linux can, and some network file systems
    cannot), there is for a moment none: a reader then finds nothing, and still never half.
    """
    for path in [*folder.iterdir(), folder]:
        _flush(path)
    replaced = target.parent / f".{target.name}.replaced"
    if not target.exists():
        folder.rename(target)
    elif _exchange(folder, target):
        folder.rename(replaced)
    else:
        target.rename(replaced)
        folder.rename(target)
    _flush(target.parent)
    shutil.rmtree(replaced, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Give two folders each other's name in one step; return whether the system can do that."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    done = rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE)
    if done == 0:
        return True
    if (number := ctypes.get_errno()) in _CANNOT_EXCHANGE:
        return False
    raise OSError(number, os.strerror(number), str(other))


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
