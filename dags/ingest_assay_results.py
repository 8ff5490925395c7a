"""
### Ingest assay results

Takes in what laboratories return: one row or one matrix cell for each analyte and tube.

- **Reads** `landing/<source>/<delivery>/` of sources of kind assay
- **Writes** `raw.*`, `quarantine.*`, the ledgers in `ops`, the lake, whose native files are staged
  by a task each before; announces `raw_assay_results`
- **Runs again safely**: a delivery is known by the hash of its content; one that is settled is
  not taken again, and one that was interrupted goes on where it stopped
- **When it fails**: the red task carries the name of the delivery and the message for its
  sender; the other deliveries of the run are in. What to do: `docs/runbooks/`
"""

import pendulum
from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable, dag

from janus_warehouse.airflow.ingest import INFRASTRUCTURE_FAULTS, ingest_deliveries
from janus_warehouse.assets import RAW_ASSAY_RESULTS, RAW_SAMPLE_INVENTORY


@dag(
    # After the inventory: a person must be known before a result can be about her.
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable("5 * * * *", timezone="UTC"), assets=RAW_SAMPLE_INVENTORY
    ),
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args=INFRASTRUCTURE_FAULTS,
    doc_md=__doc__,
    tags=["layer:raw", "source:assay"],
)
def ingest_assay_results():
    ingest_deliveries("assay", RAW_ASSAY_RESULTS, by_file=True)


ingest_assay_results()
