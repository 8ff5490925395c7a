"""
### Cut a release

Freezes the marts as they are now into `release_<name>`. Started by hand, with the name.

- **Reads** `marts.*` of the last good build
- **Writes** the schema `release_<name>` with row hashes, and its manifest in `ops.releases`;
  announces `release`
- **Runs again safely**: a release that exists is never changed; asking for it again says so
- **When it fails**: nothing is left of the release. What to do: `docs/runbooks/`
"""

import pendulum
from airflow.sdk import Metadata, Param, dag, task

from janus_warehouse.airflow.ingest import INFRASTRUCTURE_FAULTS
from janus_warehouse.assets import RELEASE


@dag(
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args=INFRASTRUCTURE_FAULTS,
    doc_md=__doc__,
    tags=["layer:release", "source:all"],
    params={
        "release_name": Param(
            type="string",
            pattern=r"^[0-9]{4}\.[0-9]+$",
            description="Year and number, for example 2022.1",
        )
    },
)
def cut_release():
    @task(outlets=[RELEASE])
    def freeze_marts(params=None):
        from janus_warehouse.airflow.work import warehouse_work

        with warehouse_work():
            from janus_warehouse.releases import cut_release

            release = cut_release(params["release_name"])
        yield Metadata(RELEASE, {"release_name": release.name})

    freeze_marts()


cut_release()
