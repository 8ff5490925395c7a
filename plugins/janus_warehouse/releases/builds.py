"""Which build and which deliveries the marts come from."""

from dataclasses import dataclass
from typing import Any

import psycopg

from janus_warehouse.releases.errors import BuildNotReadyError
from janus_warehouse.warehouse.selection import BY_HAND

_LAST = """
select build_id, state, code_version, deliveries from ops.builds
where state = 'running' or coalesce(selection, '') not like %s
order by started_at desc, build_id desc limit 1
"""

_CHANGED_BY_HAND = """
select later.build_id
from ops.builds as later
inner join ops.builds as planned on later.started_at > planned.started_at
where planned.build_id = %s and (
    later.code_version <> planned.code_version
    or exists (
        select 1 from ops.deliveries as d
        where (d.state = 'accepted') <> (d.delivery_id = any(planned.deliveries))
    )
)
order by later.started_at desc limit 1
"""
"""The newest build by hand that may have put other code or deliveries into some of the marts."""

_DELIVERIES = """
select delivery_id, content_sha256, collection_id, source, as_of from ops.deliveries
where delivery_id = any(%s) order by delivery_id collate "C"
"""


@dataclass(frozen=True)
class Build:
    """A build that succeeded."""

    build_id: str
    code_version: str
    deliveries: tuple[str, ...]


def last_build(connection: psycopg.Connection[Any]) -> Build:
    """Return the newest build of all that was new, which has succeeded.

    A build of models chosen by hand counts for nothing: its ledger row does not know which
    deliveries the chosen models have seen.

    Raises:
        BuildNotReadyError: There is none, it failed, it is still running, or a later build by
            hand has made some marts newer than the others.
    """
    row = connection.execute(_LAST, [BY_HAND + "%"]).fetchone()
    if row is None:
        raise BuildNotReadyError(
            "expected marts made by a build, found no build in ops.builds: run `janus build`"
        )
    build_id, state, code_version, deliveries = row
    if state == "running":
        raise BuildNotReadyError(
            f"build {build_id} is still running: wait until it has succeeded, then cut again; "
            "`janus status` shows how far it is"
        )
    if state != "succeeded":
        raise BuildNotReadyError(
            f"the last build {build_id} {state}, so the marts may be half old and half new: mend "
            "what it reports, run `janus build`, then cut again"
        )
    newer = connection.execute(_CHANGED_BY_HAND, [build_id]).fetchone()
    if newer is not None:
        raise BuildNotReadyError(
            f"{newer[0]} built some models by hand after {build_id}, and there are other "
            "deliveries or other code by now, so the marts may be half old and half new: run "
            "`janus build`, then cut again"
        )
    return Build(build_id, code_version, tuple(deliveries))


def deliveries_of(connection: psycopg.Connection[Any], build: Build) -> list[dict[str, Any]]:
    """Return the deliveries that the marts of a build are made from, in the order of their ids.

    Raises:
        BuildNotReadyError: The build names a delivery that the ledger does not have.
    """
    found = [
        {
            "id": delivery_id,
            "content_sha256": digest,
            "collection_id": collection,
            "source": source,
            "as_of": as_of.isoformat() if as_of else None,
        }
        for delivery_id, digest, collection, source, as_of in connection.execute(
            _DELIVERIES, [list(build.deliveries)]
        )
    ]
    if len(found) != len(set(build.deliveries)):
        raise BuildNotReadyError(
            f"build {build.build_id} names {len(set(build.deliveries))} deliveries, of which "
            f"ops.deliveries has {len(found)}: run `janus build` again on this database"
        )
    return found
