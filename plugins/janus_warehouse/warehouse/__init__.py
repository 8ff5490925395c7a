"""The warehouse proper: building staging, intermediate and marts with dbt."""

from pathlib import Path

from janus_warehouse.warehouse.building import BuildResult, build, is_up_to_date
from janus_warehouse.warehouse.errors import BuildFailedError, UnknownSelectionError
from janus_warehouse.warehouse.process import BuildEvent
from janus_warehouse.warehouse.project import dbt_manifest

__all__ = [
    "BuildEvent",
    "BuildFailedError",
    "BuildResult",
    "UnknownSelectionError",
    "build",
    "dbt_manifest",
    "is_up_to_date",
    "write_dbt_sources",
]


def write_dbt_sources() -> list[Path]:
    """Write the generated files of the dbt project that are stale, and return their paths."""
    # `generate` also runs as a program, and must not be loaded before it does.
    from janus_warehouse.warehouse import generate

    return generate.write_dbt_sources()
