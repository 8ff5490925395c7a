"""An empty warehouse for one benchmark: a home and a server of its own, gone afterwards."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from janus_warehouse.platform import database, embedded
from janus_warehouse.platform.database import ensure_database
from janus_warehouse.platform.settings import get_settings


@contextmanager
def own_home() -> Iterator[Path]:
    """Point the settings at a new home with a running server for as long as the block lasts."""
    before = dict(os.environ)
    home = Path(tempfile.mkdtemp(prefix="janus-bench-"))
    home.chmod(0o755)  # the database's own user passes through
    os.environ.pop("JANUS_DATABASE_URL", None)
    os.environ["JANUS_HOME"] = str(home)
    _forget()
    try:
        ensure_database()
        yield home
    finally:
        embedded.stop()
        os.environ.clear()
        os.environ.update(before)
        _forget()
        shutil.rmtree(home, ignore_errors=True)


def _forget() -> None:
    get_settings.cache_clear()
    database._engine.cache_clear()
