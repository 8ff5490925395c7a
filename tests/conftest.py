"""Shared fixtures: a warehouse of one's own, on one embedded server for the whole test run."""

import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import psycopg
import pytest

REPO = Path(__file__).parents[1]
SHARED = Path(os.environ.get("JANUS_SHARED", REPO.parent / "shared"))
LONGEST_FIRST = ("journeys", "warehouse", "faults")


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in a hook of the same name
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a folder in one process, because they share what is dear to make.

    With several processes the folders whose tests take longest begin, so that none ends alone.
    """
    folders = {item: item.path.parent.relative_to(REPO / "tests").as_posix() for item in items}
    for item, folder in folders.items():
        item.add_marker(pytest.mark.xdist_group(folder))

    def turn(item: pytest.Item) -> int:
        kind = folders[item].split("/")[0]
        return LONGEST_FIRST.index(kind) if kind in LONGEST_FIRST else len(LONGEST_FIRST)

    items.sort(key=turn)


@dataclass
class Warehouse:
    """One test's warehouse: its own database, home folder and landing zone."""

    home: Path
    url: str
    contracts: dict[str, Path] = field(default_factory=dict)

    @property
    def landing(self) -> Path:
        return self.home / "landing"

    def deliver(self, name: str, files: dict[str, bytes | str], *, source: str,
                collection: str = "janus", as_of: date = date(2022, 12, 31),
                supersedes: str | None = None) -> str:  # fmt: skip
        """Lay a delivery of plain files with its manifest and return its id."""
        from janus_warehouse.deliveries import write_manifest
        from janus_warehouse.deliveries.manifest import read_manifest

        folder = self.landing / source / name
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            (folder / path).write_bytes(data)
        manifest = write_manifest(
            folder, source=source, collection=collection, as_of=as_of, supersedes=supersedes
        )
        return read_manifest(manifest.read_text(), str(manifest)).delivery_id

    def query(self, statement: str, *parameters) -> list[tuple]:
        """Run a statement as administrator and return its rows."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statement, parameters or None)
            return cursor.fetchall() if cursor.description else []

    def become_copy_of(self, database: str) -> None:
        """Put a copy of another database of the server in the place of this one."""
        server, mine = self.url.rsplit("/", 1)
        with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
            # Pools of libraries linger, and a database in use is no template.
            admin.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s",
                [database],
            )
            admin.execute(f"drop database {mine} with (force)")
            admin.execute(f"create database {mine} template {database}")


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Iterator[str]:
    """Start one embedded PostgreSQL with a migrated template; give its administrator's URL."""
    from janus_warehouse.platform import database, embedded
    from janus_warehouse.platform.settings import get_settings

    home = Path(tempfile.mkdtemp(prefix="janus-test-"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JANUS_HOME", str(home))
        patch.setenv("JANUS_SECRET_KEY", "a key for tests only")
        patch.delenv("JANUS_DATABASE_URL", raising=False)
        get_settings.cache_clear()
        info = embedded.start()
        try:
            database.ensure_database()
            yield info.url()
        finally:
            patch.setenv("JANUS_HOME", str(home))
            get_settings.cache_clear()
            embedded.stop()
            shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def preloaded_dbt() -> Iterator[None]:
    """Let the functions that build start dbt from a process that has loaded it already."""
    from tests.preloaded_dbt import PreloadedDbt

    from janus_warehouse.warehouse import process

    dbt = PreloadedDbt()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "Popen", dbt.popen)
        yield
    dbt.stop()


@pytest.fixture
def warehouse(server: str, tmp_path: Path, monkeypatch) -> Iterator[Warehouse]:
    """Give the test a database copied from the migrated template, and a home of its own."""
    from janus_warehouse.platform import database
    from janus_warehouse.platform.settings import get_settings

    # The same name in every test: what dbt parsed for one database holds for no other.
    name = f"test_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"drop database if exists {name} with (force)")
        admin.execute(f"create database {name} template janus")
    url = server.rsplit("/", 1)[0] + f"/{name}"
    monkeypatch.setenv("JANUS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("JANUS_DATABASE_URL", url)
    monkeypatch.setenv("JANUS_SECRET_KEY", "a key for tests only")
    get_settings.cache_clear()
    database._engine.cache_clear()
    yield Warehouse(tmp_path / "home", url)
    get_settings.cache_clear()
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"drop database if exists {name} with (force)")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Give the folder of real data, or skip with a loud reason."""
    if not SHARED.is_dir():
        warnings.warn(f"the real data is missing at {SHARED}", stacklevel=1)
        pytest.skip(f"the real data is not at {SHARED}: set JANUS_SHARED")
    return SHARED


@pytest.fixture
def shown_in_browser(tmp_path) -> Callable[[Path], str]:
    """Return what turns a page into the document that a browser makes of it, without network."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no chromium: apt-get install chromium")

    def shown(page: Path) -> str:
        return subprocess.run(
            [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom",
             f"--user-data-dir={tmp_path}", page.as_uri()],
            capture_output=True, text=True, timeout=120,
        ).stdout  # fmt: skip

    return shown
