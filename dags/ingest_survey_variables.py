"""
### Ingest survey variables

Takes in answers and examinations of health surveys, each table in its own format and codes.

- **Reads** `landing/<source>/<delivery>/` of sources of kind survey
- **Writes** `raw.*`, `quarantine.*`, the ledgers in `ops`; announces `raw_survey_variables`, and on
  `held_deliveries` the surveys sent again in doubt, about which `decide_linkages` asks a person
- **Runs again safely**: a delivery is known by the hash of its content; one that is settled is
  not taken again, and one that was interrupted goes on where it stopped
- **When it fails**: the red task carries the name of the delivery and the message for its
  sender; the other deliveries of the run are in. What to do: `docs/runbooks/`
"""

import pendulum
from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable, dag

from janus_warehouse.airflow.ingest import INFRASTRUCTURE_FAULTS, ingest_deliveries
from janus_warehouse.assets import HELD_DELIVERIES, RAW_SAMPLE_INVENTORY, RAW_SURVEY_VARIABLES


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
    tags=["layer:raw", "source:survey"],
)
def ingest_survey_variables():
    ingest_deliveries("survey", RAW_SURVEY_VARIABLES, HELD_DELIVERIES)


ingest_survey_variables()
