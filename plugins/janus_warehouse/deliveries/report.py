"""What the sender gets back: counts, rules, and the lines that failed. No value of a person.

A report is made from the ledger alone, so it can be written again at any time; the list of
failing lines is written while the landed rows are still there.
"""

import json
import os
import shutil
from importlib import resources
from pathlib import Path

import psycopg
from jinja2 import Environment, StrictUndefined
from psycopg.rows import dict_row

from janus_warehouse.contracts import Contract, Rule, load_contracts
from janus_warehouse.deliveries import ledger, view
from janus_warehouse.deliveries.failing_values import TOLD_KINDS, quarantined_cells, told
from janus_warehouse.deliveries.ledger import Delivery
from janus_warehouse.deliveries.rows import failing_rows_sql
from janus_warehouse.platform.database import Role, connect
from janus_warehouse.platform.files import replace_text
from janus_warehouse.platform.settings import get_settings

FAILING_ROWS = "failing_rows.csv"
PAGE = "report.html"
DOCUMENT = "report.json"


def report_folder(delivery_id: str) -> Path:
    """Return the folder of a delivery's report."""
    return get_settings().reports_dir / "deliveries" / delivery_id


def write_failing_rows(
    connection: psycopg.Connection, delivery: Delivery, contracts: dict[str, Contract]
) -> None:
    """Write the failing lines of a checked delivery: table, line, rule, column, consequence."""
    folder = report_folder(delivery.delivery_id)
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{FAILING_ROWS}.{os.getpid()}"
    with draft.open("wb") as file:
        file.write(b"table,line,rule,column,consequence\n")
        tables = ledger.tables_of(connection, delivery.delivery_id)
        relation = view.relation_during_check(connection, tables, contracts, delivery)
        for table in tables:
            contract = contracts[table.table_name]
            failed = _failed_rules(connection, delivery, table.table_name)
            rules = [rule for rule in contract.rules if rule.rule_id in failed]
            if not rules:
                continue
            if contract.is_in_lake:
                from janus_warehouse.assays.lake.door import failing_lines

                lines = failing_lines(connection, delivery, table, contracts, relation)
                file.write(_lines_of_files(table.table_name, rules, lines))
                continue
            known = ", ".join(
                f"({_quote(r.rule_id)}, {_quote(r.column or '')}, {_quote(r.consequence)})"
                for r in rules
            )
            failing = failing_rows_sql(table, rules, relation)
            query = (
                f"select {_quote(table.table_name)}, line_number, rule_id, rules.header, "
                f"rules.consequence from ({failing}) as failing, unnest(rule_ids) as rule_id "
                f"inner join (values {known}) as rules (id, header, consequence) "
                "on rules.id = rule_id order by line_number, rule_id"
            )
            export = f"copy ({query}) to stdout with (format csv)"
            with connection.cursor() as cursor, cursor.copy(export) as copy:
                for block in copy:
                    file.write(block)
    draft.replace(folder / FAILING_ROWS)


def _lines_of_files(table: str, rules: list[Rule], lines: dict[str, list[int]]) -> bytes:
    """Return the failing lines of native files: each once, however many of its cells fail."""
    return "".join(
        f"{table},{line},{rule.rule_id},,{rule.consequence}\n"
        for rule in rules
        for line in lines[rule.rule_id]
    ).encode()


def write_report(delivery_id: str) -> Path:
    """Write `report.json` and `report.html` of a settled delivery and return the page's path."""
    content = report_content(delivery_id)
    folder = report_folder(delivery_id)
    folder.mkdir(parents=True, exist_ok=True)
    replace_text(folder / DOCUMENT, json.dumps(content, indent=2, default=str))
    template = resources.files(__package__).joinpath("report.html").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    page = folder / PAGE
    replace_text(page, environment.from_string(template).render(**content))
    return page


def report_content(delivery_id: str) -> dict:
    """Return what a report says: the delivery, its tables, rules and mends."""
    claims = {(c.table, r.rule_id): (c, r) for c in load_contracts() for r in c.rules}
    with connect(Role.loader) as connection, connection.cursor(row_factory=dict_row) as cursor:
        delivery = cursor.execute(
            "select delivery_id, source, collection_id, folder, as_of, state, rows_received, "
            "rows_accepted, rows_quarantined, rows_refused, reason, supersedes, received_at, "
            "settled_at from ops.deliveries where delivery_id = %s",
            [delivery_id],
        ).fetchone()
        tables = cursor.execute(
            "select table_name, path, contract_version, rows_declared, rows_received, "
            "rows_accepted, rows_quarantined from ops.delivery_tables where delivery_id = %s "
            "order by table_name",
            [delivery_id],
        ).fetchall()
        checks = cursor.execute(
            "select subject as table_name, rule_id, dimension, rows_seen, rows_failing, "
            "tolerance, consequence, outcome from ops.check_results "
            "where run_kind = 'delivery' and run_id = %s order by outcome = 'passed', "
            "rows_failing desc, subject, rule_id",
            [delivery_id],
        ).fetchall()
        for row in checks:
            contract, rule = claims.get((row["table_name"], row["rule_id"]), (None, None))
            row["claim"] = rule.description if rule else ""
            row["column"] = (rule.column if rule else "") or ""
            row["found"] = ""
            if contract and rule and rule.kind in TOLD_KINDS and row["rows_failing"]:
                cells = quarantined_cells(delivery_id, row["table_name"], rule)
                row["found"] = told(connection, contract, rule, cells)
    failing = report_folder(delivery_id) / FAILING_ROWS
    from janus_warehouse.linkages.report import linkage_page

    linkage = linkage_page(delivery_id)
    return {
        "linkage_report": (
            os.path.relpath(linkage, report_folder(delivery_id)) if linkage.exists() else None
        ),
        "delivery": delivery,
        "tables": tables,
        "checks": checks,
        "failing_rows_file": FAILING_ROWS if failing.exists() else None,
    }


def write_missing_reports(connection: psycopg.Connection) -> None:
    """Write the report of every delivery that lacks it: a crash may have come between."""
    from janus_warehouse.assays.gate.report import write_gate_report
    from janus_warehouse.linkages.report import is_linkage_reported, write_linkage_report

    for delivery_id, state, has_figures in connection.execute(
        "select delivery_id, state, exists (select 1 from ops.linkage_figures as figures "
        "where figures.delivery_id = deliveries.delivery_id) "
        "from ops.deliveries where state = any(%s) order by received_at",
        [[*ledger.SETTLED, "held"]],
    ).fetchall():
        if has_figures and not is_linkage_reported(delivery_id, state):
            write_linkage_report(delivery_id)
        if not is_reported(delivery_id, state):
            write_gate_report(delivery_id)
            write_report(delivery_id)


def is_reported(delivery_id: str, state: str) -> bool:
    """Tell whether a delivery has its report.

    Args:
        delivery_id: Id of the delivery.
        state: Its state now. A page that was written while it was held does not tell its end.
    """
    try:
        told = json.loads((report_folder(delivery_id) / DOCUMENT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    is_of_before = told["delivery"]["state"] == "held" and state != "held"
    return (report_folder(delivery_id) / PAGE).exists() and not is_of_before


def remove_report(delivery_id: str) -> None:
    """Remove the report of a delivery that is taken up again; it would tell of the last time."""
    from janus_warehouse.assays.gate import places_of_reports
    from janus_warehouse.linkages.report import linkage_folder

    shutil.rmtree(places_of_reports.report_folder(delivery_id), ignore_errors=True)
    shutil.rmtree(report_folder(delivery_id), ignore_errors=True)
    shutil.rmtree(linkage_folder(delivery_id), ignore_errors=True)


def _failed_rules(connection: psycopg.Connection, delivery: Delivery, table: str) -> set[str]:
    return {
        row[0]
        for row in connection.execute(
            "select rule_id from ops.check_results where run_kind = 'delivery' "
            "and run_id = %s and subject = %s and rows_failing > 0",
            [delivery.delivery_id, table],
        )
    }


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
