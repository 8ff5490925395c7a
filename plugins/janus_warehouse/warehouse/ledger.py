"""What a build leaves behind: its row in `ops.builds`, and one row per check and model."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from janus_warehouse.platform.messages import without_values
from janus_warehouse.warehouse.project import target_dir

_OUTCOMES = {"pass": "passed", "success": "passed", "warn": "warned", "fail": "failed"}

NOT_RUN = "skipped"
"""dbt's word for what it left out because something before it failed."""

_DIMENSIONS = {
    "not_null": "completeness",
    "unique": "uniqueness",
    "unique_together": "uniqueness",
    "relationships": "consistency",
    "accepted_values": "conformity",
}

_INSERT = """
insert into ops.check_results
    (run_kind, run_id, subject, rule_id, dimension, rows_seen, rows_failing, tolerance,
     consequence, outcome, seconds)
values ('build', %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


@dataclass(frozen=True)
class CheckRow:
    """One model, data test or unit test of a build, as `ops.check_results` keeps it."""

    subject: str
    rule_id: str
    dimension: str
    rows_seen: int | None
    rows_failing: int | None
    tolerance: str
    consequence: str
    outcome: str
    seconds: float
    message: str
    told: str = ""


def read_results(manifest: dict[str, Any]) -> dict[str, CheckRow]:
    """Return what became of each model, seed and test of the last dbt run, by its unique id.

    dbt's own result file is rewritten without the values that a database message may hold.
    """
    path = target_dir() / "run_results.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    rows = {}
    for result in document["results"]:
        result["message"] = without_values(str(result.get("message") or ""))
        row = _row(result, manifest)
        if row is not None:
            rows[result["unique_id"]] = row
    path.write_text(json.dumps(document), encoding="utf-8")
    return rows


def _row(result: dict[str, Any], manifest: dict[str, Any]) -> CheckRow | None:
    unique_id, status = result["unique_id"], result["status"]
    outcome = _OUTCOMES.get(status, "error")
    common: dict[str, Any] = {
        "outcome": outcome,
        "seconds": float(result["execution_time"]),
        "message": NOT_RUN if status == NOT_RUN else result["message"] or status,
    }
    if unit_test := manifest["unit_tests"].get(unique_id):
        given = sum(len(fixture.get("rows") or []) for fixture in unit_test["given"])
        failing = 0 if outcome == "passed" else None
        return CheckRow(
            unit_test["model"], unit_test["name"], "accuracy", given, failing, "0 rows",
            "fail the build", **common,
        )  # fmt: skip
    node = manifest["nodes"].get(unique_id)
    if node is None:
        return None
    if node["resource_type"] != "test":
        failing = 0 if outcome == "passed" else None
        rule = "is_loaded" if node["resource_type"] == "seed" else "is_built"
        return CheckRow(
            node["name"], rule, "conformity", None, failing, "0 rows", "fail the build", **common
        )
    subject = manifest["nodes"].get(tested_node(node) or "", {}).get("name", "warehouse")
    warns = node["config"]["severity"].lower() == "warn"
    return CheckRow(
        subject, node["name"], _dimension(node), None, result.get("failures"), "0 rows",
        "warn" if warns else "fail the build", **common,
    )  # fmt: skip


def tested_node(test: dict[str, Any]) -> str | None:
    """Return the unique id of the model or seed that a data test is about."""
    parents = [name for name in test["depends_on"]["nodes"] if not name.startswith("source.")]
    return test.get("attached_node") or (parents[0] if parents else None)


def _dimension(test: dict[str, Any]) -> str:
    stated = test["config"].get("meta", {}).get("dimension")
    kind = (test.get("test_metadata") or {}).get("name", "")
    return stated or _DIMENSIONS.get(kind, "consistency")


def count_rows(
    connection: psycopg.Connection[Any], manifest: dict[str, Any], unique_ids: Iterable[str]
) -> dict[str, int]:
    """Return how many rows each relation holds, by the name of its model.

    A check that passes on nothing is not a check, so every row of the ledger says how much there
    was to see.
    """
    counts = {}
    for unique_id in unique_ids:
        node = manifest["nodes"][unique_id]
        relation = sql.Identifier(node["schema"], node["alias"])
        if connection.execute(
            "select to_regclass(%s)", [relation.as_string(connection)]
        ).fetchone() == (None,):
            continue
        found = connection.execute(sql.SQL("select count(*) from {}").format(relation)).fetchone()
        counts[node["name"]] = int(found[0]) if found else 0
    return counts


def write_rows(
    connection: psycopg.Connection[Any],
    build_id: str,
    rows: Iterable[CheckRow],
    counts: dict[str, int],
) -> None:
    """Write the ledger rows of a build."""
    with connection.cursor() as cursor:
        cursor.executemany(
            _INSERT,
            [
                [
                    build_id, row.subject, row.rule_id, row.dimension,
                    row.rows_seen if row.rows_seen is not None else counts.get(row.subject),
                    row.rows_failing, row.tolerance, row.consequence, row.outcome, row.seconds,
                ]
                for row in rows
            ],
        )  # fmt: skip


def missing_checks(
    manifest: dict[str, Any],
    selected: set[str] | None,
    left: Iterable[str],
    *,
    unit_tests: bool = True,
) -> list[str]:
    """Return the names of declared tests that left no result.

    Args:
        manifest: dbt's manifest.
        selected: Unique ids of what was to be built; none means everything.
        left: Unique ids that the run has a result of.
        unit_tests: Whether unit tests were to run as well.
    """
    tests = {
        name: node["name"]
        for name, node in manifest["nodes"].items()
        if node["resource_type"] == "test"
    }
    if unit_tests:
        tests |= {name: node["name"] for name, node in manifest["unit_tests"].items()}
    expected = set(tests) if selected is None else set(tests) & selected
    return sorted(tests[name] for name in expected - set(left))
