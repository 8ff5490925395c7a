"""Start and stop Airflow: web server, scheduler, DAG processor and triggerer of this warehouse."""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from janus_warehouse.airflow.environment import (
    BASE_URL_VARIABLE,
    airflow_environment,
    airflow_home,
    base_url,
    choose_another_port,
    logs_folder,
    server_port,
)
from janus_warehouse.airflow.processes import BackgroundProcess, stop_together
from janus_warehouse.airflow.rest import AirflowApi
from janus_warehouse.errors import NotAvailableError
from janus_warehouse.platform import embedded
from janus_warehouse.platform.ports import port_is_free
from janus_warehouse.platform.settings import get_settings

READY_SECONDS = 300
"""Longest wait for a healthy Airflow; two busy cores have needed 90 s."""

HEALTHY_PARTS = ("metadatabase", "scheduler", "triggerer", "dag_processor")
Tell = Callable[[str], None]


@dataclass(frozen=True)
class StackStatus:
    """Which processes run, what the web server says of them, and where it is."""

    address: str
    processes: dict[str, int | None]
    health: dict[str, str]

    @property
    def is_up(self) -> bool:
        return all(pid is not None for pid in self.processes.values()) and _healthy(self.health)


def start(tell: Tell = lambda _: None) -> StackStatus:
    """Start whatever does not run yet and wait until all of it is healthy.

    Args:
        tell: Receives a line for each step.

    Raises:
        NotAvailableError: A process ended or did not become healthy; with the end of its log.
    """
    from janus_warehouse.airflow.metadata_database import ensure_metadata_database
    from janus_warehouse.platform.database import ensure_database

    tell("database")
    ensure_database()
    if _component("api-server").running() is None and not port_is_free(server_port()):
        choose_another_port()
    tell("Airflow's database")
    ensure_metadata_database()
    for component in components():
        if component.start(airflow_environment()):
            tell(f"starting {component.name}")
    _wait_until_ready(tell)
    return status()


def stop(tell: Tell = lambda _: None, keep_database: bool = False) -> bool:
    """Stop exactly what `start` started; return whether anything ran."""
    server, *others = components()
    stopped = stop_together(others, tell)
    # The web server goes last: tasks that are ending still report to it.
    stopped |= stop_together([server], tell)
    if not keep_database and get_settings().database_url is None and embedded.stop():
        tell("stopped the database")
        stopped = True
    return stopped


def status() -> StackStatus:
    """Return what runs now; never raises.

    Of an Airflow that runs elsewhere the processes are not ours to see: its health tells.
    """
    is_elsewhere = BASE_URL_VARIABLE in os.environ
    processes = {} if is_elsewhere else {part.name: part.running() for part in components()}
    try:
        is_asked = is_elsewhere or processes["api-server"]
        health = AirflowApi().health() if is_asked else {}
    except NotAvailableError:
        health = {}
    pids = {name: process.pid if process else None for name, process in processes.items()}
    return StackStatus(base_url(), pids, health)


def components() -> list[BackgroundProcess]:
    """Return Airflow's processes in the order in which they are started."""
    server = ["--host", "127.0.0.1", "--port", str(server_port()), "--workers", "1"]
    return [
        _process("api-server", *server),
        # Logs are read from the shared folder, so nobody needs to serve them.
        _process("scheduler", "--skip-serve-logs"),
        _process("dag-processor"),
        _process("triggerer", "--skip-serve-logs"),
    ]


def _process(name: str, *arguments: str) -> BackgroundProcess:
    return BackgroundProcess(
        name=name,
        command=[sys.executable, "-m", "airflow", name, *arguments],
        pid_file=airflow_home() / "pids" / f"{name}.json",
        log=logs_folder() / f"{name}.log",
    )


def _component(name: str) -> BackgroundProcess:
    return next(part for part in components() if part.name == name)


def _wait_until_ready(tell: Tell) -> None:
    started = time.monotonic()
    told: set[str] = set()
    while True:
        _fail_if_one_ended()
        waiting = _not_ready_yet()
        if not waiting:
            return
        if (state := ", ".join(waiting)) not in told:
            told.add(state)
            tell(f"waiting for {state}")
        if time.monotonic() - started > READY_SECONDS:
            raise NotAvailableError(
                f"Airflow is not ready after {READY_SECONDS} s, still waiting for {state}; "
                f"the logs are in {logs_folder()}\n{_tails()}"
            )
        time.sleep(0.5)


def _not_ready_yet() -> list[str]:
    """Return what is still missing: components first, then DAGs that were not read yet."""
    api = AirflowApi()
    try:
        health = api.health()
        unhealthy = [part for part in HEALTHY_PARTS if health.get(part) != "healthy"]
        if unhealthy:
            return unhealthy
        files = {path.stem for path in (get_settings().repo_root / "dags").glob("*.py")}
        unread = files - set(api.dags())
        errors = api.import_errors()
    except NotAvailableError:
        return ["web server"]
    if errors:
        listed = "\n".join(f"{name}: {trace}" for name, trace in sorted(errors.items()))
        raise NotAvailableError(f"{len(errors)} DAG files cannot be read:\n{listed}")
    return [f"{len(unread)} of {len(files)} DAGs"] if unread else []


def _healthy(health: dict[str, str]) -> bool:
    return all(health.get(part) == "healthy" for part in HEALTHY_PARTS)


def _fail_if_one_ended() -> None:
    for part in components():
        if part.running() is None:
            raise NotAvailableError(
                f"Airflow's {part.name} ended; the end of {part.log}:\n{part.log_tail()}"
            )


def _tails() -> str:
    return "\n".join(f"--- {part.name}\n{part.log_tail(5)}" for part in components())
