"""Reading ahead: the next batch is read while the last one is worked on."""

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from janus_warehouse.assays.lake.workers import WORKERS

T = TypeVar("T")
R = TypeVar("R")
_AHEAD = 2


def read_ahead(items: Iterator[T]) -> Iterator[T]:
    """Yield the items of an iterator that another thread reads, a few at most in advance."""
    ready: queue.Queue[tuple[str, T | BaseException | None]] = queue.Queue(maxsize=_AHEAD)
    stopped = threading.Event()

    def put(kind: str, content: T | BaseException | None) -> bool:
        while not stopped.is_set():
            try:
                ready.put((kind, content), timeout=0.2)
            except queue.Full:
                continue
            return True
        return False

    def read() -> None:
        try:
            for item in items:
                if not put("item", item):
                    return
            put("end", None)
        except BaseException as error:  # it belongs to whoever asked for the items
            put("error", error)

    reader = threading.Thread(target=read, daemon=True, name="read ahead")
    reader.start()
    try:
        while True:
            kind, content = ready.get()
            if kind == "end":
                return
            if kind == "error":
                assert isinstance(content, BaseException)
                raise content
            yield content  # type: ignore[misc]
    finally:
        stopped.set()
        reader.join()


def map_ahead(work: Callable[[T], R], items: Iterator[T]) -> Iterator[R]:
    """Yield what a function makes of each item, in order; as many at once as there are workers.

    No more items are read than are worked on, so that memory does not grow with their number.
    """
    waiting: deque[Future[R]] = deque()
    with ThreadPoolExecutor(WORKERS) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) > WORKERS:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for one in waiting:
                one.cancel()
