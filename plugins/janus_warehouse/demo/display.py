"""Progress of the demo: a live table on a terminal, plain lines anywhere else."""

import time
from types import TracebackType
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from janus_warehouse.demo.snapshot import AT_REST, Snapshot
from janus_warehouse.demo.tables import delivery_table, state_counts

LINE_EVERY_SECONDS = 10


class PlainDisplay:
    """A line when something changes, and at least one every ten seconds."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last = ("", 0.0)

    def show(self, stage: str, seconds: float, snapshot: Snapshot | None, note: str = "") -> None:
        told = f"{stage}: {note or _told(snapshot)}".rstrip(": ")
        last, at = self._last
        if told != last or time.monotonic() - at > LINE_EVERY_SECONDS:
            self._last = (told, time.monotonic())
            self._console.print(f"{seconds:6.1f} s  {told}", soft_wrap=True, highlight=False)

    def finish(self, stage: str, seconds: float) -> None:
        self._console.print(f"{seconds:6.1f} s  {stage}: done", soft_wrap=True, highlight=False)

    def __enter__(self) -> "PlainDisplay":
        return self

    def __exit__(self, *_: Any) -> None:
        return None


class LiveDisplay:
    """Finished stages, the running one with its seconds, and what each delivery is at."""

    def __init__(self, console: Console) -> None:
        self._finished: list[Text] = []
        self._live = Live(console=console, refresh_per_second=4, transient=True)

    def show(self, stage: str, seconds: float, snapshot: Snapshot | None, note: str = "") -> None:
        running = Text(f"{seconds:6.1f} s  {stage} … {note or _told(snapshot)}", style="bold")
        parts: list[Any] = [*self._finished, running]
        if snapshot and any(row["state"] not in AT_REST for row in snapshot.deliveries):
            parts.append(delivery_table(snapshot.deliveries))
        self._live.update(Group(*parts))

    def finish(self, stage: str, seconds: float) -> None:
        done = Text(f"{seconds:6.1f} s  {stage} ")
        self._finished.append(done.append("✓", style="green"))
        self._live.update(Group(*self._finished))

    def __enter__(self) -> "LiveDisplay":
        self._live.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None):
        self._live.stop()
        for line in self._finished:
            self._live.console.print(line)


def display_for(console: Console) -> LiveDisplay | PlainDisplay:
    """Return the live display on a terminal, the plain one anywhere else."""
    return LiveDisplay(console) if console.is_terminal else PlainDisplay(console)


def _told(snapshot: Snapshot | None) -> str:
    """Return in words what goes on: states of deliveries, the step at work, the DAGs running."""
    if snapshot is None:
        return ""
    parts = [state_counts(snapshot.deliveries)] if snapshot.unsettled else []
    for row in snapshot.progress[:1]:
        of = f" {row['done']:,} of {row['total']:,}" if row["total"] else ""
        parts.append(f"{row['job']} {row['step']}{of}")
    running = sorted({run["dag_id"] for run in snapshot.active_runs})
    parts += [f"running {', '.join(running)}"] if running else []
    return "; ".join(parts)
