"""
### Decide about held linkages

Asks a person about each linkage that is in doubt: fewer rows than the one before, too many
retractions, an earlier day; and about a survey sent again with other persons or answers. What has
entered before stays in force until somebody answers.

- **Reads** the deliveries in state `held`; their figures are in `ops.linkage_figures` and in
  `reports/linkages/<delivery>/report.html`, which the question names
- **Writes** `ops.decisions` with the name of who answered; what is accepted enters `raw.*` as any
  delivery does; announces `raw_registry_linkages`
- **Runs again safely**: a delivery is decided about once. One that was decided about elsewhere
  (`janus decide`) meanwhile is left as it is, and the task ends well. Several runs may wait side by
  side; a run by hand asks about everything that is held
- **When it fails**: the decision is kept, and the next ingest run carries it out. What to do:
  `docs/runbooks/linkage_held.md`
"""

import pendulum
from airflow.sdk import dag

from janus_warehouse.airflow.decisions import ask_and_carry_out
from janus_warehouse.airflow.ingest import INFRASTRUCTURE_FAULTS
from janus_warehouse.assets import HELD_DELIVERIES, RAW_REGISTRY_LINKAGES


@dag(
    schedule=[HELD_DELIVERIES],
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    # A question can stand open for days; the next linkage is asked about beside it.
    max_active_runs=16,
    default_args=INFRASTRUCTURE_FAULTS,
    doc_md=__doc__,
    tags=["layer:raw", "source:registry"],
)
def decide_linkages():
    ask_and_carry_out(RAW_REGISTRY_LINKAGES)


decide_linkages()
