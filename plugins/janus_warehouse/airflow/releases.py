"""Which release a DAG is about: the one a person names, or the one an asset event announces."""

from collections.abc import Mapping
from typing import Any

from janus_warehouse.assets import RELEASE
from janus_warehouse.errors import WarehouseError


class NoReleaseNamedError(WarehouseError):
    """A run that neither a release announced nor a person gave a release to."""


def announced_releases(params: Mapping[str, Any], events: Mapping[Any, Any] | None) -> list[str]:
    """Return the releases of this run in the order of their announcement, each once.

    Raises:
        NoReleaseNamedError: Nobody named a release.
    """
    if params.get("release_name"):
        return [params["release_name"]]
    announced = [event.extra["release_name"] for event in (events or {}).get(RELEASE, [])]
    if not announced:
        raise NoReleaseNamedError(
            "expected a release: start this DAG with the parameter release_name, or cut a release"
        )
    return list(dict.fromkeys(announced))


def extracts_to_deliver(
    params: Mapping[str, Any], events: Mapping[Any, Any] | None
) -> list[dict[str, str]]:
    """Return the arguments of one task for each project and announced release."""
    from janus_warehouse.airflow.work import warehouse_work

    with warehouse_work():
        from janus_warehouse.projects import projects_for

        return [
            {"project_id": project.project_id, "release_name": release}
            for release in announced_releases(params, events)
            for project in projects_for(release)
        ]
