"""A warehouse for all tests of a module, filled through the door: manifest, ingest, build."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest


@dataclass
class Installation:
    """A database and a home of one module."""

    home: Path
    url: str

    def take_in(self, name: str, source: str, as_of: date, files: dict[str, str], *,
                supersedes: str | None = None, is_held: bool = False) -> str:  # fmt: skip
        """Deliver files, let the engine take them in, and return the delivery's id.

        With `is_held` the delivery must wait for a person's decision, which is to let it in.
        """
        from janus_warehouse.deliveries import ingest, write_manifest
        from janus_warehouse.deliveries.decisions import decide
        from janus_warehouse.deliveries.manifest import read_manifest

        folder = self.home / "landing" / source / name
        folder.mkdir(parents=True)
        for path, content in files.items():
            (folder / path).write_text(content, encoding="utf-8")
        manifest = write_manifest(
            folder, source=source, collection="janus", as_of=as_of, supersedes=supersedes
        )
        found = read_manifest(manifest.read_text(encoding="utf-8"), str(manifest)).delivery_id
        outcome = ingest(found)
        if is_held:
            assert outcome.state == "held", outcome
            decide(found, accept=True, reason="It is whole.")
            outcome = ingest(found)
        assert outcome.state == "accepted", outcome
        return found

    def build_marts(self, *marts: str) -> None:
        """Build some marts, all that they are made from, and nothing that only checks them."""
        from janus_warehouse.warehouse import build

        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DBT_EXCLUDE_RESOURCE_TYPES", "unit_test test")
            build(" ".join(f"+{mart}" for mart in marts))

    def query(self, statement: str, *parameters: Any) -> list[tuple]:
        """Return the rows of a query, asked as administrator."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(statement, parameters or None).fetchall()


@pytest.fixture(scope="module")
def installation(server: str, tmp_path_factory) -> Iterator[Installation]:
    from janus_warehouse.platform import database
    from janus_warehouse.platform.settings import get_settings

    home = tmp_path_factory.mktemp("history")
    name = f"test_{os.getpid()}_module"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"drop database if exists {name} with (force)")
        admin.execute(f"create database {name} template janus")
    url = server.rsplit("/", 1)[0] + f"/{name}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JANUS_HOME", str(home))
        patch.setenv("JANUS_DATABASE_URL", url)
        patch.setenv("JANUS_SECRET_KEY", "a key for tests only")
        get_settings.cache_clear()
        database._engine.cache_clear()
        yield Installation(home, url)
    get_settings.cache_clear()
    database._engine.cache_clear()
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"drop database if exists {name} with (force)")
