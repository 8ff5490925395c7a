"""Running dbt as one process of its own, and hearing from it while it works.

A process of its own gives its memory back, can be stopped as a whole, and keeps dbt's global
state out of Airflow's workers.
"""

import ctypes
import json
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from subprocess import DEVNULL, PIPE, STDOUT, Popen
from typing import Any

from janus_warehouse.platform.messages import without_values
from janus_warehouse.warehouse.errors import BuildFailedError
from janus_warehouse.warehouse.project import dbt_environment

_PR_SET_PDEATHSIG = 1
_RESULT_CODES = {"Q007", "Q012", "Q016"}
"""dbt's event codes of a finished test, model and seed."""
_NO_NODES = {"NoNodesSelected", "NothingToDo"}


@dataclass(frozen=True)
class BuildEvent:
    """One model, seed or check that has started or ended."""

    name: str
    kind: str
    state: str
    done: int
    total: int
    seconds: float | None = None

    def __str__(self) -> str:
        took = f" in {self.seconds:.1f} s" if self.seconds is not None else ""
        return f"[{self.done}/{self.total}] {self.kind} {self.name} {self.state}{took}"


@dataclass(frozen=True)
class DbtRun:
    """How a dbt process ended: its exit status and what it said of errors, without values.

    `has_no_nodes` is true when it said that nothing in the project is what was selected.
    """

    status: int
    errors: list[str]
    has_no_nodes: bool = False


def run_dbt(arguments: list[str], on_event: Callable[[BuildEvent], None]) -> DbtRun:
    """Run dbt to its end and return how it ended; failing nodes are not an exception here.

    Raises:
        BuildFailedError: dbt could not run at all (status 2): the project or the connection is
            at fault, not a model.
    """
    command = [sys.executable, "-m", "janus_warehouse.warehouse.dbt_main"]
    command += ["--log-format", "json", "--log-level", "info", "--no-use-colors", *arguments]
    errors: list[str] = []
    with Popen(
        command,
        env=dbt_environment(),
        stdout=PIPE,
        stderr=STDOUT,
        stdin=DEVNULL,
        text=True,
        preexec_fn=_end_with_parent if sys.platform == "linux" else None,
    ) as process:
        assert process.stdout is not None
        done = total = 0
        has_no_nodes = False
        for line in process.stdout:
            record = _record(line)
            has_no_nodes |= record.get("info", {}).get("name") in _NO_NODES
            if record.get("info", {}).get("level") == "error":
                errors.append(without_values(record["info"]["msg"]))
            total = int(record.get("data", {}).get("total") or total)
            event = _event(record, done, total)
            if event is not None:
                done = event.done
                on_event(event)
    if process.returncode not in (0, 1):
        told = "\n".join(error for error in errors if error.strip()) or "it gave no reason"
        raise BuildFailedError(f"dbt could not run (exit status {process.returncode}): {told}")
    return DbtRun(process.returncode, errors, has_no_nodes)


def _record(line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except ValueError:
        return {}
    return record if isinstance(record, dict) else {}


def _event(record: dict[str, Any], done: int, total: int) -> BuildEvent | None:
    code, data = record.get("info", {}).get("code"), record.get("data", {})
    node = data.get("node_info", {})
    if not node or code not in {"Q011", *_RESULT_CODES}:
        return None
    kind = {"unit_test": "unit test"}.get(node["resource_type"], node["resource_type"])
    if code == "Q011":
        return BuildEvent(node["node_name"], kind, "started", done, total)
    state = str(node["node_status"])
    took = float(data.get("execution_time", 0))
    return BuildEvent(node["node_name"], kind, state, done + 1, total, took)


def _end_with_parent() -> None:
    # A build that outlives its caller would go on writing while the next one starts.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
