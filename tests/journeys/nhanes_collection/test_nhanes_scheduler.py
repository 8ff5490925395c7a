"""NHANES beside the bank's own inventory, through the real scheduler and the scheduled DAGs."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import nhanes_files as nhanes
import psycopg
import pytest

LONGEST_SECONDS = 900
INGEST_DAGS = (
    "ingest_sample_inventory",
    "ingest_survey_variables",
    "ingest_assay_results",
    "ingest_registry_linkages",
)
pytestmark = pytest.mark.timeout(LONGEST_SECONDS)


class Silence:
    """A display for nobody: the demo's way of waiting shows progress, a test does not."""

    def show(self, *_: object) -> None:
        """Show nothing."""

    def finish(self, *_: object) -> None:
        """Show nothing."""


@pytest.fixture(scope="module")
def home(shared, tmp_path_factory):
    """Let Airflow take in both collections and build; return the home folder."""
    from janus_warehouse.platform import database
    from janus_warehouse.platform.settings import get_settings

    home = tmp_path_factory.mktemp("scheduled")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if "AIRFLOW" in name]:
            patch.delenv(name)
        patch.delenv("JANUS_DATABASE_URL", raising=False)
        patch.setenv("JANUS_HOME", str(home))
        get_settings.cache_clear()
        database._engine.cache_clear()
        _lay_deliveries(home)
        try:
            yield _run(home)
        finally:
            from janus_warehouse.airflow import stack

            stack.stop()
    get_settings.cache_clear()
    database._engine.cache_clear()


def _lay_deliveries(home: Path) -> None:
    from janus_warehouse.synthetic import generate

    generate(home / "everything", scale=0.005, seed=1953)
    inventory = "biobank/2022-12-31"
    shutil.copytree(home / "everything" / inventory, home / "landing" / inventory)
    nhanes.lay_deliveries(home / "landing")


def _run(home: Path) -> Path:
    from janus_warehouse.airflow import stack
    from janus_warehouse.airflow.rest import AirflowApi
    from janus_warehouse.demo.stages import Stages

    stack.start()
    api, since = AirflowApi(), datetime.now(UTC).isoformat().replace("+00:00", "Z")
    for dag_id in ("build_warehouse", *INGEST_DAGS):
        api.pause(dag_id, paused=False)
    for dag_id in INGEST_DAGS:
        api.trigger(dag_id)
    Stages(Silence()).wait("take in NHANES", api, since, _is_done, "build_warehouse", *INGEST_DAGS)
    return home


def _is_done(now) -> bool:
    expected = 2 * len(nhanes.LINKED_CYCLES) + 2
    return len(now.deliveries) == expected and not now.unsettled and now.is_built


def _query(statement: str) -> list[tuple]:
    from janus_warehouse.platform.database import Role, url

    with psycopg.connect(url(Role.admin)) as connection:
        return connection.execute(statement).fetchall()


def test_the_scheduler_took_every_delivery_in_whole(home):
    assert _query(
        "select source, count(*), sum(rows_accepted)::int from ops.deliveries "
        "where state = 'accepted' and collection_id = 'nhanes' group by source order by source"
    ) == [
        ("nhanes_lab", 2, 4691),
        ("nhanes_mortality", 1, 20470),
        ("nhanes_survey", 2, 84772 + 96216),
    ]


def test_both_collections_stand_in_the_same_marts(home):
    donors = dict(_query("select collection_id, count(*) from marts.dim_donors group by 1"))

    assert donors["nhanes"] == 20470
    assert donors["janus"] > 1000
    assert _query(
        "select count(*) from marts.dim_donors as a join marts.dim_donors as b "
        "on a.donor_id = b.donor_id and a.collection_id <> b.collection_id"
    ) == [(0,)]


def test_deaths_came_through_the_scheduler(home):
    assert _query(
        "select count(*) filter (where exit_reason_code = 'death'), "
        "count(*) filter (where underlying_cause_code = '002') "
        "from marts.fct_follow_up where collection_id = 'nhanes'"
    ) == [(732 + 427, 161 + 97)]
