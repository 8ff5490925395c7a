"""What the ledger knows of a build's cells in the lake, told without the lake's libraries."""

from dataclasses import dataclass
from typing import Any

import psycopg

from janus_warehouse.releases.builds import Build
from janus_warehouse.releases.manifest import LakeAppend, Release

_APPENDS = """
select platform, snapshot_id, delivery_id, rows, content_sha256 from ops.lake_appends
where delivery_id = any(%s) order by platform collate "C", delivery_id collate "C"
"""

_PINNED = """
select appended ->> 'delivery_id', array_agg(release_name order by created_at, release_name)
from ops.releases cross join jsonb_path_query(manifest, '$.lake.*.deliveries[*]') as appended
group by 1
"""


@dataclass(frozen=True)
class Appended:
    """A delivery's cells in the lake, and the snapshot that added them."""

    cells: LakeAppend
    snapshot_id: int


def appends_of(connection: psycopg.Connection[Any], build: Build) -> dict[str, list[Appended]]:
    """Return the appends of the deliveries that a build's marts are made from, by platform."""
    found: dict[str, list[Appended]] = {}
    for platform, snapshot_id, *cells in connection.execute(_APPENDS, [list(build.deliveries)]):
        found.setdefault(platform, []).append(Appended(LakeAppend(*cells), snapshot_id))
    return found


def differing_platforms(release: Release, appends: dict[str, list[Appended]]) -> list[str]:
    """Return the tables of the lake of which a release pins other cells than a build has.

    A release that is older than pins says nothing of them; its list of deliveries still does.
    """
    if not release.lake:
        return []
    before = {platform: table.appends for platform, table in release.lake.items()}
    now = {platform: tuple(one.cells for one in found) for platform, found in appends.items()}
    return [
        f"assay.{platform}"
        for platform in sorted(before.keys() | now.keys())
        if before.get(platform) != now.get(platform)
    ]


def pinned_by(connection: psycopg.Connection[Any]) -> dict[str, list[str]]:
    """Return the releases that pin the cells of each delivery, the oldest first."""
    return dict(connection.execute(_PINNED).fetchall())
