"""Decisions about who is who: written down, carried out in the vault, told to the models.

A decision moves identifiers from one donor to another. Rows that are in raw keep the donor that
they were loaded with; `ops.person_assignments` says whose their identifier is today. Decisions
are only ever added: an undo is a decision too.
"""

from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from janus_warehouse.platform.locks import AdvisoryLock
from janus_warehouse.platform.settings import get_settings

Connection = psycopg.Connection[Any]

DONOR_TODAY = "coalesce(persons_today.donor_id, r.donor_id)"
JOIN_PERSONS_TODAY = (
    "left join ops.person_assignments as persons_today "
    "on persons_today.identifier_key = coalesce(r.identifier_key, r.donor_id)"
)
"""Whose rows `r` of raw are today; for dbt `macros/persons.sql` says the same."""

_ACTIONS = {"merge": "merge persons", "split": "split person", "undo": "undo person decision"}

_MOVING = """
create temporary table moving (
    decision_id bigint, identifier_key text, from_donor_id text, to_donor_id text
) on commit drop
"""

_OF_DONORS = """
insert into moving
select merging.decision_id, i.identifier_key, i.donor_id, merging.survivor
from merging inner join identity.identifiers as i on i.donor_id = merging.donor_id
where i.identifier_key is not null
union
-- Rows of raw that do not tell their identifier go with the donor's own key.
select decision_id, donor_id, donor_id, survivor
from merging
union
select merging.decision_id, d.donor_id, merging.donor_id, merging.survivor
from merging inner join identity.donors as d on d.merged_into = merging.donor_id
"""

_CARRY_OUT = (
    "insert into identity.person_moves select * from moving",
    "update identity.identifiers as i set donor_id = moving.to_donor_id "
    "from moving where i.identifier_key = moving.identifier_key",
    # A number is not the successor of one that is another person's.
    "update identity.identifiers as i set replaces = null from identity.identifiers as old "
    "where old.identifier_key = i.replaces and old.donor_id <> i.donor_id "
    "and exists (select 1 from moving where identifier_key in (i.identifier_key, i.replaces))",
    "insert into ops.person_assignments as a "
    "select identifier_key, to_donor_id, decision_id from moving "
    "on conflict (identifier_key) do update "
    "set donor_id = excluded.donor_id, decision_id = excluded.decision_id",
    # A donor whose own key is another's today has been merged into that one.
    "update identity.donors as d set merged_into = nullif(a.donor_id, d.donor_id) "
    "from ops.person_assignments as a where a.identifier_key = d.donor_id "
    "and a.identifier_key in (select identifier_key from moving)",
    "drop table moving",
)


def alone_in_the_vault(connection: Connection) -> None:
    """Wait until nobody else changes who is who, and hold it until the transaction ends."""
    connection.execute("select pg_advisory_xact_lock(%s)", [AdvisoryLock.vault])


def record_decision(
    connection: Connection,
    kind: str,
    donor_id: str,
    others: list[str],
    *,
    reason: str,
    undoes: int | None = None,
    differences: list[str] | None = None,
) -> int:
    """Write down a decision that a person made, and return its number."""
    found = connection.execute(
        "insert into identity.person_decisions "
        "(kind, donor_id, other_donor_ids, undoes, reason, differences, actor) "
        "values (%s, %s, %s, %s, %s, %s, %s) returning decision_id",
        [kind, donor_id, others, undoes, reason, differences or [], get_settings().actor],
    ).fetchone()
    assert found is not None
    tell_audit(connection, [found[0]])
    return int(found[0])


def tell_audit(connection: Connection, decisions: list[int]) -> None:
    """Add decisions to the audit chain; it holds keys of donors and no identifiers."""
    for decision_id, kind, donor_id, others, undoes, delivery_id in connection.execute(
        "select decision_id, kind, donor_id, other_donor_ids, undoes, delivery_id "
        "from identity.person_decisions where decision_id = any(%s) order by 1",
        [decisions],
    ).fetchall():
        detail = {"decision": decision_id, "others": others, "delivery": delivery_id}
        if undoes is not None:
            detail["undoes"] = undoes
        connection.execute(
            "insert into ops.audit (actor, action, subject, detail) values (%s, %s, %s, %s)",
            [get_settings().actor, _ACTIONS[kind], donor_id, Jsonb(detail)],
        )


def carry_out_merges(connection: Connection) -> None:
    """Give all identifiers of the donors in the table `merging` to their survivors."""
    connection.execute(_MOVING)
    connection.execute(_OF_DONORS)
    _carry_out(connection)


def carry_out_moves(connection: Connection, decision_id: int, moves: list[tuple[str, str]]) -> None:
    """Give identifiers to other donors.

    Args:
        connection: As loader, alone in the vault.
        decision_id: The decision that says so.
        moves: Key of the identifier, and the donor that it goes to.
    """
    connection.execute(_MOVING)
    connection.execute(
        "insert into moving select %s, asked.identifier_key, "
        "coalesce(i.donor_id, a.donor_id), asked.donor_id "
        "from unnest(%s::text[], %s::text[]) as asked (identifier_key, donor_id) "
        "left join identity.identifiers as i on i.identifier_key = asked.identifier_key "
        "left join ops.person_assignments as a on a.identifier_key = asked.identifier_key",
        [decision_id, [key for key, _ in moves], [donor_id for _, donor_id in moves]],
    )
    _carry_out(connection)


def keep_apart(connection: Connection, decision_id: int, donor_id: str, others: list[str]) -> None:
    """Note that a donor is none of the others, so that no delivery joins them again."""
    connection.execute(
        "insert into identity.kept_apart (decision_id, donor_id, other_donor_id) "
        "select %s, %s, other from unnest(%s::text[]) as other",
        [decision_id, donor_id, others],
    )


def _carry_out(connection: Connection) -> None:
    for statement in _CARRY_OUT:
        connection.execute(statement)  # type: ignore[arg-type]
