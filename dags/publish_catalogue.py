"""
### Publish the catalogue

Writes the metadata catalogue of a release for harvesters: Turtle and JSON-LD, checked with SHACL.

- **Reads** the release and its manifest, dbt's manifest, `metadata/`
- **Writes** `catalogue/catalogue.ttl` and `.jsonld`, and one file for each dataset
- **Runs again safely**: the same release gives the same files; they are replaced as a whole
- **When it fails**: the message names the shape and the thing that breaks it; the catalogue
  published before stays. What to do: `docs/runbooks/`
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
    tags=["layer:catalogue", "source:all"],
    params={
        "release_name": Param(
            None, type=["null", "string"], description="Empty: the release just announced"
        )
    },
)
def publish_catalogue():
    @task
    def build_catalogue(params=None, triggering_asset_events=None) -> int:
        from janus_warehouse.airflow.releases import announced_releases
        from janus_warehouse.airflow.work import warehouse_work

        with warehouse_work():
            from janus_warehouse.catalogue import build_catalogue

            newest = announced_releases(params, triggering_asset_events)[-1]
            return build_catalogue(newest).triples

    build_catalogue()


publish_catalogue()
