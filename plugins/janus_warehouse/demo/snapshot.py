"""What the warehouse and its scheduler are doing at one moment."""

from dataclasses import dataclass, field
from typing import Any

from psycopg.rows import dict_row

from janus_warehouse.airflow.rest import AirflowApi
from janus_warehouse.platform.database import Role, connect

AT_REST = ("accepted", "superseded", "refused", "held")
"""Nothing more happens to these by itself: a held delivery waits for a person."""

ASKS_A_PERSON = "decide_linkages"
Row = dict[str, Any]

_DELIVERIES = """
    select delivery_id, folder, source, as_of, state, rows_received, rows_accepted,
        rows_quarantined, rows_refused, reason
    from ops.deliveries
    order by received_at, delivery_id
"""
_PROGRESS = """
    select job, step, done, total, state
    from ops.progress
    where job <> 'airflow' and state = 'running' and updated_at > now() - interval '15 seconds'
    order by updated_at desc
"""
_BUILDS = "select build_id, state, models_built, deliveries from ops.builds order by started_at"
_RELEASES = "select release_name, created_at from ops.releases order by created_at"
_EXTRACTS = "select extract_id, project_id, release_name, rows, folder from ops.extracts"


@dataclass(frozen=True)
class Snapshot:
    """Ledgers, progress and DAG runs (those since the demo began) at one moment."""

    deliveries: list[Row] = field(default_factory=list)
    progress: list[Row] = field(default_factory=list)
    builds: list[Row] = field(default_factory=list)
    releases: list[Row] = field(default_factory=list)
    extracts: list[Row] = field(default_factory=list)
    runs: list[Row] = field(default_factory=list)

    @property
    def unsettled(self) -> list[str]:
        return [row["delivery_id"] for row in self.deliveries if row["state"] not in AT_REST]

    @property
    def active_runs(self) -> list[Row]:
        """The runs at work; one that waits for a person's answer is not."""
        return [
            run
            for run in self.runs
            if run["state"] in ("queued", "running") and run["dag_id"] != ASKS_A_PERSON
        ]

    @property
    def is_built(self) -> bool:
        """Whether the last good build holds every accepted delivery."""
        accepted = {row["delivery_id"] for row in self.deliveries if row["state"] == "accepted"}
        built = [build for build in self.builds if build["state"] == "succeeded"]
        return bool(accepted) and bool(built) and accepted == set(built[-1]["deliveries"])

    def has_release(self, name: str) -> bool:
        return any(release["release_name"] == name for release in self.releases)

    def failed_runs(self, *dag_ids: str) -> list[Row]:
        return [run for run in self.runs if run["dag_id"] in dag_ids and run["state"] == "failed"]


def take_snapshot(api: AirflowApi, since: str) -> Snapshot:
    """Return the state of things now; runs due before `since` (ISO time) are left out."""
    with connect(Role.reader) as connection, connection.cursor(row_factory=dict_row) as cursor:
        deliveries, progress, builds, releases, extracts = (
            cursor.execute(query).fetchall()
            for query in (_DELIVERIES, _PROGRESS, _BUILDS, _RELEASES, _EXTRACTS)
        )
    return Snapshot(deliveries, progress, builds, releases, extracts, api.runs(since))
