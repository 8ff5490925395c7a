"""The NHANES collection, ingested and built once for all the tests that look at it."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nhanes_files as nhanes
import psycopg
import pytest
from tests.preloaded_dbt import without_unit_tests


@dataclass(frozen=True)
class Collection:
    """The NHANES collection in a database of its own."""

    url: str
    home: Path

    def query(self, statement: str, *parameters) -> list[tuple]:
        """Run a statement as administrator and return its rows."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(statement, parameters or None).fetchall()

    def one(self, statement: str, *parameters):
        """Return the only value of the only row."""
        ((value,),) = self.query(statement, *parameters)
        return value

    def ingest(self) -> dict[str, object]:
        """Ingest what waits in the landing zone, by the functions that the DAGs call."""
        from janus_warehouse.deliveries import check, find_deliveries, load, settle

        outcomes = {}
        # The mortality file and the laboratory come before the people they are about: the
        # engine has to see to the order, as under four schedules that know nothing of each other.
        with self.environment():
            for kind in ("registry", "assay", "survey"):
                for delivery_id in find_deliveries(kind):
                    load(delivery_id)
                    check(delivery_id)
                    outcomes[delivery_id] = settle(delivery_id)
        return outcomes

    @contextmanager
    def environment(self) -> Iterator[None]:
        """Point the settings at this collection for as long as the block lasts."""
        from janus_warehouse.platform import database
        from janus_warehouse.platform.settings import get_settings

        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("JANUS_HOME", str(self.home))
            patch.setenv("JANUS_DATABASE_URL", self.url)
            patch.setenv("JANUS_SECRET_KEY", "a key for tests only")
            _forget(get_settings, database)
            yield
        _forget(get_settings, database)


def _forget(get_settings, database) -> None:
    get_settings.cache_clear()
    database._engine.cache_clear()


@pytest.fixture(scope="session")
def new_collection(server, shared, tmp_path_factory) -> Iterator[Callable[[str], Collection]]:
    """Give a function that makes an empty collection in a database of its own."""
    made: list[str] = []

    def make(word: str) -> Collection:
        made.append(f"test_{word}_{os.getpid()}")
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(f"create database {made[-1]} template janus")
        return Collection(server.rsplit("/", 1)[0] + f"/{made[-1]}", tmp_path_factory.mktemp(word))

    yield make
    with psycopg.connect(server, autocommit=True) as admin:
        for name in made:
            admin.execute(f"drop database if exists {name} with (force)")


@pytest.fixture(scope="session")
def ingested(server, shared, tmp_path_factory) -> Iterator[Collection]:
    """Ingest all NHANES deliveries."""
    home = tmp_path_factory.mktemp("nhanes")
    name = f"test_nhanes_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"create database {name} template janus")
    collection = Collection(server.rsplit("/", 1)[0] + f"/{name}", home)
    with collection.environment():
        nhanes.lay_deliveries(home / "landing", nhanes.CYCLES)
    collection.ingest()
    yield collection
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"drop database if exists {name} with (force)")


@pytest.fixture(scope="session")
def built(ingested: Collection) -> Collection:
    """Build the marts that are looked at from the ingested collection, as the build DAG does.

    The long form of the answers, five million rows, is left to the scheduler's test and two cycles.
    """
    from janus_warehouse.warehouse import build

    with ingested.environment(), without_unit_tests():
        build(
            select="+dim_donors +fct_measurements +fct_reference_concentrations +fct_follow_up "
            "+survey_answers_wide"
        )
    return ingested
