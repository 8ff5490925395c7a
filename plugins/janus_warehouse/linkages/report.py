"""The linkage report: a page with figures and a JSON document, made from the kept figures alone.

So it can be written again at any time, with the outcome that the ledger tells by then.
"""

import json
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from psycopg.rows import dict_row

from janus_warehouse.linkages.sections import table_sections
from janus_warehouse.linkages.store import Figure, figures_of
from janus_warehouse.platform.database import Role, connect
from janus_warehouse.platform.files import replace_text
from janus_warehouse.platform.settings import get_settings

PAGE = "report.html"
DOCUMENT = "report.json"
_DELIVERY = """
select delivery_id, source, collection_id, as_of, state, rows_received, rows_accepted,
    rows_quarantined, rows_refused, reason, supersedes, superseded_by, received_at, settled_at
from ops.deliveries where delivery_id = %s
"""
_DECISIONS = """
select question, is_accepted, decided_by, decided_at, reason
from ops.decisions where delivery_id = %s order by decision_id
"""


def linkage_folder(delivery_id: str) -> Path:
    """Return the folder of a delivery's linkage report."""
    return get_settings().reports_dir / "linkages" / delivery_id


def linkage_page(delivery_id: str) -> Path:
    """Return where the page of a delivery's linkage report is, or would be."""
    return linkage_folder(delivery_id) / PAGE


def write_linkage_report(delivery_id: str) -> Path | None:
    """Write the page and the document of a delivery; return the page, None if it has no figures."""
    content = linkage_content(delivery_id)
    if content is None:
        return None
    folder = linkage_folder(delivery_id)
    folder.mkdir(parents=True, exist_ok=True)
    template = resources.files(__package__).joinpath("page.html.jinja").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters["thousands"] = lambda value: f"{value:,.0f}"
    environment.filters["signed"] = lambda value: f"{value:+,.0f}".replace("-", "−")
    pages = [table_sections(table, figures) for table, figures in content.pop("_figures").items()]
    page = environment.from_string(template).render(**content, pages=pages)
    replace_text(folder / PAGE, page)
    # The document last: it tells that the page is of the same state.
    replace_text(folder / DOCUMENT, json.dumps(content, indent=1, default=str))
    return folder / PAGE


def linkage_content(delivery_id: str) -> dict[str, Any] | None:
    """Return what the document says: the delivery, decisions, figures; None without figures."""
    with connect(Role.loader) as connection:
        figures = figures_of(connection, delivery_id)
        if not figures:
            return None
        with connection.cursor(row_factory=dict_row) as cursor:
            delivery = cursor.execute(_DELIVERY, [delivery_id]).fetchone()
            decisions = cursor.execute(_DECISIONS, [delivery_id]).fetchall()
    by_table: dict[str, list[Figure]] = {}
    for figure in figures:
        by_table.setdefault(figure.table_name, []).append(figure)
    return {
        "delivery": delivery,
        "decisions": decisions,
        "figures": [
            {"table": f.table_name, "section": f.section, "item": f.item, **f.dimensions,
             "value": f.value}
            for f in figures
        ],
        "_figures": by_table,
    }  # fmt: skip


def is_linkage_reported(delivery_id: str, state: str) -> bool:
    """Tell whether the report of a delivery is there and tells its present state."""
    try:
        told = json.loads((linkage_folder(delivery_id) / DOCUMENT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(told["delivery"]["state"] == state) and linkage_page(delivery_id).exists()
