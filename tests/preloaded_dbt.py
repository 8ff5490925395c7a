"""dbt for the tests: a process that has loaded it once, and forks for every run.

Each run still is a process of its own, with the environment, the arguments and the output that the
warehouse gives it. What is saved is loading the library, and parsing the project again where
a test has an empty folder but the database's name and the project are those of a run before. The
journeys start dbt as it is delivered.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

_PARSED = "partial_parse.msgpack"


class PreloadedDbt:
    """Starts the process at the first run, and stands in for `subprocess.Popen`."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="janus-dbt-"))
        self._server: subprocess.Popen[str] | None = None
        self._one_at_a_time = threading.Lock()

    def popen(self, command: list[str], *, env: dict[str, str], **_: Any) -> "_Run":
        """Return a run of dbt, as `subprocess.Popen` would."""
        module = command.index("janus_warehouse.warehouse.dbt_main")
        return _Run(self, command[module + 1 :], env)

    def begin(self, arguments: list[str], env: dict[str, str], output: Path) -> None:
        """Let the process fork; it opens `output` for writing."""
        self._one_at_a_time.acquire()
        if self._server is None:
            self._server = subprocess.Popen(
                [sys.executable, "-P", __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                text=True,
            )  # fmt: skip
        assert self._server.stdin is not None
        asked = {"arguments": arguments, "env": env, "output": str(output)}
        self._server.stdin.write(json.dumps(asked) + "\n")
        self._server.stdin.flush()

    def status(self) -> int:
        """Wait for the run to end, and return its exit status."""
        assert self._server is not None and self._server.stdout is not None
        try:
            return int(self._server.stdout.readline())
        finally:
            self._one_at_a_time.release()

    def stop(self) -> None:
        """End the process and forget what was parsed."""
        if self._server is not None:
            self._server.communicate()
        shutil.rmtree(self.folder, ignore_errors=True)


class _Run:
    """One run: as much of a `Popen` as the warehouse uses."""

    def __init__(self, dbt: PreloadedDbt, arguments: list[str], env: dict[str, str]) -> None:
        self.returncode = -1
        self._dbt, self._target = dbt, Path(env["DBT_TARGET_PATH"])
        # A parsed project belongs to a connection: dbt writes the database's name into it.
        names = ("DBT_PROJECT_DIR", "JANUS_DBT_PORT", "JANUS_DBT_USER", "JANUS_DBT_DATABASE")
        self._kept = dbt.folder / "_".join(env[name].replace("/", "-") for name in names)
        if self._kept.exists() and not (self._target / _PARSED).exists():
            self._target.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self._kept, self._target / _PARSED)
        self._fifo = dbt.folder / f"output-{os.urandom(6).hex()}"
        os.mkfifo(self._fifo)
        dbt.begin(arguments, env, self._fifo)
        self.stdout = self._fifo.open(encoding="utf-8")

    def __enter__(self) -> "_Run":
        return self

    def __exit__(self, *_: object) -> None:
        self.stdout.close()
        self.returncode = self._dbt.status()
        self._fifo.unlink()
        if (self._target / _PARSED).exists():
            shutil.copyfile(self._target / _PARSED, self._kept)


@contextmanager
def without_unit_tests() -> Iterator[None]:
    """Leave the unit tests of models out of builds: they ask about rows of their own.

    `tests/warehouse/dbt/test_builds.py` runs them all.
    """
    from janus_warehouse.warehouse.selection import Plan

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Plan, "tests_code", False)
        yield


def _serve() -> None:
    """Fork for every line on the standard input; answer each with an exit status."""
    # These import most of what a run needs.
    from janus_warehouse.warehouse.dbt_main import main

    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            os.environ.clear()
            os.environ.update(asked["env"])
            output = os.open(asked["output"], os.O_WRONLY)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(output, 1)
            os.dup2(output, 2)
            os.close(output)
            main(asked["arguments"])
        _, status = os.waitpid(child, 0)
        os.write(1, f"{os.waitstatus_to_exitcode(status)}\n".encode())


if __name__ == "__main__":
    _serve()
