"""The landing zone: which deliveries wait there, in a folder or behind an fsspec URL."""

import hashlib
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import fsspec
import psycopg

from janus_warehouse.contracts import Contract, load_contracts
from janus_warehouse.deliveries import ledger
from janus_warehouse.deliveries.decisions import to_do
from janus_warehouse.deliveries.manifest import MANIFEST, Manifest, read_manifest
from janus_warehouse.errors import DeliveryNotReadyError, DeliveryRefusedError
from janus_warehouse.platform.database import Role, connect
from janus_warehouse.platform.settings import get_settings
from janus_warehouse.platform.storage import fsspec_options

UNKNOWN_KIND = "unknown"


@dataclass(frozen=True)
class ScanResult:
    """What one look at the landing zone found: delivery ids, and folders still being copied."""

    new: tuple[str, ...]
    known: tuple[str, ...]
    refused: tuple[str, ...]
    copying: tuple[str, ...]


def scan_landing() -> ScanResult:
    """Enter every delivery of the landing zone into the ledger, once.

    What cannot be read at all (no such source, a broken manifest) is refused here, with a
    report; a folder without a manifest is still being copied and is left alone.
    """
    found: dict[str, list[str]] = {"new": [], "known": [], "refused": [], "copying": []}
    contracts = {(c.source, c.table): c for c in load_contracts()}
    with connect(Role.loader, autocommit=True) as connection:
        for folder, text in _folders():
            if text is None:
                found["copying"].append(folder)
                continue
            with connection.transaction():
                outcome, delivery_id = _enter(connection, folder, text, contracts)
            found[outcome].append(delivery_id)
        from janus_warehouse.deliveries.report import write_missing_reports

        write_missing_reports(connection)
    return ScanResult(**{key: tuple(values) for key, values in found.items()})


def find_deliveries(kind: str) -> list[str]:
    """Return the ids of deliveries of a kind that wait to be settled, oldest picture first.

    One that is held for a person's decision is not among them.

    Args:
        kind: `inventory`, `registry`, `survey` or `assay`.
    """
    scan_landing()
    with connect(Role.loader) as connection:
        return [delivery.delivery_id for delivery in to_do(connection, kind)]


def local_folder(delivery: ledger.Delivery) -> Path:
    """Return the delivery's folder on this machine, fetched from the landing URL if need be."""
    filesystem, root = _filesystem()
    if _is_local(filesystem):
        return Path(root) / delivery.folder
    target = get_settings().home / "incoming" / delivery.delivery_id
    if not target.exists():
        draft = target.with_name(f"{target.name}.part")
        shutil.rmtree(draft, ignore_errors=True)
        draft.parent.mkdir(parents=True, exist_ok=True)
        filesystem.get(f"{root}/{delivery.folder}/", f"{draft}/", recursive=True)
        _keep_times(filesystem, f"{root}/{delivery.folder}", draft)
        draft.replace(target)
    return target


def _keep_times(filesystem: fsspec.AbstractFileSystem, folder: str, copy: Path) -> None:
    """Give fetched files the time of the remote ones, where the remote side tells it."""
    for path in copy.rglob("*"):
        changed = _modified(filesystem, f"{folder}/{path.relative_to(copy).as_posix()}")
        if path.is_file() and changed is not None:
            os.utime(path, (changed, changed))


def _modified(filesystem: fsspec.AbstractFileSystem, path: str) -> float | None:
    """Return when a file last changed, in seconds since 1970, or None if nobody can tell."""
    if _is_local(filesystem):
        # A copy that keeps the old time of modification is new in this place all the same.
        status = Path(path).stat()
        return max(status.st_mtime, status.st_ctime)
    try:
        moment = filesystem.modified(path)
    except (NotImplementedError, OSError, KeyError):
        return None
    return float(moment.timestamp()) if moment is not None else None


def forget_local_copy(delivery: ledger.Delivery) -> None:
    """Remove the fetched copy of a remote delivery; a local landing zone is never touched."""
    shutil.rmtree(get_settings().home / "incoming" / delivery.delivery_id, ignore_errors=True)


def require_stillness(path: Path, why: str) -> None:
    """Refuse to judge a delivery by a file that changed a moment ago.

    Args:
        path: The file.
        why: What does not fit the manifest, for the message.

    Raises:
        DeliveryNotReadyError: The file may still be growing; look again later.
    """
    age = time.time() - path.stat().st_mtime
    patience = get_settings().still_copying_seconds
    if age < patience:
        raise DeliveryNotReadyError(
            f"{path.name} changed {age:.0f} s ago ({why}): the delivery is taken as still being "
            f"copied until it has rested {patience:.0f} s; look again then"
        )


def _enter(
    connection: psycopg.Connection,
    folder: str,
    text: str,
    contracts: dict[tuple[str, str], Contract],
) -> tuple[str, str]:
    source = folder.split("/", 1)[0]
    try:
        manifest = read_manifest(text, f"{folder}/{MANIFEST}")
        if manifest.source != source:
            raise DeliveryRefusedError(
                f"{folder}/{MANIFEST}: the manifest names source {manifest.source}, the folder "
                f"belongs to {source}; lay the delivery under {manifest.source}/, or correct "
                "the manifest"
            )
        _require_contracts(manifest, folder, contracts)
    except DeliveryRefusedError as error:
        digest = hashlib.sha256(text.encode()).hexdigest()
        delivery_id = f"{source}-unreadable-{digest[:10]}"
        new = ledger.register_unreadable(
            connection, delivery_id=delivery_id, source=source, folder=folder, digest=digest,
            kind=UNKNOWN_KIND, reason=str(error),
        )  # fmt: skip
        return ("refused" if new else "known"), delivery_id
    kind = contracts[manifest.source, manifest.files[0].table].kind
    new = ledger.register(connection, manifest, kind=kind, folder=folder)
    if not new:
        new = _reopen_if_sent_again(connection, manifest.delivery_id, folder)
    return ("new" if new else "known"), manifest.delivery_id


def _reopen_if_sent_again(connection: psycopg.Connection, delivery_id: str, folder: str) -> bool:
    """Take up a refused delivery whose files arrived anew; return whether they did.

    The manifest of a file that was cut off on its way is right, so the same manifest comes with
    the whole file, and the delivery has the same id.
    """
    from janus_warehouse.deliveries.report import remove_report

    delivery = ledger.get(connection, delivery_id)
    filesystem, root = _filesystem()
    if delivery.superseded_by is not None:
        return False  # its correction is in; what was wrong is not wanted any more
    if delivery.state == "refused" and delivery.settled_at is not None:
        times = [_modified(filesystem, p) for p in filesystem.find(f"{root}/{folder}")]
        if max((t for t in times if t is not None), default=0) > delivery.settled_at.timestamp():
            ledger.reopen(connection, delivery, folder)
            remove_report(delivery_id)
            return True
    elif delivery.state == "received" and delivery.folder != folder:
        # The folder that was found first may be gone: renamed before anything was read.
        if not filesystem.exists(f"{root}/{delivery.folder}/{MANIFEST}"):
            ledger.move(connection, delivery, folder)
    return False


def _require_contracts(
    manifest: Manifest, folder: str, contracts: dict[tuple[str, str], Contract]
) -> None:
    sources = sorted({source for source, _ in contracts})
    if manifest.source not in sources:
        raise DeliveryRefusedError(
            f"{folder}/{MANIFEST}: unknown source {manifest.source}; expected one of "
            f"{', '.join(sources)}. A new source needs a contract: docs/adding_a_source.md"
        )
    for file in manifest.files:
        if (manifest.source, file.table) not in contracts:
            tables = ", ".join(sorted(t for s, t in contracts if s == manifest.source))
            raise DeliveryRefusedError(
                f"{folder}/{MANIFEST}: source {manifest.source} has no table {file.table}; "
                f"expected one of {tables}"
            )


def _folders() -> list[tuple[str, str | None]]:
    """Return each `<source>/<delivery>` folder with its manifest's text, or None without one."""
    filesystem, root = _filesystem()
    if not filesystem.isdir(root):
        return []
    folders = []
    for source in sorted(filesystem.ls(root, detail=True), key=lambda entry: entry["name"]):
        if source["type"] != "directory":
            continue
        for entry in sorted(filesystem.ls(source["name"], detail=True), key=lambda e: e["name"]):
            if entry["type"] != "directory":
                continue
            path = entry["name"].rstrip("/")
            name = "/".join(path.split("/")[-2:])
            try:
                with filesystem.open(f"{path}/{MANIFEST}", "rb") as file:
                    text = file.read().decode("utf-8", errors="replace")
            except FileNotFoundError:
                text = None
            folders.append((name, text))
    return folders


def _filesystem() -> tuple[fsspec.AbstractFileSystem, str]:
    landing = get_settings().landing
    filesystem, root = fsspec.core.url_to_fs(landing, **fsspec_options(landing))
    filesystem.invalidate_cache()
    return filesystem, root.rstrip("/")


def _is_local(filesystem: fsspec.AbstractFileSystem) -> bool:
    return "file" in (
        filesystem.protocol if isinstance(filesystem.protocol, tuple) else (filesystem.protocol,)
    )
