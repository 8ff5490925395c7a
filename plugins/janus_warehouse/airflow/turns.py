"""Which deliveries may go now: nobody's results before the people they are about are known."""

from dataclasses import dataclass

KINDS = ("inventory", "registry", "survey", "assay")
LATEST_CHANGE_SECONDS = 3600
"""Deliveries that did not move for this long hold nothing back any more."""

REGISTERS, RENUMBERS, LOOKS_UP = range(3)


@dataclass(frozen=True)
class Waiting:
    """A delivery in the landing zone that is not settled yet."""

    delivery_id: str
    kind: str
    collection: str
    turn: int


def waiting_deliveries() -> list[Waiting]:
    """Return every delivery of the landing zone that is not settled."""
    from janus_warehouse.deliveries import find_deliveries

    return [
        Waiting(found.delivery_id, kind, found.collection, turn_of(found.source, found.collection))
        for kind in KINDS
        for found in find_deliveries(kind)
    ]


def ready_deliveries(kind: str) -> list[str]:
    """Return the waiting deliveries of a kind that need not wait for another one.

    In each collection, sources that register people go first, then sources that tell of changed
    numbers, then all others: a person must be known before a result can be about her.
    """
    waiting = waiting_deliveries()
    turns: dict[str, int] = {}
    for found in waiting:
        turns[found.collection] = min(found.turn, turns.get(found.collection, LOOKS_UP))
    return [
        found.delivery_id
        for found in waiting
        if found.kind == kind and found.turn == turns[found.collection]
    ]


def turn_of(source: str, collection: str) -> int:
    """Return when a source's deliveries go, 0 first; told by what its contracts make known."""
    from janus_warehouse.contracts import load_contracts

    modes = {
        contract.person.mode
        for contract in load_contracts()
        if (contract.source, contract.collection) == (source, collection) and contract.person
    }
    if "register" in modes:
        return REGISTERS
    return RENUMBERS if "alias" in modes else LOOKS_UP


def makes_people_known(delivery_id: str) -> bool:
    """Tell whether others may have waited for this delivery."""
    from janus_warehouse.platform.database import Role, connect

    with connect(Role.loader) as connection:
        row = connection.execute(
            "select source, collection_id from ops.deliveries where delivery_id = %s", [delivery_id]
        ).fetchone()
    return row is not None and turn_of(*row) < LOOKS_UP


def settled_counts(delivery_ids: list[str]) -> dict[str, int]:
    """Return how many of these deliveries are in each state, and the sums of their rows."""
    from janus_warehouse.platform.database import Role, connect

    with connect(Role.loader) as connection:
        ledger = connection.execute(
            "select state, count(*), coalesce(sum(rows_accepted), 0)::bigint, "
            "coalesce(sum(rows_quarantined), 0)::bigint "
            "from ops.deliveries where delivery_id = any(%s) group by state",
            [delivery_ids],
        ).fetchall()
    states = {state: count for state, count, _, _ in ledger}
    accepted, quarantined = sum(row[2] for row in ledger), sum(row[3] for row in ledger)
    return {**states, "rows_accepted": accepted, "rows_quarantined": quarantined}


def any_in_flight() -> bool:
    """Tell whether a waiting delivery is on its way: its own announcement will follow.

    A delivery that waits while nothing at all moves (its DAG is paused, its load keeps failing)
    is not on its way.
    """
    from janus_warehouse.platform.database import Role, connect

    if not waiting_deliveries():
        return False
    with connect(Role.loader) as connection:
        row = connection.execute(
            "select max(at) > now() - make_interval(secs => %s) from ops.delivery_events",
            [LATEST_CHANGE_SECONDS],
        ).fetchone()
    return bool(row and row[0])
