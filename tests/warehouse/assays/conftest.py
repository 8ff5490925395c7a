"""A warehouse that took in a return, its correction and a rerun: made once, used by several."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import psycopg
import pytest
from tests.conftest import Warehouse
from tests.preloaded_dbt import without_unit_tests
from tests.warehouse.assays.bank_of_returns import lay_bank, lay_return, study_code
from tests.warehouse.assays.measured_samples import (
    DUPLICATES,
    RERUN,
    Returned,
    as_file,
    correct,
    measured,
)


@contextmanager
def using(warehouse: Warehouse) -> Iterator[None]:
    """Let the library work with a warehouse."""
    from janus_warehouse.platform import database
    from janus_warehouse.platform.settings import get_settings

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JANUS_HOME", str(warehouse.home))
        patch.setenv("JANUS_DATABASE_URL", warehouse.url)
        patch.setenv("JANUS_SECRET_KEY", "a key for tests only")
        get_settings.cache_clear()
        database._engine.cache_clear()
        yield
    get_settings.cache_clear()
    database._engine.cache_clear()


@pytest.fixture(scope="session")
def returned_bank(server: str, tmp_path_factory) -> Iterator[Returned]:
    """Take in bank, return, correction and rerun, and build what follows from them, once."""
    home, name = tmp_path_factory.mktemp("returned"), f"test_{os.getpid()}_returned"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"drop database if exists {name} with (force)")
        admin.execute(f"create database {name} template janus")
    warehouse = Warehouse(home, server.rsplit("/", 1)[0] + f"/{name}")
    with using(warehouse), without_unit_tests():
        bank = _taken_in(warehouse)
    yield bank
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"drop database if exists {name} with (force)")


def _taken_in(warehouse: Warehouse) -> Returned:
    from janus_warehouse.deliveries import ingest
    from janus_warehouse.warehouse import build

    lines = measured()
    corrected_lines = correct(lines)
    again = lines[lines.SampleID.isin([study_code(n) for n in range(1, RERUN + 1)])]
    accept = [lay_bank(warehouse, duplicates=DUPLICATES)]
    accept.append(lay_return(warehouse, "first", {"run.csv": as_file(lines)}))
    accept.append(
        lay_return(
            warehouse, "corrected", {"mended.csv": as_file(corrected_lines)},
            as_of=date(2019, 7, 31), supersedes=accept[1],
        )
    )  # fmt: skip
    again = again.assign(Plate="P009", RunDate="2019-08-01")
    accept.append(
        lay_return(warehouse, "rerun", {"run.csv": as_file(again)}, as_of=date(2019, 8, 31))
    )
    for delivery in accept:
        outcome = ingest(delivery)
        assert outcome.state == "accepted", outcome.reason
    build(select="+fct_measurements +fct_assay_qc +dim_assay_runs +fct_assay_corrections")
    return Returned(warehouse, *accept[1:], corrected_lines)


@pytest.fixture(scope="module")
def returned(returned_bank: Returned) -> Iterator[Returned]:
    """Give a module the warehouse with the returns; it changes nothing in it."""
    with using(returned_bank.warehouse):
        yield returned_bank
