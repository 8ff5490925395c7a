"""The second linkage over the first, at full size: to finished marts, and what the rules cost.

The reference is the SQL that dbt ran, run again from one psql: the statements that made the
models and the questions of the data tests, one after the other. JANUS_BENCH_SCALE=0.05 makes a
smaller bank.
"""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.measure import record, timed
from benchmarks.own_home import own_home
from janus_warehouse.platform import embedded
from janus_warehouse.platform.database import Role, url
from janus_warehouse.platform.settings import get_settings
from janus_warehouse.synthetic import Plan, generate
from janus_warehouse.warehouse import build
from janus_warehouse.warehouse.project import read_manifest, target_dir

REGISTRIES = ("biobank", "population_register", "cause_of_death", "census", "cancer_statistics",
              "cancer_registry")  # fmt: skip
RULE_MODELS = ("int_cases__checkable", "fct_case_flags", "fct_case_check_counts")
"""What prepares the cases for the rules, what flags them, and what counts them."""
SCAN = """
select count(*), max(incidence_date), max(topography_code), max(morphology_code), max(stage_code)
from marts.fct_cancer_cases
"""


def records() -> list[dict]:
    """Return the figures of linkages: to finished marts, all rules, multiple primaries."""
    scale = float(os.environ.get("JANUS_BENCH_SCALE", "1"))
    cases = Plan.at(scale).cases_2022
    with own_home():
        _enter(_first_linkage(scale))
        seconds, _ = timed(build)
        statements = _statements()
        by_hand = _in_psql(statements.values())
        rules = sum(_in_psql([statements[name]]) for name in RULE_MODELS)
        primaries = _in_psql([statements["int_cases__primaries"]])
        scan = min(_in_psql([SCAN]) for _ in range(3))
    return [
        record("linkage: the second over the first, to finished marts", cases, seconds,
               "the same SQL in psql", by_hand, target=1.5),
        record("linkage: all case checks", cases, rules, "one scan of the case table", scan),
        record("linkage: multiple primaries of everybody", cases, primaries,
               "one scan of the case table", scan),
    ]  # fmt: skip


def _first_linkage(scale: float) -> list[str]:
    from janus_warehouse.deliveries import scan_landing

    landing = Path(get_settings().landing)
    answers = generate(landing, scale=scale, seed=1)
    for source in landing.iterdir():
        if source.is_dir() and source.name not in REGISTRIES:
            shutil.rmtree(source)
    scan_landing()
    chosen = [
        answer
        for answer in answers.deliveries
        if answer.folder.split("/")[0] in REGISTRIES and answer.outcome == "accepted"
    ]
    second = [a.delivery_id for a in chosen if a.folder.endswith("2022-12-31")]
    in_order = sorted(chosen, key=lambda a: REGISTRIES.index(a.folder.split("/")[0]))
    _enter([a.delivery_id for a in in_order if a.delivery_id not in second])
    build()
    return [a.delivery_id for a in in_order if a.delivery_id in second]


def _enter(deliveries: list[str | None]) -> None:
    from janus_warehouse.deliveries import ingest

    for delivery in deliveries:
        outcome = ingest(str(delivery))
        if outcome.state != "accepted":
            raise SystemExit(f"the benchmark's delivery was {outcome.state}: {outcome.reason}")


def _statements() -> dict[str, str]:
    """Return what dbt ran in its last build, by the name of the model or test, in its order."""
    manifest, folder = read_manifest(), target_dir()
    results = json.loads((folder / "run_results.json").read_text(encoding="utf-8"))["results"]
    found: dict[str, str] = {}
    for result in results:
        node: dict[str, Any] | None = manifest["nodes"].get(result["unique_id"])
        if node is None or node["resource_type"] not in ("model", "test"):
            continue
        compiled = result["compiled_code"] or ""
        if node["resource_type"] == "test":
            found[node["name"]] = f"select count(*) from ({compiled}) as failing"
        else:
            kind = "view" if node["config"]["materialized"] == "view" else "table"
            found[node["name"]] = f"create {kind} intermediate.bench_{len(found)} as {compiled}"
    return found


def _in_psql(statements: Any) -> float:
    """Return the seconds of a psql that runs the statements and takes them back."""
    script = ["\\set ON_ERROR_STOP on", "begin;", *(f"{one};" for one in statements), "rollback;"]
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write("\n".join(script))
        file.flush()
        command = [embedded.binary("psql"), "--no-psqlrc", "--quiet", "--output=/dev/null",
                   f"--file={file.name}", url(Role.transformer)]  # fmt: skip
        seconds, _ = timed(lambda: subprocess.run(command, check=True))
    return seconds
