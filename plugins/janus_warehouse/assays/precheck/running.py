"""A return judged before it is sent, by the engine that judges it when it comes."""

import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import psycopg

from janus_warehouse.assays.gate.lines_file import FAILING_LINES
from janus_warehouse.assays.gate.places_of_reports import report_folder as folder_of_report
from janus_warehouse.assays.gate.report import before_the_gate, gate_content, write_pages
from janus_warehouse.assays.packages import FORM, NATIVE, is_return, write_return_manifest
from janus_warehouse.assays.precheck.apart import warehouse_apart
from janus_warehouse.assays.precheck.bank import (
    copy_facts,
    has_warehouse,
    reading_warehouse,
    waiting_shipments,
)
from janus_warehouse.assays.precheck.errors import NoReturnError, NothingKnownError
from janus_warehouse.assays.precheck.shipment_list import (
    LIST,
    enter_lists,
    notes_of_platforms,
    read_list,
    refuse_other_projects,
)
from janus_warehouse.deliveries import check, load, scan_landing, settle
from janus_warehouse.deliveries.endings import RETURNS
from janus_warehouse.deliveries.manifest import MANIFEST, Manifest, read_manifest
from janus_warehouse.errors import DeliveryRefusedError
from janus_warehouse.platform.database import Role, connect
from janus_warehouse.platform.settings import get_settings

_NAME = "return"
Told = Callable[[str, int], None]
"""Told what is being done, and how many percent of the time have gone by about then."""
_BEGINS_AT = {
    "preparing": 0, "reading the files": 25, "asking what was sent": 40, "landing the rows": 45,
    "counting the rules": 60, "judging the whole": 80, "writing the report": 95,
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A return to be checked.

    Attributes:
        folder: Holds `return.yaml` and `returned/`; nothing in it is changed.
        lists: What was sent, as the laboratory's own lists have it; without any, the warehouse
            is asked, and where there is none, the list that lies in the folder.
        report: Where the report goes; by default beside the folder.
        collection: Whose samples these are.
        as_of: The day of the return; None is that of its manifest, or today.
        supersedes: The return that this one corrects.
    """

    folder: Path
    lists: tuple[Path, ...] = ()
    report: Path | None = None
    collection: str = "janus"
    as_of: date | None = None
    supersedes: str | None = None


@dataclass(frozen=True)
class Checked:
    """What would become of a return.

    Attributes:
        verdict: `accepted`, `quarantined` (accepted, some rows put aside) or `refused`.
        content: What the report says; see `gate_content`.
        page: The report.
    """

    verdict: str
    content: dict[str, Any]
    page: Path


def check_return(asked: Asked, told: Told = lambda _step, _percent: None) -> Checked:
    """Judge a return in a warehouse apart, write its report, and leave nothing else behind.

    Args:
        asked: The return.
        told: Called with each step as it begins.

    Raises:
        NoReturnError: The folder holds no return, or a list is none of a shipment.
        NothingKnownError: Nothing says what was sent.
        NotAvailableError: The warehouse does not answer.
    """
    folder = asked.folder.resolve()
    _require_return(folder)

    def begin(step: str) -> None:
        told(step, _BEGINS_AT[step])

    target = (asked.report or default_report(folder)).resolve()
    if target.is_relative_to(folder / NATIVE):
        raise NoReturnError(f"{target}: nothing is written into {NATIVE}/; name another folder")
    lists = {path: read_list(path) for path in asked.lists or _list_beside(folder)}
    with ExitStack() as stack:
        warehouse = None if lists else stack.enter_context(reading_warehouse())
        begin("preparing")
        home = stack.enter_context(warehouse_apart())
        content = _judged(asked, folder, home, warehouse, lists, begin)
        begin("writing the report")
        lines = _lines(content)
        page = write_pages(target, content)
        (target / FAILING_LINES).unlink(missing_ok=True)
        if lines is not None:
            shutil.copyfile(lines, target / FAILING_LINES)
    returned = content["returned"]
    verdict = "quarantined" if returned["rows_quarantined"] else returned["state"]
    return Checked(verdict, content, page)


def default_report(folder: Path) -> Path:
    """Return where a report goes: beside the folder; of one in the landing zone, to the reports.

    In the landing zone a folder beside it would be taken for a delivery that is being copied.
    """
    settings = get_settings()
    if folder.is_relative_to(Path(settings.landing)):
        return settings.reports_dir / "checks" / folder.name
    return folder.with_name(f"{folder.name}-check")


def _judged(
    asked: Asked, folder: Path, home: Path, warehouse: psycopg.Connection[Any] | None,
    lists: dict[Path, pl.DataFrame], begin: Callable[[str], None],
) -> dict[str, Any]:  # fmt: skip
    told: dict[str, Any] = {"against": _against(lists), "notes": []}
    try:
        begin("reading the files")
        manifest = _lay(asked, folder, home / "landing" / RETURNS / _NAME)
        if manifest.returned is None:
            raise NoReturnError(f"{folder / MANIFEST}: it is the manifest of no return")
        refuse_other_projects(lists, manifest.returned)
        scan_landing()
    except DeliveryRefusedError as error:
        # The paths of the folder apart mean nothing to anybody.
        reason = str(error).replace(f"{home}/landing/{RETURNS}/{_NAME}", str(folder))
        return unread_content(reason) | {"check": told}
    begin("asking what was sent")
    told["notes"] += notes_of_platforms(lists, manifest.returned)
    told["notes"] += _make_known(manifest, warehouse, lists)
    for step, advance in (
        ("landing the rows", load), ("counting the rules", check), ("judging the whole", settle),
    ):  # fmt: skip
        begin(step)
        advance(manifest.delivery_id)
    with connect(Role.loader) as apart:
        content = gate_content(apart, manifest.delivery_id)
    assert content is not None
    return content | {"check": told}


def _make_known(
    manifest: Manifest, warehouse: psycopg.Connection[Any] | None, lists: dict[Path, pl.DataFrame]
) -> list[str]:
    """Bring what a return is judged by into the warehouse apart; return what to tell of it."""
    assert manifest.returned is not None
    with connect(Role.admin) as apart:
        if warehouse is None:
            enter_lists(apart, lists, manifest)
            return []
        copy_facts(warehouse, apart, {
            "own": manifest.delivery_id, "collection": manifest.collection,
            "platform": manifest.returned.platform, "supersedes": manifest.supersedes,
        })  # fmt: skip
    waiting = waiting_shipments(warehouse, manifest.collection)
    if not waiting:
        return []
    return [f"Not known yet are the codes of {', '.join(waiting)}: `janus ingest` first."]


def unread_content(reason: str) -> dict[str, Any]:
    """Return what a report says of a return that could not be read."""
    returned = {
        "delivery_id": "return", "as_of": "no day", "state": "refused", "laboratory": "return",
        "project_id": "not readable", "platform": "unknown", "platform_version": "unknown",
        "method": "", "format": "unknown", "embargo_until": None, "supersedes": None,
        "rows_received": 0, "rows_accepted": 0, "rows_quarantined": 0, "rows_refused": 0,
    }  # fmt: skip
    to_do = [before_the_gate(line) for line in reason.splitlines()]
    return {
        "returned": returned, "to_do": to_do, "kept": [], "not_asked": [], "counts": {},
        "statuses": {}, "plates": [], "failing_lines": None,
    }  # fmt: skip


def _lay(asked: Asked, folder: Path, place: Path) -> Manifest:
    """Lay the return into the landing zone apart, its native files as a link, with a manifest."""
    place.mkdir(parents=True)
    (place / NATIVE).symlink_to(folder / NATIVE)
    for name in (FORM, MANIFEST):
        if (folder / name).exists():
            shutil.copyfile(folder / name, place / name)
    if not (place / MANIFEST).exists() or asked.as_of or asked.supersedes:
        day = asked.as_of or datetime.now(UTC).date()
        write_return_manifest(
            place, collection=asked.collection, as_of=day, supersedes=asked.supersedes
        )
    return read_manifest((place / MANIFEST).read_text(encoding="utf-8"), str(place / MANIFEST))


def _require_return(folder: Path) -> None:
    if is_return(folder):
        return
    if not folder.is_dir():
        raise NoReturnError(f"{folder}: no such folder")
    inside = [path.name for path in sorted(folder.iterdir()) if is_return(path)]
    hint = f"; did you mean {folder / inside[0]}?" if inside else ""
    raise NoReturnError(
        f"{folder}: no return; expected {FORM} and the folder {NATIVE}/ with the laboratory's "
        f"files{hint}"
    )


def _list_beside(folder: Path) -> tuple[Path, ...]:
    """Return the list in the folder where there is no warehouse to ask.

    Raises:
        NothingKnownError: There is none.
    """
    if has_warehouse():
        return ()
    if not (folder / LIST).exists():
        raise NothingKnownError(
            f"{folder}: nothing says what the bank sent. Give the list that came with the "
            f"shipment: --shipment {LIST}; or lay it into the folder"
        )
    return (folder / LIST,)


def _against(lists: dict[Path, pl.DataFrame]) -> str:
    if not lists:
        return "what the warehouse knows now"
    named = ", ".join(f"{path.name} ({sent.height:,} codes)" for path, sent in lists.items())
    return f"the list of what was sent, {named}"


def _lines(content: dict[str, Any]) -> Path | None:
    if not content["failing_lines"]:
        return None
    return folder_of_report(content["returned"]["delivery_id"]) / FAILING_LINES
