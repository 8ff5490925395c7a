"""Building the marts: one dbt process, told step by step, with a ledger of all it checked."""

import logging
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg

from janus_warehouse.platform.database import Role, connect
from janus_warehouse.platform.locks import AdvisoryLock
from janus_warehouse.platform.progress import Progress
from janus_warehouse.warehouse import ledger
from janus_warehouse.warehouse.errors import BuildFailedError, UnknownSelectionError
from janus_warehouse.warehouse.process import BuildEvent, DbtRun, run_dbt
from janus_warehouse.warehouse.project import read_manifest, stamp_manifest
from janus_warehouse.warehouse.selection import BY_HAND, Plan, make_plan, selected_ids
from janus_warehouse.warehouse.unmapped import explained

logger = logging.getLogger(__name__)

PROBLEMS_SHOWN = 12

OnEvent = Callable[[BuildEvent], None]
Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class BuildResult:
    """What a build did; `models_built` is 0 and `checks` is 0 when there was nothing to do."""

    build_id: str
    models_built: int
    checks: int
    seconds: float
    selection: str


def build(
    select: str | None = None, *, full: bool = False, on_event: OnEvent | None = None
) -> BuildResult:
    """Build what new deliveries can touch, and return what was done.

    Two builds never run at once: a second one waits, and then finds what is left to do. A test
    that failed is not tried again, because the data would be the same.

    Args:
        select: dbt's selection syntax, to build chosen models by hand.
        full: Build everything anew.
        on_event: Told of each model and check as it starts and ends.

    Raises:
        UnknownSelectionError: No model is what `select` says; nothing is recorded.
        BuildFailedError: A model could not be built, a check failed, or a declared check left no
            result.
        NotAvailableError: No database answers.
    """
    started = time.monotonic()
    with connect(Role.transformer, autocommit=True) as connection, _alone(connection):
        plan = make_plan(connection, select, full=full)
        if plan.is_nothing and plan.last is not None:
            logger.info("nothing to build: %s", plan.description)
            _write_reports()
            seconds = time.monotonic() - started
            return BuildResult(plan.last.build_id, 0, 0, seconds, plan.description)
        _refuse_unknown(plan)
        build_id = _begin(connection, plan)
        logger.info("build %s: %s", build_id, plan.description)
        try:
            rows, problems = _run(connection, build_id, plan, full, on_event)
        except BaseException:
            _end(connection, build_id, "failed", 0, time.monotonic() - started)
            raise
        models = sum(row.rule_id == "is_built" and row.outcome == "passed" for row in rows)
        seconds = time.monotonic() - started
        state = "failed" if problems else "succeeded"
        _end(connection, build_id, state, models, seconds)
        Progress(build_id, role=Role.transformer).step("build", len(rows), len(rows), state)
    if problems:
        raise BuildFailedError(_told(build_id, problems))
    _write_reports()
    checks = sum(row.rule_id not in ("is_built", "is_loaded") for row in rows)
    logger.info("build %s: %d models, %d checks, %.1f s", build_id, models, checks, seconds)
    return BuildResult(build_id, models, checks, seconds, plan.description)


def _write_reports() -> None:
    """Write pages whose marts are newer than they are; a crash may have lost one."""
    from janus_warehouse.assays.quality import write_missing_quality_reports
    from janus_warehouse.surveys.report import write_missing_survey_report

    for page in (write_missing_survey_report(), *write_missing_quality_reports()):
        if page is not None:
            logger.info("written: %s", page)


def is_up_to_date() -> bool:
    """Tell whether a build would find nothing to do."""
    with connect(Role.transformer, autocommit=True) as connection:
        return make_plan(connection).is_nothing


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    """Hold the lock of builds; released by the server if this process dies."""
    got = connection.execute("select pg_try_advisory_lock(%s)", [AdvisoryLock.build]).fetchone()
    if got != (True,):
        logger.info("another build is running; this one waits for it")
        connection.execute("select pg_advisory_lock(%s)", [AdvisoryLock.build])
    # Whoever holds the lock is the only build: a row that still says running was killed.
    connection.execute(
        "update ops.builds set state = 'failed', finished_at = clock_timestamp() "
        "where state = 'running'"
    )
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("select pg_advisory_unlock(%s)", [AdvisoryLock.build])


def _begin(connection: Connection, plan: Plan) -> str:
    now = datetime.now(UTC)
    build_id = f"build-{now:%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"
    connection.execute(
        "insert into ops.builds "
        "(build_id, state, code_version, selection, deliveries, person_decision) "
        "values (%s, 'running', %s, %s, %s, %s)",
        [build_id, plan.code_version, plan.description, list(plan.deliveries),
         plan.person_decision],
    )  # fmt: skip
    return build_id


def _end(connection: Connection, build_id: str, state: str, models: int, seconds: float) -> None:
    connection.execute(
        "update ops.builds set state = %s, finished_at = clock_timestamp(), models_built = %s, "
        "seconds = %s where build_id = %s",
        [state, models, seconds, build_id],
    )


def _refuse_unknown(plan: Plan) -> None:
    """Refuse a selection by hand that is nothing, before the ledger knows of a build."""
    if not plan.description.startswith(BY_HAND):
        return
    listing = ["ls", "--select", *plan.selectors]
    for kind in ("model", "seed", "snapshot", "test", "unit_test"):
        listing += ["--resource-type", kind]
    if not plan.selectors or run_dbt(listing, lambda _event: None).has_no_nodes:
        raise UnknownSelectionError(
            f"no model matches the selection {plan.description.removeprefix(BY_HAND)}: expected "
            "names of models in dbt's selection syntax, such as +fct_cancer_cases"
        )


def _run(
    connection: Connection, build_id: str, plan: Plan, full: bool, on_event: OnEvent | None
) -> tuple[list[ledger.CheckRow], list[str]]:
    """Run dbt, write the ledger, and return its rows and what went wrong."""
    arguments = ["build"]
    if plan.selectors:
        arguments += ["--select", *plan.selectors]
    if full or plan.remakes_growing_tables:
        arguments.append("--full-refresh")
    if plan.description.startswith(BY_HAND):
        # A check that also asks a model that was not chosen, and may not exist yet, is left out.
        arguments += ["--indirect-selection", "buildable"]
    if not plan.tests_code:
        arguments += ["--exclude-resource-type", "unit_test"]
    run = run_dbt(arguments, _listener(build_id, on_event))
    manifest = read_manifest()
    stamp_manifest(plan.code_version)
    results = ledger.read_results(manifest)
    tested = _tested(manifest, results)
    counts = ledger.count_rows(connection, manifest, tested)
    results |= explained(connection, manifest, results)
    ledger.write_rows(connection, build_id, results.values(), counts)

    return list(results.values()), _problems(plan, manifest, results, run)


def _problems(
    plan: Plan, manifest: dict[str, Any], results: dict[str, ledger.CheckRow], run: DbtRun
) -> list[str]:
    """Return what went wrong, the causes first; nothing when the build is good."""
    bad = [row for row in results.values() if row.outcome in ("failed", "error")]
    causes = [row for row in bad if row.message != ledger.NOT_RUN]
    problems = [f"{row.subject}.{row.rule_id}: {_what_happened(row)}" for row in causes]
    # What a build by hand selects is dbt's own reading of it; of the rest we know what must come.
    if not plan.description.startswith(BY_HAND):
        selected = None if plan.is_everything else selected_ids(manifest, plan)
        problems += [
            f"{name}: declared, but it left no result; a check that did not run is a failure"
            for name in ledger.missing_checks(
                manifest, selected, results, unit_tests=plan.tests_code
            )
        ]
    problems += [
        f"{row.subject}.{row.rule_id}: not run, because something before it failed"
        for row in bad
        if row.message == ledger.NOT_RUN
    ]
    if run.status != 0 and not problems:
        problems = run.errors or ["dbt ended with an error and named none"]
    return problems


def _tested(manifest: dict[str, Any], results: dict[str, ledger.CheckRow]) -> list[str]:
    """Return the models that were built or tested in this run and hold rows."""
    tests = [manifest["nodes"][name] for name in results if name.startswith("test.")]
    tested = {ledger.tested_node(test) for test in tests}
    built = {name for name in results if name.startswith("model.")}
    marts = {name for name in built if manifest["nodes"][name]["schema"] == "marts"}
    return sorted(name for name in tested | marts if name is not None)


def _what_happened(row: ledger.CheckRow) -> str:
    if row.told:
        return row.told
    if row.outcome == "failed" and row.rows_failing is not None:
        return f"{row.rows_failing} rows fail it"
    return row.message


def _listener(build_id: str, on_event: OnEvent | None) -> OnEvent:
    progress = Progress(build_id, role=Role.transformer)

    def hear(event: BuildEvent) -> None:
        progress.step("build", event.done, event.total)
        if event.kind == "model":
            done = int(event.state != "started")
            state = event.state if done else "running"
            progress.step(event.name, done, 1, state)
        if event.kind == "model" and event.state != "started":
            logger.info("%s", event)
        if on_event is not None:
            on_event(event)

    return hear


def _told(build_id: str, problems: list[str]) -> str:
    shown = problems[:PROBLEMS_SHOWN]
    more = len(problems) - len(shown)
    lines = [f"build {build_id} failed: {len(problems)} of its models and checks", *shown]
    if more:
        lines.append(f"and {more} more")
    lines.append(
        f"Every check stands in ops.check_results with run_id {build_id}. Correct the delivery or "
        "the model, and build again."
    )
    return "\n".join(lines)
