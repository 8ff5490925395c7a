"""Saying by hand that records are of one person, or of two; and taking it back."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from janus_warehouse.contracts.sync import sync_contracts
from janus_warehouse.identity import decisions
from janus_warehouse.identity.conditions import (
    PersonDecisionError,
    require_a_rest,
    require_latest,
    require_mergeable,
    require_plain,
    unknown_donor,
)
from janus_warehouse.identity.decisions import Connection
from janus_warehouse.identity.differences import find_differences
from janus_warehouse.platform.database import Role, connect

_DONOR_KEY = re.compile(r"D[0-9A-F]{16}")


@dataclass(frozen=True)
class Decided:
    """What a decision did; `decision_id` is None when there was nothing to decide."""

    decision_id: int | None
    donor_id: str
    other_donor_ids: tuple[str, ...]
    identifiers: int
    differences: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    """Keys of those involved under which a withdrawal stands."""


def is_donor_key(text: str) -> bool:
    """Tell whether a text is written like the key of a donor."""
    return _DONOR_KEY.fullmatch(text) is not None


def donors_of(connection: Connection, identifiers: Sequence[tuple[str, str]]) -> list[str]:
    """Return the donor of each identifier, in their order.

    Args:
        connection: As loader.
        identifiers: System and value of each.

    Raises:
        PersonDecisionError: The vault does not know all of them.
    """
    found = connection.execute(
        "select asked.line, i.donor_id "
        "from unnest(%s::text[], %s::text[]) with ordinality as asked (system, value, line) "
        "left join identity.identifiers as i on i.system = asked.system and i.value = asked.value "
        "order by asked.line",
        [[system for system, _ in identifiers], [value for _, value in identifiers]],
    ).fetchall()
    unknown = [line for line, donor_id in found if donor_id is None]
    if unknown or not found:
        where = f" (the first in line {unknown[0]})" if unknown else ""
        raise PersonDecisionError(
            f"expected identifiers that the warehouse knows, found {len(unknown)} unknown of "
            f"{len(found)}{where}: nothing was changed; check them and their system"
        )
    return [donor_id for _, donor_id in found]


def merge_persons(
    donors: Sequence[str] = (),
    identifiers: Sequence[tuple[str, str]] = (),
    *,
    reason: str,
    although_different: bool = False,
) -> Decided:
    """Make several records one person; the key registered first stays.

    Args:
        donors: Keys of donors.
        identifiers: System and value of identifiers, of one donor each.
        reason: Why, in a sentence without an identity number.
        although_different: Also where the records contradict each other in sex or birth date.

    Raises:
        PersonDecisionError: Somebody is unknown, the records contradict each other, or they are
            of a collection whose numbers are one person each.
    """
    require_plain(reason)
    sync_contracts()
    with connect(Role.loader) as connection:
        decisions.alone_in_the_vault(connection)
        asked = donors_of(connection, identifiers) if identifiers else []
        asked += _known(connection, donors)
        together = sorted(set(asked))
        if len(asked) < 2:
            raise PersonDecisionError(
                f"expected two records or more, found {len(asked)}: name each by one identifier "
                "or by its key"
            )
        if len(together) == 1:
            return Decided(None, together[0], (), 0)
        require_mergeable(connection, together)
        survivor = _prepare(connection, together)
        others = [donor_id for donor_id in together if donor_id != survivor]
        find_differences(connection)
        row = connection.execute("select min(differences) from merging").fetchone()
        differences = list(row[0]) if row else []
        if differences and not although_different:
            raise PersonDecisionError(
                f"expected records that agree on {' and '.join(differences)}, found that they "
                "contradict each other: nothing was changed; look at both, and if they are one "
                "person say --although-different"
            )
        decision_id = decisions.record_decision(
            connection, "merge", survivor, others, reason=reason, differences=differences
        )
        connection.execute("update merging set decision_id = %s", [decision_id])
        decisions.carry_out_merges(connection)
        moved = _moved(connection, decision_id)
    return Decided(
        decision_id, survivor, tuple(others), moved, tuple(differences), _withdrawn(together)
    )


def split_person(identifiers: Sequence[tuple[str, str]], *, reason: str) -> Decided:
    """Give identifiers of a donor to a donor of their own; the rows found by them follow.

    The new donor's key is the key of the first of them.

    Args:
        identifiers: System and value of all identifiers that are the other person's.
        reason: Why, in a sentence without an identity number.

    Raises:
        PersonDecisionError: An identifier is unknown, they are of several donors, or the donor
            would be left without an identifier, or without that which its key comes from.
    """
    require_plain(reason)
    with connect(Role.loader) as connection:
        decisions.alone_in_the_vault(connection)
        owners = set(donors_of(connection, identifiers))
        if len(owners) > 1:
            raise PersonDecisionError(
                f"expected identifiers of one donor, found those of {len(owners)}: nothing was "
                "changed; split one donor after the other"
            )
        [donor_id] = owners
        keys = _keys(connection, identifiers)
        require_a_rest(connection, donor_id, keys)
        own = keys[0]
        connection.execute(
            "insert into identity.donors (donor_id, registered_by) "
            "values (%s, 'janus person split') on conflict (donor_id) do nothing",
            [own],
        )
        decision_id = decisions.record_decision(connection, "split", donor_id, [own], reason=reason)
        decisions.carry_out_moves(connection, decision_id, [(key, own) for key in keys])
        decisions.keep_apart(connection, decision_id, donor_id, [own])
    return Decided(decision_id, donor_id, (own,), len(keys), (), _withdrawn([donor_id, own]))


def undo_decision(decision_id: int, *, reason: str) -> Decided:
    """Take a decision back: every identifier goes to where it was before.

    Undoing a merge also keeps the donors apart from then on, whatever the register says.

    Raises:
        PersonDecisionError: There is no such decision, it was undone before, or a later one
            builds on it.
    """
    require_plain(reason)
    with connect(Role.loader) as connection:
        decisions.alone_in_the_vault(connection)
        found = connection.execute(
            "select kind, donor_id, other_donor_ids from identity.person_decisions "
            "where decision_id = %s",
            [decision_id],
        ).fetchone()
        if found is None:
            raise PersonDecisionError(
                f"expected the number of a decision, found none of {decision_id}"
            )
        kind, donor_id, others = found
        require_latest(connection, decision_id)
        moves = connection.execute(
            "select identifier_key, from_donor_id from identity.person_moves "
            "where decision_id = %s order by 1",
            [decision_id],
        ).fetchall()
        undo = decisions.record_decision(
            connection, "undo", donor_id, others, reason=reason, undoes=decision_id
        )
        decisions.carry_out_moves(connection, undo, moves)
        if kind == "merge":
            for number, one in enumerate([donor_id, *others]):
                decisions.keep_apart(connection, undo, one, [donor_id, *others][number + 1 :])
    return Decided(undo, donor_id, tuple(others), len(moves), (), _withdrawn([donor_id, *others]))


def _known(connection: Connection, donors: Sequence[str]) -> list[str]:
    """Return the keys that donors have today."""
    found = dict(
        connection.execute(
            "select donor_id, coalesce(merged_into, donor_id) from identity.donors "
            "where donor_id = any(%s)",
            [list(donors)],
        ).fetchall()
    )
    unknown = [donor_id for donor_id in donors if donor_id not in found]
    if unknown:
        raise unknown_donor(unknown[0])
    return [found[donor_id] for donor_id in donors]


def _prepare(connection: Connection, donors: list[str]) -> str:
    """Fill the table `merging` and return the key that stays."""
    connection.execute(
        "create temporary table merging on commit drop as "
        "with ranked as (select donor_id, first_value(donor_id) over "
        "(order by registered_at, donor_id) as survivor "
        "from identity.donors where donor_id = any(%s)) "
        "select donor_id, survivor, null::bigint as decision_id, '{}'::text[] as differences "
        "from ranked where donor_id <> survivor",
        [donors],
    )
    [(survivor,)] = connection.execute("select distinct survivor from merging").fetchall()
    return str(survivor)


def _keys(connection: Connection, identifiers: Sequence[tuple[str, str]]) -> list[str]:
    found = connection.execute(
        "select i.identifier_key from unnest(%s::text[], %s::text[]) with ordinality "
        "as asked (system, value, line) inner join identity.identifiers as i "
        "on i.system = asked.system and i.value = asked.value order by asked.line",
        [[system for system, _ in identifiers], [value for _, value in identifiers]],
    ).fetchall()
    return list(dict.fromkeys(key for (key,) in found))


def _moved(connection: Connection, decision_id: int) -> int:
    [(count,)] = connection.execute(
        "select count(*) from identity.person_moves as m inner join identity.identifiers as i "
        "using (identifier_key) where m.decision_id = %s",
        [decision_id],
    ).fetchall()
    return int(count)


def _withdrawn(donors: Sequence[str]) -> tuple[str, ...]:
    with connect(Role.curator) as connection:
        return tuple(
            donor_id
            for (donor_id,) in connection.execute(
                "select donor_id from governance.withdrawals where donor_id = any(%s) order by 1",
                [list(donors)],
            )
        )
