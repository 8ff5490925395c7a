"""What has to be built: everything, what new deliveries can touch, or nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from janus_warehouse.warehouse.errors import UnknownSelectionError
from janus_warehouse.warehouse.project import code_version

BY_HAND = "by hand: "
"""A build of chosen models says nothing about the others, and its ledger row starts so."""

DONOR_TABLES = frozenset({"biobank.donors", "population_register.residents"})
"""What tells the sex and birth date of donors whom no survey made known.

Whom a survey made known is a donor of that survey alone, whose rows its next delivery replaces.
"""

_LAST = """
select build_id, code_version, deliveries, started_at, person_decision
from ops.builds
where state = 'succeeded' and selection not like %s
order by started_at desc
limit 1
"""

_UNFINISHED = """
select code_version, deliveries
from ops.builds
where state <> 'succeeded' and started_at > %s and selection not like %s
"""

_ACCEPTED = "select delivery_id from ops.deliveries where state = 'accepted' order by delivery_id"

_CHANGED = """
select distinct source, table_name
from ops.delivery_tables
where delivery_id = any(%s)
order by source, table_name
"""

_WITHDRAWN_SINCE = "select exists (select 1 from governance.withdrawals where recorded_at >= %s)"

_OPENED_SINCE = "select exists (select 1 from governance.shipments where opened_at >= %s)"

_LAST_DECISION = "select coalesce(max(decision_id), 0) from ops.person_assignments"


@dataclass(frozen=True)
class LastBuild:
    """The latest build after which the marts agreed with everything accepted until then.

    Builds that failed since have left their mark on some models: `tried_versions` and
    `tried_deliveries` say with what.
    """

    build_id: str
    code_version: str
    deliveries: frozenset[str]
    started_at: datetime
    person_decision: int
    tried_versions: frozenset[str]
    tried_deliveries: frozenset[str]


@dataclass(frozen=True)
class Plan:
    """What a build is to do, and which deliveries the marts hold afterwards.

    `person_decision` is the latest decision about persons that it sees. Where it is news, rows
    that a table holds already may be of another donor: tables that grow are made anew.
    """

    code_version: str
    deliveries: tuple[str, ...]
    description: str
    selectors: tuple[str, ...]
    is_everything: bool
    last: LastBuild | None
    person_decision: int = 0

    @property
    def regroups_persons(self) -> bool:
        return self.last is not None and self.last.person_decision != self.person_decision

    @property
    def renews_donors(self) -> bool:
        """Tell whether sex or birth date may be news: answers are checked against them."""
        return any(f"source:{table}+" in self.selectors for table in DONOR_TABLES)

    @property
    def remakes_growing_tables(self) -> bool:
        return self.is_everything or self.regroups_persons or self.renews_donors

    @property
    def is_nothing(self) -> bool:
        return not self.is_everything and not self.selectors

    @property
    def tests_code(self) -> bool:
        """Tell whether unit tests run too: they ask the models, which new rows do not change."""
        return self.is_everything or self.description.startswith(BY_HAND)


def make_plan(
    connection: psycopg.Connection[Any], select: str | None = None, *, full: bool = False
) -> Plan:
    """Return what to build now.

    Args:
        connection: Of the transformer.
        select: dbt's own selection syntax, for a build by hand of chosen models.
        full: Build everything anew, also tables that grow by delivery.

    Raises:
        UnknownSelectionError: The selection holds options of dbt.
    """
    last = _last_build(connection)
    version = code_version()
    accepted = tuple(row[0] for row in connection.execute(_ACCEPTED))
    [(decision,)] = connection.execute(_LAST_DECISION).fetchall()
    if select is not None:
        # The other models have not seen the newest deliveries: those stay news.
        seen = tuple(sorted(last.deliveries)) if last else ()
        chosen = _chosen(select)
        known = last.person_decision if last else 0
        return Plan(version, seen, BY_HAND + select, chosen, False, last, known)
    reason = _reason_for_everything(last, version, full)
    if reason is not None:
        return Plan(version, accepted, reason, (), True, last, decision)
    assert last is not None
    changed = sorted((last.deliveries ^ set(accepted)) | last.tried_deliveries)
    selectors = [
        f"source:{source}.{table}+"
        for source, table in connection.execute(_CHANGED, [changed]).fetchall()
    ]
    withdrawn = connection.execute(_WITHDRAWN_SINCE, [last.started_at]).fetchone()
    if withdrawn and withdrawn[0]:
        selectors.append("source:governance.withdrawn_donors+")
    opened = connection.execute(_OPENED_SINCE, [last.started_at]).fetchone()
    if opened and opened[0]:
        selectors.append("source:governance.opened_status+")
    if last.person_decision != decision:
        selectors.append("source:ops.person_assignments+")
    description = " ".join(selectors) or "nothing: every accepted delivery is in the last build"
    return Plan(version, accepted, description, tuple(selectors), False, last, decision)


def _chosen(select: str) -> tuple[str, ...]:
    chosen = tuple(select.split())
    for word in chosen:
        if word.startswith("-"):
            raise UnknownSelectionError(
                f"expected model names in dbt's selection syntax, found the option {word}"
            )
    return chosen


def _last_build(connection: psycopg.Connection[Any]) -> LastBuild | None:
    row = connection.execute(_LAST, [BY_HAND + "%"]).fetchone()
    if row is None:
        return None
    build_id, version, deliveries, started_at, person_decision = row
    held = frozenset(deliveries)
    tried = connection.execute(_UNFINISHED, [started_at, BY_HAND + "%"]).fetchall()
    return LastBuild(
        build_id,
        version,
        held,
        started_at,
        person_decision,
        frozenset(tried_version for tried_version, _ in tried),
        frozenset().union(*(held ^ set(seen) for _, seen in tried)),
    )


def _reason_for_everything(last: LastBuild | None, version: str, full: bool) -> str | None:
    if full:
        return "everything: asked for"
    if last is None:
        return "everything: first build"
    if {last.code_version, *last.tried_versions} != {version}:
        return "everything: the models or codelists have changed"
    return None


def selected_ids(manifest: dict[str, Any], plan: Plan) -> set[str]:
    """Return the unique ids of all that hangs on the sources of a plan, tests included."""
    wanted = {selector.removeprefix("source:").rstrip("+") for selector in plan.selectors}
    waiting = [
        name
        for name, source in manifest["sources"].items()
        if f"{source['source_name']}.{source['name']}" in wanted
    ]
    found: set[str] = set()
    while waiting:
        for child in manifest["child_map"].get(waiting.pop(), []):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return found
