"""Timing, peak memory and the one form of a benchmark's record."""

import multiprocessing
import os
import platform
import threading
import time
from collections.abc import Callable
from typing import Any

import psutil


def timed(work: Callable[[], Any]) -> tuple[float, float]:
    """Run `work` and return (seconds, peak resident memory of this process in MiB)."""
    process, peak, done = psutil.Process(), [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            peak[0] = max(peak[0], process.memory_info().rss)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    started = time.perf_counter()
    try:
        work()
    finally:
        seconds = time.perf_counter() - started
        done.set()
        watcher.join()
    return seconds, max(peak[0], process.memory_info().rss) / 2**20


def in_new_process(work: Callable[..., Any], *arguments: Any) -> tuple[float, float]:
    """Run `work` in a fresh process and return (seconds, peak MiB) of the work alone.

    The start of the process and what `work`'s module imports are not part of the seconds; they
    are part of the memory.
    """
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_run_timed, (work, arguments))


def _run_timed(work: Callable[..., Any], arguments: tuple) -> tuple[float, float]:
    try:
        return timed(lambda: work(*arguments))
    except SystemExit as error:
        # A worker that exits leaves its pool waiting for ever.
        raise RuntimeError(str(error)) from None


def record(
    name: str,
    rows: int,
    seconds: float,
    reference: str,
    reference_seconds: float,
    *,
    target: float | None = None,
    peak: float | None = None,
) -> dict:
    """Return one figure as it stands in `.janus/bench/results.json`."""
    return {
        "name": name,
        "rows": rows,
        "seconds": round(seconds, 3),
        "reference": reference,
        "reference_seconds": round(reference_seconds, 3),
        "ratio": round(seconds / reference_seconds, 3) if reference_seconds else None,
        "target_ratio": target,
        "peak_mib": None if peak is None else round(peak, 1),
    }


def machine() -> dict:
    """Return what the figures were measured on."""
    return {
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "python": platform.python_version(),
        "load_before": os.getloadavg()[0],
    }
