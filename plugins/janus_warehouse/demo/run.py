"""The demo from an empty folder to a delivered extract, through the real scheduler."""

import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from janus_warehouse.airflow import stack
from janus_warehouse.airflow.rest import AirflowApi
from janus_warehouse.demo.landing import holds_answer_key, other_bank
from janus_warehouse.demo.snapshot import Snapshot
from janus_warehouse.demo.stages import DemoFailedError, Display, Stages
from janus_warehouse.demo.summary import Summary, summarise
from janus_warehouse.platform.settings import get_settings

RELEASE_NAME = "2022.1"
MARKER = "demo.json"
DEMO_FOLDERS = (
    "airflow",
    "catalogue",
    "catalogue-editions",
    "data-docs",
    "extracts",
    "incoming",
    "landing",
    "postgres",
    "reports",
)


@dataclass(frozen=True)
class DemoOptions:
    """How large a bank, which one of them, and whether to begin anew."""

    scale: float
    seed: int
    fresh: bool = False


def run_demo(options: DemoOptions, display: Display) -> Summary:
    """Run the demo, or what is left of it, and return its summary.

    Everything is safe to repeat: deliveries that are in, builds and releases that exist are
    left as they are.

    Raises:
        DemoFailedError: Something failed that was not planted.
        NotAvailableError: The database or Airflow cannot be started.
    """
    stages = Stages(display)
    with stages.stage("prepare the database"):
        _prepare(options)
    with stages.stage("write synthetic deliveries") as note:
        _write_deliveries(options, note)
    with stages.stage("start Airflow") as note:
        stack.start(note)
    api, since = AirflowApi(), _now()
    for dag_id in api.dags():
        api.pause(dag_id, paused=False)
    began = _now()
    _ingest(stages, api, since)
    _build(stages, api, since)
    _release(stages, api, since)
    _publish(stages, api, since)
    return summarise(vars(options), stages.seconds, began)


def _prepare(options: DemoOptions) -> None:
    from janus_warehouse.platform.database import ensure_database

    home = get_settings().home
    marker = home / MARKER
    own_landing = home / "landing"
    if not (options.fresh and Path(get_settings().landing) == own_landing):
        _refuse_another_bank(options, own_landing)
    if options.fresh and (marker.exists() or holds_answer_key(own_landing)):
        _forget_demo(home)
    wanted = {"scale": options.scale, "seed": options.seed}
    if marker.exists() and json.loads(marker.read_text()) != wanted:
        raise DemoFailedError(
            f"{home} holds a demo with {marker.read_text()}, and {json.dumps(wanted)} is asked "
            "for: add --fresh to begin anew, or set JANUS_HOME to another folder"
        )
    home.mkdir(parents=True, exist_ok=True)
    marker.write_text(json.dumps(wanted))
    ensure_database()


def _refuse_another_bank(options: DemoOptions, own_landing: Path) -> None:
    """Stop when the landing zone holds a bank that the answer key of this demo does not fit."""
    landing = Path(get_settings().landing)
    found = other_bank(landing, options.scale, options.seed)
    if found is None:
        return
    mend = (
        "add --fresh to begin anew (it removes the landing zone, the embedded database and what "
        "was made from them), or set JANUS_HOME to another folder"
        if landing == own_landing
        else "--fresh removes only what is below JANUS_HOME: empty that folder yourself, or "
        "unset JANUS_LANDING_URL"
    )
    raise DemoFailedError(
        f"{landing} holds {found}, and scale {options.scale} and seed {options.seed} is asked "
        f"for: {mend}"
    )


def _forget_demo(home: Path) -> None:
    if get_settings().database_url is not None:
        raise DemoFailedError(
            "--fresh removes the embedded database only, and JANUS_DATABASE_URL names another "
            "server: drop its databases janus and airflow yourself"
        )
    stack.stop()
    for name in DEMO_FOLDERS:
        _remove(home / name)
    (home / MARKER).unlink(missing_ok=True)


def _remove(path: Path) -> None:
    if path.is_symlink():
        path.unlink()  # the catalogue is a link to its edition, and rmtree leaves links alone
    else:
        shutil.rmtree(path, ignore_errors=True)


def _write_deliveries(options: DemoOptions, note: Any) -> None:
    from janus_warehouse.synthetic import ANSWER_KEY, generate

    landing = Path(get_settings().landing)
    if "://" in get_settings().landing:
        raise DemoFailedError("the demo writes into a folder: unset JANUS_LANDING_URL")
    if (landing / ANSWER_KEY).exists():
        note("there already")
        return

    def on_progress(step: str, done: int, total: int) -> None:
        note(f"{step}, {done} of {total} tables written")

    generate(landing, scale=options.scale, seed=options.seed, on_progress=on_progress)


def _ingest(stages: Stages, api: AirflowApi, since: str) -> None:
    expected = _expected_deliveries()
    if not _all_settled(expected)(stages.look(api, since)):
        api.trigger("ingest_sample_inventory")
    stages.wait("ingest the deliveries", api, since, _all_settled(expected))


def _expected_deliveries() -> set[str]:
    """Return the ids of the deliveries in the landing zone that have a readable manifest."""
    from janus_warehouse.deliveries.manifest import read_manifest
    from janus_warehouse.errors import DeliveryRefusedError

    expected = set()
    for path in sorted(Path(get_settings().landing).glob("*/*/manifest.yaml")):
        try:
            expected.add(read_manifest(path.read_text(), str(path)).delivery_id)
        except DeliveryRefusedError:
            continue  # the ledger refuses it under an id of its own
    return expected


def _all_settled(expected: set[str]) -> Any:
    def done(now: Snapshot) -> bool:
        return not now.unsettled and expected <= {row["delivery_id"] for row in now.deliveries}

    return done


def _build(stages: Stages, api: AirflowApi, since: str) -> None:
    now = stages.look(api, since)
    if not now.is_built and not now.runs:
        # Nothing came in, so nothing was announced: the last demo ended before its build did.
        api.trigger("build_warehouse")
    stages.wait("build the marts", api, since, lambda now: now.is_built, "build_warehouse")


def _release(stages: Stages, api: AirflowApi, since: str) -> None:
    def is_cut(now: Snapshot) -> bool:
        return now.has_release(RELEASE_NAME)

    if not is_cut(stages.look(api, since)):
        api.trigger("cut_release", {"release_name": RELEASE_NAME})
    stages.wait("cut the release", api, since, is_cut, "cut_release")


def _publish(stages: Stages, api: AirflowApi, since: str) -> None:
    from janus_warehouse.projects import projects_for

    wanted = {project.project_id for project in projects_for(RELEASE_NAME)}
    catalogue = get_settings().catalogue_dir / "catalogue.ttl"

    def is_published(now: Snapshot) -> bool:
        delivered = {e["project_id"] for e in now.extracts if e["release_name"] == RELEASE_NAME}
        return catalogue.exists() and wanted <= delivered and not now.active_runs

    now = stages.look(api, since)
    was_just_cut = any(run["dag_id"] == "cut_release" for run in now.runs)
    if not was_just_cut and not is_published(now):
        for dag_id in ("publish_catalogue", "deliver_extracts"):
            api.trigger(dag_id, {"release_name": RELEASE_NAME})
    stages.wait(
        "publish the catalogue, deliver the extracts",
        api,
        since,
        is_published,
        "publish_catalogue",
        "deliver_extracts",
    )


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
