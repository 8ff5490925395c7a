"""Great Expectations' own pages (Data Docs) of each checked table, made to stand alone.

The pages hold counts only, because the expectation behind them reads nothing else. What they
would fetch from other hosts is taken out: a data manager's machine may have no way there, and
no visit should be told to anybody.
"""

import html
import re
from pathlib import Path
from typing import Any

import psycopg

from janus_warehouse.platform.database import Role, connect
from janus_warehouse.platform.files import replace_text
from janus_warehouse.platform.settings import get_settings

_EXTERNAL = re.compile(
    r"<script[^>]*\bsrc=[\"']https?://[^>]*>\s*</script>"
    r"|<link[^>]*\bhref=[\"']https?://[^>]*>"
    r"|<img[^>]*\bsrc=[\"']https?://[^>]*>"
    r"|<footer.*?</footer>"
    r"|background[^;{}]*url\(['\"]?https?://[^)]*\)[^;{}]*;?",
    re.DOTALL | re.IGNORECASE,
)
_REMOTE_LINK = re.compile(r"<a[^>]*\bhref=[\"']https?://[^>]*>(.*?)</a>", re.DOTALL)
_STYLE = """<style>
body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}
table{border-collapse:collapse}td,th{padding:.25rem .6rem;border-bottom:1px solid #dde3ea;
text-align:left;vertical-align:top}.badge{background:#e5e9ee;border-radius:.3rem;padding:0 .4rem}
.collapse{display:block}</style>"""


def write_table_page(delivery_id: str, table: str, validation: Any) -> Path:
    """Write the Data Docs page of one checked table.

    Args:
        delivery_id: The delivery.
        table: The table's name.
        validation: Great Expectations' `ExpectationSuiteValidationResult`.
    """
    from great_expectations.render.renderer import ValidationResultsPageRenderer
    from great_expectations.render.view import DefaultJinjaPageView

    page = DefaultJinjaPageView().render(ValidationResultsPageRenderer().render(validation))
    page = _REMOTE_LINK.sub(r"\1", _EXTERNAL.sub("", page))
    page = page.replace("</head>", f"{_STYLE}</head>", 1)
    path = get_settings().data_docs_dir / delivery_id / f"{table}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_text(path, page)
    return path


def write_index() -> Path:
    """Write the page that lists the Data Docs of every delivery, the newest first."""
    folder = get_settings().data_docs_dir
    with connect(Role.loader) as connection:
        rows = _listing(connection)
    lines = []
    for delivery_id, state, rules, failing, tables in rows:
        pages = ", ".join(
            f'<a href="{html.escape(f"{delivery_id}/{table}.html")}">{html.escape(table)}</a>'
            for table in tables
            if (folder / delivery_id / f"{table}.html").exists()
        )
        report = f"../reports/deliveries/{html.escape(delivery_id)}/report.html"
        lines.append(
            f'<tr><td><a href="{report}">{html.escape(delivery_id)}</a></td><td>{state}</td>'
            f"<td>{rules}</td><td>{failing}</td><td>{pages}</td></tr>"
        )
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Checks of deliveries'
        f"</title>{_STYLE}</head><body><h1>Checks of deliveries</h1><p>Each delivery with its "
        "report, and the Data Docs of each table that was checked. Counts only: no value of a "
        "person is on any page.</p><table><thead><tr><th>delivery</th><th>state</th>"
        "<th>rules</th><th>with failing rows</th><th>Data Docs</th></tr></thead><tbody>"
        f"{''.join(lines)}</tbody></table></body></html>"
    )
    folder.mkdir(parents=True, exist_ok=True)
    replace_text(folder / "index.html", page)
    return folder / "index.html"


def _listing(connection: psycopg.Connection) -> list[tuple]:
    return connection.execute(
        "select d.delivery_id, d.state, count(c.rule_id), "
        "count(*) filter (where c.rows_failing > 0), "
        "coalesce(array_agg(distinct c.subject) filter (where c.subject is not null), '{}') "
        "from ops.deliveries as d left join ops.check_results as c "
        "on c.run_kind = 'delivery' and c.run_id = d.delivery_id "
        "group by d.delivery_id, d.state, d.received_at "
        "order by d.received_at desc, d.delivery_id"
    ).fetchall()
