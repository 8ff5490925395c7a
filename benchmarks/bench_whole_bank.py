"""The whole bank, from deliveries to extracts, through a real scheduler: steps and Airflow's share.

JANUS_BENCH_SCALE=0.05 makes a smaller bank.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import record
from janus_warehouse.synthetic import Plan

_RUN = """
import json, sys
from janus_warehouse.demo.display import display_for
from janus_warehouse.demo.run import DemoOptions, run_demo
from rich.console import Console

console = Console(stderr=True)
with display_for(console) as display:
    summary = run_demo(DemoOptions(float(sys.argv[1]), 1), display)
print(json.dumps([summary.document, summary.unexpected], default=str))
"""


def records() -> list[dict]:
    """Return the seconds of each stage, and the share of the scheduled ones that was Airflow's."""
    scale = float(os.environ.get("JANUS_BENCH_SCALE", "1"))
    with tempfile.TemporaryDirectory(prefix="janus-bench-") as home:
        Path(home).chmod(0o755)  # the database's own user passes through
        environment = {k: v for k, v in os.environ.items() if not k.startswith("JANUS_DATABASE")}
        environment["JANUS_HOME"] = home
        try:
            done = subprocess.run(
                [sys.executable, "-c", _RUN, str(scale)],
                env=environment, stdout=subprocess.PIPE, text=True, check=True,
            )  # fmt: skip
        finally:
            subprocess.run(
                [sys.executable, "-m", "janus_warehouse.cli", "down"], env=environment, check=False
            )
    document, unexpected = json.loads(done.stdout.splitlines()[-1])
    if unexpected:
        raise SystemExit(f"the bank did not go as planned: {unexpected}")
    donors, steps, share = Plan.at(scale).donors, document["seconds"], document["airflow_share"]
    whole = sum(steps.values())
    figures = [
        record(f"bank: {step}", donors, seconds, "the whole way", whole)
        for step, seconds in steps.items()
    ]
    overhead = share["wall_seconds"] - share["work_seconds"]
    figures.append(
        record("bank: Airflow's own part of the scheduled steps", donors, overhead,
               "the scheduled steps", share["wall_seconds"], target=0.2)
    )  # fmt: skip
    return figures
