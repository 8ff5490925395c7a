"""A small client of Airflow's REST API, with what the demo and the status need."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from janus_warehouse.airflow.environment import base_url
from janus_warehouse.errors import NotAvailableError

TIMEOUT_SECONDS = 20
PAGE = 100
"""The server's own largest page."""

# Our server is this machine; a proxy that the environment names is for elsewhere.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass
class AirflowApi:
    """Airflow's REST API of this warehouse.

    Every method raises NotAvailableError when the server does not answer or refuses.
    """

    address: str = field(default_factory=base_url)
    _token: str | None = None

    def health(self) -> dict[str, str]:
        """Return the state of each component: healthy, unhealthy or unknown."""
        answer = self._call("GET", "/api/v2/monitor/health", signed=False)
        return {name: (part or {}).get("status") or "unknown" for name, part in answer.items()}

    def dags(self) -> dict[str, bool]:
        """Return the DAGs that were read without error, and whether each is paused."""
        answer = self._call("GET", f"/api/v2/dags?limit={PAGE}&exclude_stale=true")
        return {dag["dag_id"]: dag["is_paused"] for dag in answer["dags"]}

    def import_errors(self) -> dict[str, str]:
        """Return the DAG files that could not be read, and why."""
        answer = self._call("GET", f"/api/v2/importErrors?limit={PAGE}")
        return {error["filename"]: error["stack_trace"] for error in answer["import_errors"]}

    def pause(self, dag_id: str, paused: bool) -> None:
        """Pause a DAG or let it run."""
        self._call("PATCH", f"/api/v2/dags/{dag_id}", {"is_paused": paused})

    def trigger(self, dag_id: str, conf: dict[str, Any] | None = None) -> str:
        """Start a run of a DAG now and return its id."""
        body = {"logical_date": None, "conf": conf or {}}
        return str(self._call("POST", f"/api/v2/dags/{dag_id}/dagRuns", body)["dag_run_id"])

    def runs(self, since: str = "") -> list[dict[str, Any]]:
        """Return the newest runs of all DAGs, oldest first.

        Args:
            since: An ISO time; runs that were queued before it are left out. (A run's own time
                does not tell: that of a scheduled run is the past tick of its clock.)
        """
        answer = self._call("GET", f"/api/v2/dags/~/dagRuns?order_by=-id&limit={PAGE}")
        newest = [run for run in answer["dag_runs"] if (run["queued_at"] or "9") >= since]
        return newest[::-1]

    def task_instances(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """Return the task instances of a run with their state and times."""
        tasks: list[dict[str, Any]] = []
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances?limit={PAGE}"
        while True:
            answer = self._call("GET", f"{path}&offset={len(tasks)}")
            tasks += answer["task_instances"]
            if len(tasks) >= answer["total_entries"] or not answer["task_instances"]:
                return tasks

    def open_questions(self, dag_id: str = "~") -> list[dict[str, Any]]:
        """Return the questions to people that nobody has answered, of one DAG or of all."""
        answer = self._call(
            "GET",
            f"/api/v2/dags/{dag_id}/dagRuns/~/hitlDetails?response_received=false&limit={PAGE}",
        )
        return list(answer["hitl_details"])

    def answer(self, question: dict[str, Any], chosen: str, given: dict[str, Any]) -> None:
        """Answer an open question as a person does in the user interface.

        Args:
            question: One of `open_questions`.
            chosen: One of its options.
            given: Values of its parameters.
        """
        task = question["task_instance"]
        self._call(
            "PATCH",
            f"/api/v2/dags/{task['dag_id']}/dagRuns/{task['dag_run_id']}/taskInstances/"
            f"{task['task_id']}/{task['map_index']}/hitlDetails",
            {"chosen_options": [chosen], "params_input": given},
        )

    def _call(self, method: str, path: str, body: Any = None, signed: bool = True) -> Any:
        request = urllib.request.Request(
            self.address + path.replace("+", "%2B"),
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Accept": "application/json"},
        )
        if signed:
            request.add_header("Authorization", f"Bearer {self._signature()}")
        try:
            with _opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            reason = error.read().decode(errors="replace")[:300]
            raise NotAvailableError(
                f"Airflow refused {method} {path}: {error.code} {reason}"
            ) from None
        except OSError as error:
            raise NotAvailableError(
                f"Airflow does not answer at {self.address} ({error}): run `janus up`"
            ) from None

    def _signature(self) -> str:
        if self._token is None:
            self._token = str(self._call("GET", "/auth/token", signed=False)["access_token"])
        return self._token
