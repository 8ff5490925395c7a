"""
### Deliver extracts

Writes, for each approved project, its extract of a release: one task for each project.

- **Reads** one release; the project specifications in `metadata/projects/`
- **Writes** `extracts/<project>/<release>/` (Parquet, CSV, codebook) and `ops.extracts`
- **Runs again safely**: an extract that was delivered is verified, never changed
- **When it fails**: the red task carries project and release; the other extracts are delivered.
  What to do: `docs/runbooks/`
"""

import pendulum
from airflow.sdk import Param, dag, task

from janus_warehouse.airflow.ingest import INFRASTRUCTURE_FAULTS
from janus_warehouse.assets import RELEASE


@dag(
    schedule=[RELEASE],
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args=INFRASTRUCTURE_FAULTS,
    doc_md=__doc__,
    tags=["layer:extract", "source:all"],
    params={
        "release_name": Param(
            None, type=["null", "string"], description="Empty: the release just announced"
        )
    },
)
def deliver_extracts():
    @task
    def find_extracts(params=None, triggering_asset_events=None) -> list[dict[str, str]]:
        from janus_warehouse.airflow.releases import extracts_to_deliver

        return extracts_to_deliver(params, triggering_asset_events)

    @task(
        map_index_template="{{ task.op_kwargs['project_id'] }}@{{ task.op_kwargs['release_name'] }}"
    )
    def build_extract(project_id: str, release_name: str) -> int:
        from janus_warehouse.airflow.work import warehouse_work

        with warehouse_work():
            from janus_warehouse.extracts import build_extract

            return build_extract(project_id, release_name).rows

    build_extract.expand_kwargs(find_extracts())


deliver_extracts()
