"""
### Ingest the sample inventory

Takes in what the freezer system delivers: donors, draws, tubes and shipments. It makes the
people of the bank known, so the other ingest DAGs run when it has.

- **Reads** `landing/<source>/<delivery>/` of sources of kind inventory
- **Writes** `identity.*`, `raw.*`, `quarantine.*`, the ledgers in `ops`; announces
  `raw_sample_inventory`
- **Runs again safely**: a delivery is known by the hash of its content; one that is settled is
  not taken again, and one that was interrupted goes on where it stopped
- **When it fails**: the red task carries the name of the delivery and the message for its
  sender; the other deliveries of the run are in. What to do: `docs/runbooks/`
"""

import pendulum
from airflow.sdk import dag

from janus_warehouse.airflow.ingest import INFRASTRUCTURE_FAULTS, ingest_deliveries
from janus_warehouse.assets import RAW_SAMPLE_INVENTORY


@dag(
    schedule="5 * * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args=INFRASTRUCTURE_FAULTS,
    doc_md=__doc__,
    tags=["layer:raw", "source:inventory"],
)
def ingest_sample_inventory():
    ingest_deliveries("inventory", RAW_SAMPLE_INVENTORY)


ingest_sample_inventory()
