"""Writing the whole synthetic bank, against the time a plain write of the same bytes takes."""

import tempfile
import time
from pathlib import Path

from benchmarks.measure import in_new_process, record
from janus_warehouse.synthetic import Plan, generate

ALLOWED_SECONDS = 90
"""What the whole bank may take on two quiet cores."""


def records() -> list[dict]:
    """Return the figures of the generator: against its limit, and against writing bytes."""
    with tempfile.TemporaryDirectory() as place:
        out = Path(place) / "bank"
        seconds, memory = in_new_process(_write_bank, str(out), 1.0)
        writing = _rewrite(out, Path(place) / "again")
    donors = Plan.at(1).donors
    return [
        record("synth: the whole bank", donors, seconds, "the limit of 90 s", ALLOWED_SECONDS,
               target=1, peak=memory),
        record("synth: the whole bank against a plain copy", donors, seconds,
               "reading and writing the same files", writing),
    ]  # fmt: skip


def _write_bank(out: str, scale: float) -> None:
    generate(Path(out), scale=scale, seed=1)


def _rewrite(out: Path, target: Path) -> float:
    target.mkdir()
    started = time.perf_counter()
    for number, path in enumerate(sorted(out.rglob("*"))):
        if path.is_file():
            (target / str(number)).write_bytes(path.read_bytes())
    return time.perf_counter() - started
