"""The warehouse proper: building staging, intermediate and marts with dbt."""

from janus_warehouse.warehouse.building import BuildResult, build, is_up_to_date
from janus_warehouse.warehouse.errors import BuildFailedError
from janus_warehouse.warehouse.generate import write_dbt_sources
from janus_warehouse.warehouse.process import BuildEvent
from janus_warehouse.warehouse.project import dbt_manifest

__all__ = [
    "BuildEvent",
    "BuildFailedError",
    "BuildResult",
    "build",
    "dbt_manifest",
    "is_up_to_date",
    "write_dbt_sources",
]
