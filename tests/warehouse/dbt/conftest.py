"""A small bank whose every mart row can be worked out by hand, built by a real dbt."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import dict_row
from raw_rows import RawRows

from janus_warehouse.warehouse import BuildEvent, BuildResult, build


@dataclass
class Bank:
    """The warehouse of these tests, and what its builds told while they ran."""

    home: Path
    raw: RawRows
    events: list[BuildEvent] = field(default_factory=list)

    def build(self, **options) -> BuildResult:
        self.events = []
        return build(on_event=self.events.append, **options)

    def models_built(self) -> set[str]:
        """Return the names of the models that the last build made."""
        return {
            event.name
            for event in self.events
            if event.kind == "model" and event.state == "success"
        }


@pytest.fixture(scope="module")
def bank(server: str, tmp_path_factory) -> Iterator[Bank]:
    """Give an empty warehouse with its raw tables, for all tests of a module."""
    from janus_warehouse.contracts.sync import sync_contracts
    from janus_warehouse.platform import database
    from janus_warehouse.platform.settings import get_settings

    home = tmp_path_factory.mktemp("bank")
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
        sync_contracts()
        yield Bank(home, RawRows(url))
    get_settings.cache_clear()
    database._engine.cache_clear()
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"drop database if exists {name} with (force)")


@pytest.fixture(scope="module")
def database(server):
    """Give a connection whose temporary tables stand in for the staging views."""
    with psycopg.connect(server, autocommit=True, row_factory=dict_row) as connection:
        yield connection
