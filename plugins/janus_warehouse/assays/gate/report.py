"""The report of a return: what the laboratory must do, in order of weight, and where.

It is made from the ledger alone, so it can be written again at any time.
"""

import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

import psycopg
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape
from psycopg.rows import dict_row

from janus_warehouse.assays.gate.lines_file import FAILING_LINES
from janus_warehouse.assays.gate.places_of_reports import (
    DOCUMENT,
    INDEX,
    PAGE,
    QUALITY_PAGE,
    report_folder,
    reports_folder,
)
from janus_warehouse.assays.gate.plate_maps import plate_map
from janus_warehouse.assays.gate.rules import SUBJECT, told_by
from janus_warehouse.assays.gate.store import document_of
from janus_warehouse.contracts import load_contracts
from janus_warehouse.contracts.guide_words import claim_words
from janus_warehouse.platform.database import Role, connect
from janus_warehouse.platform.files import replace_text

_RETURN = """
select
    delivery_id, collection_id, as_of, state, rows_received, rows_accepted, rows_quarantined,
    rows_refused, reason, supersedes, superseded_by, settled_at, project_id, approval, laboratory,
    platform, platform_version, method, embargo_until, format
from ops.deliveries inner join ops.returns using (delivery_id)
"""
_ROW_RULES = """
select subject as table_name, rule_id, rows_seen as seen, rows_failing as failing, tolerance,
    consequence, outcome
from ops.check_results
where
    run_kind = 'delivery' and run_id = %s and subject <> %s and rows_failing > 0
    and rule_id <> all(%s)
order by array_position(array['refused', 'quarantined', 'warned'], outcome), rows_failing desc,
    subject, rule_id
"""
_ORDER = ("refused", "quarantined", "warned")


def write_pages(folder: Path, content: dict[str, Any]) -> Path:
    """Write page and document of a return into a folder and return the page."""
    folder.mkdir(parents=True, exist_ok=True)
    maps = [plate | {"svg": plate_map(plate["plate"], plate["wells"])}
            for plate in content["plates"]]  # fmt: skip
    replace_text(folder / PAGE, _render("report.html.jinja", **content, maps=maps))
    replace_text(folder / DOCUMENT, json.dumps(content, indent=1, default=str))
    return folder / PAGE


def write_gate_report(delivery_id: str) -> Path | None:
    """Write page and document of a return and the index; return the page, None if it is none."""
    with connect(Role.loader) as connection:
        content = gate_content(connection, delivery_id)
        if content is None:
            return None
    page = write_pages(report_folder(delivery_id), content)
    write_index()  # now that the page of this one is there
    return page


def write_index() -> None:
    """Write the list of all returns, with links to the pages that are there."""
    with connect(Role.loader) as connection:
        listed = _all_returns(connection)
    replace_text(reports_folder() / INDEX, _render("index.html.jinja", returns=listed))


def gate_content(connection: psycopg.Connection, delivery_id: str) -> dict[str, Any] | None:
    """Return what the report of a return says; None if the delivery is no return."""
    with connection.cursor(row_factory=dict_row) as cursor:
        returned = cursor.execute(f"{_RETURN} where delivery_id = %s", [delivery_id]).fetchone()
        if returned is None:
            return None
        document = document_of(connection, delivery_id) or {}
        speaking = {one["rule_id"] for one in document.get("findings", []) if one["failing"]}
        told = list(told_by(speaking))
        rows = cursor.execute(_ROW_RULES, [delivery_id, SUBJECT, told]).fetchall()
    findings = document.get("findings", [])
    broken = [finding for finding in findings if finding["failing"]] + _in_words(rows)
    reason = returned.pop("reason")
    if returned["state"] == "refused" and not document:
        broken = [before_the_gate(line) for line in (reason or "").splitlines()]
    return {
        "returned": returned,
        "check": None,
        "to_do": sorted(broken, key=lambda one: _ORDER.index(one["outcome"])),
        "kept": [finding for finding in findings if not finding["failing"]],
        "not_asked": document.get("not_asked", []),
        "counts": document.get("counts", {}),
        "statuses": document.get("statuses", {}),
        "plates": document.get("plates", []),
        "failing_lines": (
            FAILING_LINES if (report_folder(delivery_id) / FAILING_LINES).exists() else None
        ),
    }  # fmt: skip


def before_the_gate(line: str) -> dict[str, Any]:
    """Return a sentence about files that could not be read far enough for the gate."""
    return {"rule_id": "files", "title": "The files can be read", "outcome": "refused",
            "told": line, "mend": "", "failing": None, "seen": None, "counted": ""}  # fmt: skip


def _in_words(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rules of the contracts that single rows break, told as the gate tells its own."""
    known = {(c.table, rule.rule_id): (c, rule) for c in load_contracts() for rule in c.rules
             if c.source == "laboratories"}  # fmt: skip
    told = []
    for row in rows:
        contract, rule = known.get((row["table_name"], row["rule_id"]), (None, None))
        claim = claim_words(rule, contract) if contract and rule else ""
        told.append(row | {
            "title": claim.rstrip("."), "counted": f"rows of {row['table_name']}",
            "told": f"{claim.rstrip('.')}: not so in {row['failing']:,} rows.",
            "mend": "Mend the lines listed for this rule.",
        })  # fmt: skip
    return told


def _all_returns(connection: psycopg.Connection) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(f"{_RETURN} order by received_at desc, delivery_id").fetchall()
    for row in rows:
        row["has_report"] = (report_folder(row["delivery_id"]) / PAGE).exists()
        # What was superseded keeps its page, which no build writes anew.
        quality = report_folder(row["delivery_id"]) / QUALITY_PAGE
        row["has_quality"] = row["state"] == "accepted" and quality.exists()
        row["why"] = (row["reason"] or "").split("\n", 1)[0]
    return rows


def _render(template: str, **content: Any) -> str:
    text = resources.files(__package__).joinpath(template).read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters["coded"] = lambda text: Markup(
        re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(text)))
    )
    environment.filters["thousands"] = lambda value: f"{value:,.0f}"
    return environment.from_string(text).render(**content)
