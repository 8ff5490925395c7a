"""
### Build the warehouse

Turns accepted rows into marts with dbt, in one dbt process, as soon as deliveries have settled.

- **Reads** `raw.*` of every accepted delivery
- **Writes** `staging`, `intermediate`, `marts`, and `ops.builds`, `ops.check_results`; announces
  `marts`
- **Runs again safely**: it rebuilds what deliveries since the last build can touch, from raw rows
  that never change; with nothing new it stops at its first task
- **When it fails**: the message names the model or the test, and the marts of the last good build
  stay. What to do: `docs/runbooks/`
"""

import pendulum
from airflow.sdk import AssetAny, AssetOrTimeSchedule, CronTriggerTimetable, Metadata, dag, task

from janus_warehouse import assets
from janus_warehouse.airflow.ingest import INFRASTRUCTURE_FAULTS

RAW_TABLES = AssetAny(
    assets.RAW_SAMPLE_INVENTORY,
    assets.RAW_REGISTRY_LINKAGES,
    assets.RAW_SURVEY_VARIABLES,
    assets.RAW_ASSAY_RESULTS,
)


@dag(
    # The nightly run takes what announcements left: deliveries that wait behind a stuck one.
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable("30 2 * * *", timezone="UTC"), assets=RAW_TABLES
    ),
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args=INFRASTRUCTURE_FAULTS,
    doc_md=__doc__,
    tags=["layer:marts", "source:all"],
)
def build_warehouse():
    @task.short_circuit
    def is_time_to_build(dag_run=None) -> bool:
        from janus_warehouse.airflow.builds import is_time_to_build

        return is_time_to_build(dag_run.run_type)

    @task(outlets=[assets.MARTS])
    def build_marts():
        from janus_warehouse.airflow.builds import build_marts

        yield Metadata(assets.MARTS, build_marts())

    is_time_to_build() >> build_marts()


build_warehouse()
