"""Reading `ops.releases`."""

from typing import Any

import psycopg

from janus_warehouse.platform.database import Role, connect
from janus_warehouse.releases.errors import UnknownReleaseError
from janus_warehouse.releases.manifest import Release
from janus_warehouse.releases.names import schema_name

_ONE = "select manifest, manifest_sha256 from ops.releases where release_name = %s"
_ALL = """
select manifest, manifest_sha256 from ops.releases
order by split_part(release_name, '.', 1)::int, split_part(release_name, '.', 2)::int
"""


def list_releases(role: Role = Role.reader) -> list[Release]:
    """Return all releases, oldest edition first (2022.9 before 2022.10)."""
    with connect(role) as connection:
        return [Release.from_manifest(*row) for row in connection.execute(_ALL)]


def find_release(name: str, role: Role = Role.reader) -> Release:
    """Return one release.

    Raises:
        InvalidReleaseNameError: The name is no release name.
        UnknownReleaseError: No such release was cut; the message lists those that were.
    """
    with connect(role) as connection:
        release = read_release(connection, name)
        if release is not None:
            return release
    known = ", ".join(release.name for release in list_releases(role)) or "none yet"
    raise UnknownReleaseError(
        f"release {name} was never cut (there are: {known}): run `janus release cut {name}`, or "
        "check the name"
    )


def read_release(connection: psycopg.Connection[Any], name: str) -> Release | None:
    """Return a release as the given connection sees it, None when there is none."""
    schema_name(name)
    row = connection.execute(_ONE, [name]).fetchone()
    return Release.from_manifest(*row) if row else None
