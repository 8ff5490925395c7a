"""A warehouse that is made for one check and goes again: a home and a server of its own.

What is checked there cannot leave anything in the warehouse of the bank, because nothing writes
to that. When the check is killed, a watcher that notices it stops the server and removes the home.
"""

import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr

from janus_warehouse.contracts.sync import sync_contracts
from janus_warehouse.platform import embedded
from janus_warehouse.platform.database import ensure_database
from janus_warehouse.platform.settings import Settings, get_settings, working_with

PREFIX = "janus-check-"
_WATCHER = """
cat > /dev/null
for second in $(seq 90); do
    pid=$(head -n 1 "$1/postgres/data/postmaster.pid" 2> /dev/null) && kill -QUIT "$pid"
    rm -rf "$1"
    [ -e "$1" ] || exit 0
    sleep 1
done
"""
"""It waits for the end of its input, which comes when the check is no more, however it ended. A
server that was just starting comes up after that, so the watcher looks more than once."""


@contextmanager
def warehouse_apart() -> Iterator[Path]:
    """Work in an empty warehouse with all contracts until the end of the block; give its home.

    It has the metadata and contracts of this installation, and none of its data and secrets.
    """
    home = Path(tempfile.mkdtemp(prefix=PREFIX))
    with _removed_in_the_end(home), working_with(settings_apart(home)):
        try:
            ensure_database()
            sync_contracts()
            yield home
        finally:
            embedded.stop()


def settings_apart(home: Path) -> Settings:
    """Return the settings of this installation with a home, database and key of their own."""
    return get_settings().model_copy(update={
        "home": home, "database_url": None, "landing_url": None, "lake_url": None,
        "secret_key": SecretStr(secrets.token_hex(32)), "still_copying_seconds": 0,
    })  # fmt: skip


@contextmanager
def _removed_in_the_end(home: Path) -> Iterator[None]:
    """Remove a folder and the server in it when the block ends or this process dies."""
    watcher = subprocess.Popen(
        ["sh", "-c", _WATCHER, "sh", str(home)], stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", start_new_session=True,
    )  # fmt: skip
    try:
        yield
    finally:
        shutil.rmtree(home, ignore_errors=True)
        assert watcher.stdin is not None
        watcher.stdin.close()
        watcher.wait()
