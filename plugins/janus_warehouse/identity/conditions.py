"""When a decision about persons cannot be carried out, and what to do instead."""

from janus_warehouse.contracts import load_contracts
from janus_warehouse.errors import WarehouseError
from janus_warehouse.identity.decisions import Connection
from janus_warehouse.identity.numbers import looks_like_a_number_in


class PersonDecisionError(WarehouseError):
    """A decision about persons that cannot be carried out; nothing was changed."""


def require_plain(reason: str) -> None:
    """Refuse a reason that says nothing, or that holds what looks like an identity number."""
    if not reason.strip():
        raise PersonDecisionError("expected a reason, found none: say why in a sentence")
    if looks_like_a_number_in(reason):
        raise PersonDecisionError(
            "expected a reason without numbers of persons, found eleven digits in a row: nothing "
            "was changed; name a letter or a case instead"
        )


def unknown_donor(asked: str) -> PersonDecisionError:
    """Return the error that no donor has a key, without what may be a number typed by mistake."""
    shown = asked if asked.startswith("D") else "what was given"
    return PersonDecisionError(
        f"expected the key of a donor (D and 16 digits), found none of {shown}: nothing was "
        "changed; numbers of persons are read from standard input only"
    )


def require_mergeable(connection: Connection, donors: list[str]) -> None:
    """Refuse donors of a collection where nobody ever changes a number, such as public files."""
    contracts = [contract for contract in load_contracts() if contract.person is not None]
    merging = {contract.collection for contract in contracts if contract.changes_numbers}
    fixed = {
        contract.person.system
        for contract in contracts
        if contract.person is not None and contract.collection not in merging
    }
    found = connection.execute(
        "select distinct system from identity.identifiers "
        "where donor_id = any(%s) and system = any(%s) order by 1",
        [donors, sorted(fixed)],
    ).fetchall()
    if found:
        raise PersonDecisionError(
            f"expected donors of a collection whose numbers can change, found some known by "
            f"{found[0][0]}, which is one person each: nothing was changed"
        )


def require_a_rest(connection: Connection, donor_id: str, keys: list[str]) -> None:
    """Refuse a split that leaves a donor without identifiers, or without that of its key."""
    [(held,)] = connection.execute(
        "select count(*) from identity.identifiers where donor_id = %s", [donor_id]
    ).fetchall()
    if held == len(keys):
        raise PersonDecisionError(
            f"expected that the donor keeps an identifier, found that it has {held} and all were "
            "named: nothing was changed; there is nobody to split from"
        )
    if donor_id in keys:
        raise PersonDecisionError(
            "expected identifiers that came later than the donor's first, found the first, which "
            "the donor's key comes from: nothing was changed; name the others instead, and those "
            "get the new key"
        )


def require_latest(connection: Connection, decision_id: int) -> None:
    """Refuse to undo a decision that was undone before, or that a later one builds on."""
    state = connection.execute(
        "with recursive chain as (select %s::bigint as last_id, 0 as times union all "
        "select d.decision_id, times + 1 from chain "
        "inner join identity.person_decisions as d on d.undoes = chain.last_id) "
        "select last_id, times from chain order by times desc limit 1",
        [decision_id],
    ).fetchone()
    assert state is not None
    if (times := state[1]) > 0:
        now = "was undone before" if times % 2 else "was undone and holds again"
        raise PersonDecisionError(
            f"decision {decision_id} {now}, by decision {state[0]}: nothing was changed; to take "
            f"that back, undo {state[0]}"
        )
    later = connection.execute(
        "select max(later.decision_id) from identity.person_moves as m "
        "inner join identity.person_moves as later on later.identifier_key = m.identifier_key "
        "inner join identity.person_decisions as d on d.decision_id = later.decision_id "
        "where m.decision_id = %s and later.decision_id > %s and d.kind <> 'undo' "
        "and d.decision_id in (select decision_id from identity.decisions_in_force)",
        [decision_id, decision_id],
    ).fetchone()
    if later and later[0]:
        raise PersonDecisionError(
            f"decision {later[0]} builds on decision {decision_id}: nothing was changed; undo "
            f"{later[0]} first"
        )
