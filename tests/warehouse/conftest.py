"""A made-up bank taken in and built once, for the tests that go on from there."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from tests.conftest import Warehouse
from tests.preloaded_dbt import without_unit_tests

LATER = "population_register/2022-12-31"
"""The delivery that the bank has not seen: it tells of a donor entered twice."""


@dataclass(frozen=True)
class MadeUpBank:
    """The files of a bank of scale 0.005 and seed 7, and the database that holds all but one."""

    landing: Path
    later: Path
    totals: dict[str, int]
    database: str

    def lay_later(self, landing: Path) -> None:
        """Lay the delivery that has not been seen into a landing zone."""
        shutil.copytree(self.later, landing / LATER)

    def copy_landing(self, landing: Path) -> None:
        """Lay all the others into a landing zone, as they were."""
        shutil.copytree(self.landing, landing, dirs_exist_ok=True)


def take_in_what_waits() -> None:
    """Ingest what the landing zone holds, in the order that the engine finds right."""
    from janus_warehouse.deliveries import ingest, scan_landing
    from janus_warehouse.deliveries.ledger import unsettled
    from janus_warehouse.platform.database import Role, connect

    scan_landing()
    with connect(Role.loader) as connection:
        waiting = [delivery.delivery_id for delivery in unsettled(connection)]
    for delivery_id in waiting:
        ingest(delivery_id)


@pytest.fixture(scope="session")
def made_up_bank(server: str, tmp_path_factory) -> Iterator[MadeUpBank]:
    """Ingest and build a bank of which one register has not delivered yet."""
    from janus_warehouse.platform import database
    from janus_warehouse.platform.settings import get_settings
    from janus_warehouse.synthetic import generate
    from janus_warehouse.warehouse import build

    home, name = tmp_path_factory.mktemp("made-up"), f"made_up_{os.getpid()}"
    totals = generate(home / "landing", scale=0.005, seed=7).totals
    shutil.move(home / "landing" / LATER, home / "later")
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"create database {name} template janus")
    with pytest.MonkeyPatch.context() as patch, without_unit_tests():
        patch.setenv("JANUS_HOME", str(home))
        patch.setenv("JANUS_DATABASE_URL", server.rsplit("/", 1)[0] + f"/{name}")
        patch.setenv("JANUS_SECRET_KEY", "a key for tests only")
        get_settings.cache_clear()
        database._engine.cache_clear()
        take_in_what_waits()
        build()
        database._engine.cache_clear()
    get_settings.cache_clear()
    yield MadeUpBank(home / "landing", home / "later", totals, name)
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"drop database if exists {name} with (force)")


@pytest.fixture
def made_up(made_up_bank: MadeUpBank, warehouse: Warehouse) -> Warehouse:
    """Give the test a copy of the made-up bank as its warehouse."""
    from janus_warehouse.platform.settings import get_settings

    warehouse.become_copy_of(made_up_bank.database)
    made_up_bank.copy_landing(warehouse.landing)
    get_settings.cache_clear()
    return warehouse
