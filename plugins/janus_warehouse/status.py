"""One document that tells what the warehouse holds and how it got there."""

import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from psycopg import Cursor, sql
from psycopg.rows import dict_row

from janus_warehouse.platform.database import Role, connect
from janus_warehouse.platform.settings import get_settings

PACKAGES = ("apache-airflow", "dbt-core", "dbt-postgres", "great-expectations")
Document = dict[str, Any]


def status_document() -> Document:
    """Return deliveries, checks, builds, marts, releases and extracts as one document.

    Only counts and names; nothing about a person. Times are ISO 8601 in UTC.

    Raises:
        NotAvailableError: The database does not answer.
    """
    settings = get_settings()
    with connect(Role.admin) as connection, connection.cursor(row_factory=dict_row) as cursor:
        return {
            "generated_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "home": str(settings.home),
            "landing": settings.landing,
            "versions": versions(cursor),
            "deliveries": _rows(cursor, _DELIVERIES),
            "checks": {
                "outcomes": _rows(cursor, _CHECK_OUTCOMES),
                "not_passed": _rows(cursor, _CHECKS_NOT_PASSED),
            },
            "builds": _rows(cursor, _BUILDS),
            "marts": mart_rows(cursor),
            "releases": _rows(cursor, _RELEASES),
            "extracts": _rows(cursor, _EXTRACTS),
            "progress": _rows(cursor, _PROGRESS),
            "files": {
                "catalogue": _path_if_there(settings.catalogue_dir / "catalogue.ttl"),
                "data_docs": _path_if_there(settings.data_docs_dir / "index.html"),
                "reports": _path_if_there(settings.reports_dir),
            },
        }


def versions(cursor: Cursor[Document]) -> dict[str, str | None]:
    """Return the versions of the program, its chief parts, the server and the schema."""
    row = cursor.execute("select version_num from ops.alembic_version").fetchone()
    return {
        "janus-warehouse": _version("janus-warehouse"),
        "python": platform.python_version(),
        "postgresql": str(cursor.connection.info.parameter_status("server_version")),
        "schema": row["version_num"] if row else None,
        **{package: _version(package) for package in PACKAGES},
    }


def mart_rows(cursor: Cursor[Document]) -> dict[str, int]:
    """Return the number of rows of every mart, counted."""
    tables = cursor.execute(
        "select table_name from information_schema.tables "
        "where table_schema = 'marts' and table_type = 'BASE TABLE' order by 1"
    ).fetchall()
    return {
        table["table_name"]: _count(cursor, sql.Identifier("marts", table["table_name"]))
        for table in tables
    }


def _count(cursor: Cursor[Document], table: sql.Identifier) -> int:
    row = cursor.execute(sql.SQL("select count(*) as rows from {}").format(table)).fetchone()
    return int(row["rows"]) if row else 0


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _path_if_there(path: Any) -> str | None:
    return str(path) if path.exists() else None


def _rows(cursor: Cursor[Document], query: str) -> list[Document]:
    return [_plain(row) for row in cursor.execute(query).fetchall()]


def _plain(row: Document) -> Document:
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in row.items()
    }


def total(rows: Sequence[Document], column: str) -> int:
    """Return the sum of a column; a missing value counts as nothing."""
    return sum(row[column] or 0 for row in rows)


_DELIVERIES = """
    select delivery_id, collection_id, source, folder, as_of, state, supersedes, superseded_by,
        rows_received, rows_accepted, rows_quarantined, rows_refused, reason,
        received_at, settled_at
    from ops.deliveries
    order by received_at, delivery_id
"""
_CHECK_OUTCOMES = """
    select run_kind, outcome, count(*) as checks, sum(rows_failing)::bigint as rows_failing
    from ops.check_results
    where
        run_kind = 'delivery'
        or run_id = (select build_id from ops.builds order by started_at desc limit 1)
    group by run_kind, outcome
    order by run_kind, outcome
"""
_CHECKS_NOT_PASSED = """
    select run_kind, run_id, subject, rule_id, dimension, rows_seen, rows_failing, tolerance,
        consequence, outcome
    from ops.check_results
    where outcome <> 'passed'
    order by run_kind, run_id, subject, rule_id
"""
_BUILDS = """
    select build_id, state, started_at, finished_at, seconds, models_built, code_version,
        selection, deliveries
    from ops.builds
    order by started_at
"""
_RELEASES = """
    select release_name, build_id, code_version, created_at, manifest_sha256
    from ops.releases
    order by created_at
"""
_EXTRACTS = """
    select extract_id, project_id, release_name, folder, rows, sha256, built_at
    from ops.extracts
    order by built_at, extract_id
"""
_PROGRESS = """
    select job, step, done, total, state, started_at, updated_at
    from ops.progress
    where updated_at > now() - interval '1 day'
    order by updated_at
"""
