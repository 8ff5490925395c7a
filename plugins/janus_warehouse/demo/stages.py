"""The stages of the demo: each is waited for, timed, shown while it lasts, and can fail clearly."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from janus_warehouse.airflow.rest import AirflowApi
from janus_warehouse.airflow.task_logs import failures_of
from janus_warehouse.demo.snapshot import Snapshot, take_snapshot
from janus_warehouse.errors import WarehouseError

POLL_SECONDS = 1.0
IDLE_SECONDS = 60
"""With no DAG run left and the stage not done for this long, nothing will happen any more."""


class DemoFailedError(WarehouseError):
    """Something failed in the demo that was not planted."""


class Display(Protocol):
    """Where progress is shown."""

    def show(self, stage: str, seconds: float, snapshot: Snapshot | None, note: str = "") -> None:
        """Show what is going on; called about once a second."""

    def finish(self, stage: str, seconds: float) -> None:
        """Tell that a stage is done."""


@dataclass
class Stages:
    """Runs the stages one after the other and keeps their times.

    Attributes:
        seconds: Wall-clock seconds of each finished stage, in order.
    """

    display: Display
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[Callable[[str], None]]:
        """Time a stage that runs in this process; yields a function that shows a note."""
        started = time.monotonic()
        self.display.show(name, 0, None)
        yield lambda note: self.display.show(name, time.monotonic() - started, None, note)
        self.seconds[name] = time.monotonic() - started
        self.display.finish(name, self.seconds[name])

    def look(self, api: AirflowApi, since: str) -> Snapshot:
        """Return how things stand now."""
        return take_snapshot(api, since)

    def wait(
        self,
        name: str,
        api: AirflowApi,
        since: str,
        done: Callable[[Snapshot], bool],
        *watched: str,
    ) -> Snapshot:
        """Wait until a stage that Airflow runs is done.

        Args:
            name: What to call it.
            api: Airflow.
            since: DAG runs from this ISO time on belong to the demo.
            done: Tells from a snapshot that the stage is done.
            watched: DAGs of which no run may fail in this stage.

        Raises:
            DemoFailedError: A watched DAG failed, or Airflow has nothing left to do.
        """
        started = last_active = time.monotonic()
        while True:
            snapshot, now = take_snapshot(api, since), time.monotonic()
            self.display.show(name, now - started, snapshot)
            if done(snapshot):
                self.seconds[name] = now - started
                self.display.finish(name, self.seconds[name])
                return snapshot
            if failed := snapshot.failed_runs(*watched):
                raise DemoFailedError(f"{name}: failed\n{failures_of(api, failed)}")
            if snapshot.active_runs:
                last_active = now
            elif now - last_active > IDLE_SECONDS:
                raise DemoFailedError(_standstill(name, api, snapshot))
            time.sleep(POLL_SECONDS)


def _standstill(name: str, api: AirflowApi, snapshot: Snapshot) -> str:
    waiting = ", ".join(snapshot.unsettled) or "none"
    failed = [run for run in snapshot.runs if run["state"] == "failed"]
    return (
        f"{name}: Airflow has had nothing to do for {IDLE_SECONDS} s, and this is not done. "
        f"Deliveries that are not settled: {waiting}\n{failures_of(api, failed)}"
    )
