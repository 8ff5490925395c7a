"""Fixtures of the tests of bad input: the small bank, empty or with its people known."""

import os
import shutil

import psycopg
import pytest
from registry_files import SCALE, SEED, Registry
from small_bank import REPOSITORY, Bank


@pytest.fixture
def bank(warehouse, monkeypatch) -> Bank:
    """Give an empty warehouse whose only contracts are the small ones of these tests."""
    from janus_warehouse.contracts.sync import sync_contracts
    from janus_warehouse.platform.settings import get_settings

    monkeypatch.setenv("JANUS_REPO_ROOT", str(REPOSITORY))
    monkeypatch.setenv("JANUS_STILL_COPYING_SECONDS", "0")
    get_settings.cache_clear()
    sync_contracts()
    return Bank(warehouse)


@pytest.fixture
def people(bank: Bank) -> Bank:
    """Give the small bank with its four people known."""
    return bank.with_people()


@pytest.fixture(scope="module")
def first_linkage(server, tmp_path_factory):
    """Ingest the made-up bank and the cancer linkage of 2020 once; give files and database."""
    from janus_warehouse.deliveries import ingest, scan_landing
    from janus_warehouse.platform import database
    from janus_warehouse.platform.settings import get_settings
    from janus_warehouse.synthetic import generate

    made, name = tmp_path_factory.mktemp("made"), f"linked_{os.getpid()}"
    generate(made, scale=SCALE, seed=SEED)
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"drop database if exists {name} with (force)")
        admin.execute(f"create database {name} template janus")
    landing = made / "home" / "landing"
    for folder in ("biobank/2022-12-31", "cancer_registry/2020-12-31"):
        shutil.copytree(made / folder, landing / folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JANUS_HOME", str(made / "home"))
        patch.setenv("JANUS_DATABASE_URL", server.rsplit("/", 1)[0] + f"/{name}")
        patch.setenv("JANUS_SECRET_KEY", "a key for tests only")
        get_settings.cache_clear()
        database._engine.cache_clear()
        states = {ingest(delivery_id).state for delivery_id in scan_landing().new}
        database._engine.cache_clear()
    get_settings.cache_clear()
    assert states == {"accepted"}
    with psycopg.connect(server, autocommit=True) as admin:
        # Pools of libraries linger, and a database in use is no template.
        admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name]
        )
    yield made, name
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"drop database if exists {name} with (force)")


@pytest.fixture
def registry(server, first_linkage, tmp_path, monkeypatch):
    """Give a warehouse of the test's own that holds the bank and the cancer linkage of 2020."""
    from tests.conftest import Warehouse

    from janus_warehouse.platform import database
    from janus_warehouse.platform.settings import get_settings

    made, template = first_linkage
    name = f"linked_{os.getpid()}_one"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"drop database if exists {name} with (force)")
        admin.execute(f"create database {name} template {template}")
    url = server.rsplit("/", 1)[0] + f"/{name}"
    monkeypatch.setenv("JANUS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("JANUS_DATABASE_URL", url)
    monkeypatch.setenv("JANUS_SECRET_KEY", "a key for tests only")
    monkeypatch.setenv("JANUS_STILL_COPYING_SECONDS", "0")
    get_settings.cache_clear()
    database._engine.cache_clear()
    yield Registry(Warehouse(tmp_path / "home", url), made)
    get_settings.cache_clear()
    database._engine.cache_clear()
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"drop database if exists {name} with (force)")


@pytest.fixture(scope="module")
def sent(server, tmp_path_factory):
    """Ingest a bank that has sent two plates to a laboratory, once; give the database's name."""
    from returned_files import lay_bank
    from tests.conftest import Warehouse

    from janus_warehouse.deliveries import ingest
    from janus_warehouse.platform import database
    from janus_warehouse.platform.settings import get_settings

    home, name = tmp_path_factory.mktemp("sent"), f"sent_{os.getpid()}"
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
        outcome = ingest(lay_bank(Warehouse(home, url)))
        database._engine.cache_clear()
    get_settings.cache_clear()
    assert (outcome.state, outcome.rows_quarantined) == ("accepted", 0)
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name]
        )
    yield name
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"drop database if exists {name} with (force)")


@pytest.fixture
def laboratory(server, sent, tmp_path, monkeypatch):
    """Give a warehouse of the test's own that has sent two plates, as its laboratory sees it."""
    from returned_files import Laboratory
    from tests.conftest import Warehouse

    from janus_warehouse.platform import database
    from janus_warehouse.platform.settings import get_settings

    name = f"{sent}_one"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"drop database if exists {name} with (force)")
        admin.execute(f"create database {name} template {sent}")
    url = server.rsplit("/", 1)[0] + f"/{name}"
    monkeypatch.setenv("JANUS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("JANUS_DATABASE_URL", url)
    monkeypatch.setenv("JANUS_SECRET_KEY", "a key for tests only")
    monkeypatch.setenv("JANUS_STILL_COPYING_SECONDS", "0")
    get_settings.cache_clear()
    database._engine.cache_clear()
    yield Laboratory(Warehouse(tmp_path / "home", url))
    get_settings.cache_clear()
    database._engine.cache_clear()
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"drop database if exists {name} with (force)")
