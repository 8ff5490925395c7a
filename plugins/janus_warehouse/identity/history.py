"""What the vault may tell of a donor: decisions and kinds of identifiers, never a value."""

from dataclasses import dataclass
from datetime import date, datetime

from psycopg import sql as pgsql
from psycopg.rows import class_row

from janus_warehouse.identity.conditions import unknown_donor
from janus_warehouse.identity.decisions import Connection
from janus_warehouse.platform.database import Role, connect


@dataclass(frozen=True)
class Decision:
    """One decision about who is who."""

    decision_id: int
    kind: str
    donor_id: str
    other_donor_ids: list[str]
    undoes: int | None
    undone_by: int | None
    delivery_id: str | None
    reason: str
    differences: list[str]
    actor: str
    decided_at: datetime


@dataclass(frozen=True)
class Known:
    """One identifier of a donor: its kind, its validity, and the rows of raw that it found."""

    kind: str
    valid_from: date | None
    valid_to: date | None
    rows: int
    tables: tuple[str, ...]


@dataclass(frozen=True)
class Person:
    """A donor as the vault knows it today; `donor_id` is the key that it has today."""

    donor_id: str
    former_ids: tuple[str, ...]
    identifiers: tuple[Known, ...]
    decisions: tuple[Decision, ...]


_DECISIONS = """
select d.decision_id, d.kind, d.donor_id, d.other_donor_ids, d.undoes,
    later.decision_id as undone_by, d.delivery_id, d.reason, d.differences, d.actor, d.decided_at
from identity.person_decisions as d
left join identity.person_decisions as later on later.undoes = d.decision_id
where (%(delivery)s::text is null or d.delivery_id = %(delivery)s)
    and (%(donors)s::text[] is null or array[d.donor_id] || d.other_donor_ids && %(donors)s)
order by d.decision_id
"""

_IDENTIFIERS = """
select kind, valid_from, valid_to, identifier_key
from identity.identifiers
where donor_id = %s
order by kind, valid_from nulls first, valid_to nulls last, identifier_key
"""


def list_decisions(delivery_id: str | None = None) -> list[Decision]:
    """Return the decisions about persons, those of a delivery or all, oldest first."""
    with connect(Role.loader) as connection:
        return _decisions(connection, delivery_id, None)


def show_person(donor_id: str) -> Person:
    """Return what the vault may tell of a donor, asked by any key that the person has had.

    Raises:
        PersonDecisionError: No donor has had this key.
    """
    with connect(Role.loader) as connection:
        found = connection.execute(
            "select coalesce(merged_into, donor_id) from identity.donors where donor_id = %s",
            [donor_id],
        ).fetchone()
        if found is None:
            raise unknown_donor(donor_id)
        today = str(found[0])
        former = tuple(
            key
            for (key,) in connection.execute(
                "select donor_id from identity.donors where merged_into = %s order by 1", [today]
            )
        )
        rows = _rows_by_key(connection, today)
        identifiers = tuple(
            Known(kind, start, end, sum(rows.get(key, {}).values()), tuple(rows.get(key, {})))
            for kind, start, end, key in connection.execute(_IDENTIFIERS, [today]).fetchall()
        )
        decisions = _decisions(connection, None, [today, *former])
    return Person(today, former, identifiers, tuple(decisions))


def _decisions(
    connection: Connection, delivery_id: str | None, donors: list[str] | None
) -> list[Decision]:
    with connection.cursor(row_factory=class_row(Decision)) as cursor:
        return cursor.execute(_DECISIONS, {"delivery": delivery_id, "donors": donors}).fetchall()


def _rows_by_key(connection: Connection, donor_id: str) -> dict[str, dict[str, int]]:
    """Return how many rows each identifier of a donor has found, by its key and raw table."""
    found: dict[str, dict[str, int]] = {}
    for (table,) in connection.execute(
        "select table_name from information_schema.columns "
        "where table_schema = 'raw' and column_name = 'identifier_key' order by 1"
    ).fetchall():
        query = pgsql.SQL(
            "select coalesce(identifier_key, donor_id), count(*) from {} "
            "where coalesce(identifier_key, donor_id) in "
            "(select identifier_key from identity.identifiers where donor_id = %s) group by 1"
        ).format(pgsql.Identifier("raw", table))
        for key, count in connection.execute(query, [donor_id]).fetchall():
            found.setdefault(key, {})[table] = count
    return found
