"""The made-up bank's surveys, taken in once and built, for all tests of this folder to read."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from janus_warehouse.synthetic import AnswerKey

SCALE, SEED = 0.01, 3
"""Large enough for faults in the age-40 programme, the county studies and the donors' form."""
SOURCES = ("biobank", "health_surveys", "red_cross")
MARTS = (
    "survey_answers_wide", "fct_survey_answers", "fct_completeness", "fct_survey_plausibility",
    "fct_survey_drift",
)  # fmt: skip


@dataclass(frozen=True)
class SurveyedBank:
    """A warehouse of the bank's surveys, and what its generator says that it must tell."""

    url: str
    key: AnswerKey
    home: Path
    landing: Path

    def query(self, statement: str, *parameters: Any) -> list[tuple]:
        """Return the rows of a query, asked as administrator."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(statement, parameters or None).fetchall()


@pytest.fixture(scope="package")
def surveyed_bank(server: str, tmp_path_factory) -> Iterator[SurveyedBank]:
    """Give a warehouse whose survey marts are built; tests only read it."""
    from janus_warehouse.platform import database
    from janus_warehouse.platform.settings import get_settings

    home = tmp_path_factory.mktemp("surveyed")
    name = f"test_{os.getpid()}_surveyed"
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
        key = _fill(home / "landing")
    get_settings.cache_clear()
    database._engine.cache_clear()
    yield SurveyedBank(url, key, home, home / "landing")
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"drop database if exists {name} with (force)")


def _fill(landing: Path) -> AnswerKey:
    from janus_warehouse.deliveries import find_deliveries, ingest
    from janus_warehouse.synthetic import generate
    from janus_warehouse.warehouse import build

    key = generate(landing, scale=SCALE, seed=SEED)
    for source in landing.iterdir():
        if source.is_dir() and source.name not in SOURCES:
            shutil.rmtree(source)
    for kind in ("inventory", "survey"):
        for delivery_id in find_deliveries(kind):
            outcome = ingest(delivery_id)
            assert outcome.state == "accepted", outcome
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DBT_EXCLUDE_RESOURCE_TYPES", "unit_test test")
        build(" ".join(f"+{mart}" for mart in MARTS))
    return key
