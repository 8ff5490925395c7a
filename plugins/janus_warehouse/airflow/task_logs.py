"""Why a task failed, read from its log: the message, without the traceback."""

import json
from pathlib import Path
from typing import Any

from janus_warehouse.airflow.environment import logs_folder
from janus_warehouse.airflow.rest import AirflowApi

MESSAGES_SHOWN = 5


def failures_of(api: AirflowApi, runs: list[dict[str, Any]]) -> str:
    """Return a line for each failed task of these runs, newest runs last."""
    lines = [
        f"{run['dag_id']} · {task['task_id']} {task.get('rendered_map_index') or ''}: "
        f"{failure_message(run, task)}"
        for run in runs
        for task in api.task_instances(run["dag_id"], run["dag_run_id"])
        if task["state"] == "failed"
    ]
    return "\n".join(lines[-MESSAGES_SHOWN:])


def failure_message(run: dict[str, Any], task: dict[str, Any]) -> str:
    """Return the error of the last attempt of a task, or where its log is."""
    folder = logs_folder() / f"dag_id={run['dag_id']}" / f"run_id={run['dag_run_id']}"
    folder /= f"task_id={task['task_id']}"
    if task["map_index"] >= 0:
        folder /= f"map_index={task['map_index']}"
    attempts = sorted(folder.glob("attempt=*.log"), key=_attempt)
    if not attempts:
        return f"no log in {folder}"
    errors = [error for line in attempts[-1].read_text().splitlines() for error in _errors(line)]
    return errors[-1] if errors else f"see {attempts[-1]}"


def _attempt(path: Path) -> int:
    return int(path.stem.split("=")[1])


def _errors(line: str) -> list[str]:
    try:
        entry = json.loads(line)
    except ValueError:
        return []
    return [
        f"{error['exc_type']}: {error['exc_value']}" for error in entry.get("error_detail") or []
    ]
