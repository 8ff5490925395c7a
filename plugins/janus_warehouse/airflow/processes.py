"""Background processes that are started once, found again later, and stopped exactly."""

import json
import os
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

STOP_SECONDS = 15
"""How long a process may take to end by itself before it is killed."""


@dataclass(frozen=True)
class BackgroundProcess:
    """One process with its pid file and its log; its children belong to it."""

    name: str
    command: list[str]
    pid_file: Path
    log: Path

    def start(self, environment: dict[str, str]) -> bool:
        """Start the process unless it runs; return whether it was started."""
        if self.running() is not None:
            return False
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.pid_file.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("w") as output:
            started = subprocess.Popen(
                self.command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        created = psutil.Process(started.pid).create_time()
        self.pid_file.write_text(json.dumps({"pid": started.pid, "created": created}))
        return True

    def running(self) -> psutil.Process | None:
        """Return the process when it runs.

        The time of its start is compared too: after a reboot its number is somebody else's.
        """
        try:
            kept = json.loads(self.pid_file.read_text())
            process = psutil.Process(kept["pid"])
            same = abs(process.create_time() - kept["created"]) < 1
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except (OSError, ValueError, KeyError, psutil.NoSuchProcess):
            return None

    def log_tail(self, lines: int = 15) -> str:
        """Return the end of the log, for an error message."""
        if not self.log.exists():
            return "(no log)"
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def stop_together(processes: list[BackgroundProcess], tell: Callable[[str], None]) -> bool:
    """Stop processes and everything they started; return whether any of them ran.

    All are asked at once and waited for together; what does not end in time is killed.
    """
    running = [(part, found) for part in processes if (found := part.running())]
    families = [[leader, *leader.children(recursive=True)] for _, leader in running]
    for _, leader in running:
        _signal_group(leader.pid, signal.SIGTERM)
    members = [member for family in families for member in family]
    _, alive = psutil.wait_procs(members, timeout=STOP_SECONDS)
    for survivor in alive:
        survivor.kill()
    psutil.wait_procs(alive, timeout=5)
    for part, _ in running:
        tell(f"stopped {part.name}")
    for part in processes:
        part.pid_file.unlink(missing_ok=True)
    return bool(running)


def _signal_group(leader: int, number: signal.Signals) -> None:
    try:
        os.killpg(leader, number)
    except ProcessLookupError:
        return
