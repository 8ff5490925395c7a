"""Long work that can be watched: by a caller's own function, and in `ops.progress`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from janus_warehouse.platform.database import Role
from janus_warehouse.platform.progress import Progress

OnProgress = Callable[[str, int, int], None]
"""Called with the table or dataset at work, how many are done, and how many there are."""


@contextmanager
def followed(
    job: str, step: str, role: Role, on_progress: OnProgress | None
) -> Iterator[OnProgress]:
    """Give a function that tells the ledger and the caller how far a job is.

    The ledger is written on a connection of its own, so that others see it at once; the step ends
    as `done`, or as `failed` when an error passes through.
    """
    ledger = Progress(job, role)
    far = [0, 0]

    def report(name: str, done: int, total: int) -> None:
        far[:] = done, total
        ledger.step(step, done, total)
        if on_progress is not None:
            on_progress(name, done, total)

    try:
        yield report
    except BaseException:
        ledger.step(step, far[0], far[1], "failed")
        raise
    ledger.step(step, far[0], far[1], "done")
