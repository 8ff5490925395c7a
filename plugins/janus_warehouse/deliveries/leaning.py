"""What a delivery leans on: other deliveries that must be settled before it is checked."""

import psycopg

from janus_warehouse.contracts import Contract, load_contracts
from janus_warehouse.deliveries import ledger
from janus_warehouse.deliveries.ledger import Delivery


def leans_on(
    connection: psycopg.Connection, delivery: Delivery, contracts: dict[str, Contract]
) -> list[Delivery]:
    """Return the unsettled deliveries that must be settled before this one is checked.

    They are those that make its persons and keys known, the one it corrects, and earlier
    linkages of the same tables, with which it is compared.
    """
    own = [t.table_name for t in ledger.tables_of(connection, delivery.delivery_id)]
    needed = _known_by(own, contracts)
    found = []
    for other in ledger.unsettled(connection):
        if other.delivery_id == delivery.delivery_id:
            continue
        if other.collection_id != delivery.collection_id:
            continue
        tables = {(t.source, t.table_name) for t in ledger.tables_of(connection, other.delivery_id)}
        compared = tables & {(delivery.source, t) for t in own if contracts[t].linkage is not None}
        if other.delivery_id == delivery.supersedes:
            found.append(other)
        elif compared and _is_earlier(delivery, other):
            continue  # a later linkage of the same table leans on this one, not the reverse
        elif tables & needed or (compared and _is_earlier(other, delivery)):
            found.append(other)
    return found


def waits_for(
    connection: psycopg.Connection,
    delivery: Delivery,
    contracts: dict[str, Contract],
) -> Delivery | None:
    """Return a held delivery without which the persons and keys of this one are not known.

    A held delivery of the same source holds nothing back (this one corrects or restates it),
    nor does one that a later delivery has restated already.
    """
    own = [t.table_name for t in ledger.tables_of(connection, delivery.delivery_id)]
    needed = _known_by(own, contracts)
    for other in leans_on(connection, delivery, contracts):
        if other.state != "held" or other.source == delivery.source:
            continue
        tables = {(t.source, t.table_name) for t in ledger.tables_of(connection, other.delivery_id)}
        if tables & needed and not _is_restated(connection, other):
            return other
    return None


def _known_by(own: list[str], contracts: dict[str, Contract]) -> set[tuple[str, str]]:
    """Return source and name of the tables that make persons and keys of these tables known."""
    systems = {p.system for t in own if (p := contracts[t].person) and p.mode == "lookup"}
    references = {(r.source, r.table) for t in own for r in contracts[t].references}
    # What a delivery tells whole it makes known itself. An earlier list that leans on it for the
    # rest would else be judged before it.
    references -= {(contracts[t].source, t) for t in own if contracts[t].restatement == "full"}
    return references | {
        (contract.source, contract.table)
        for contract in load_contracts()
        if contract.person is not None
        and (
            (contract.person.mode == "register" and contract.person.system in systems)
            or any(also.system in systems for also in contract.person.also)
        )
    }


def _is_earlier(one: Delivery, other: Delivery) -> bool:
    return one.as_of is not None and other.as_of is not None and one.as_of < other.as_of


def _is_restated(connection: psycopg.Connection, held: Delivery) -> bool:
    """Tell whether an accepted delivery restates every table of a held one, as of later."""
    row = connection.execute(
        """
        select bool_and(exists (
            select 1
            from ops.deliveries as later
            inner join ops.delivery_tables as theirs on later.delivery_id = theirs.delivery_id
            inner join ops.contracts as contracts
                on theirs.source = contracts.source and theirs.table_name = contracts.table_name
            where
                later.state = 'accepted' and contracts.restatement = 'full'
                and later.collection_id = %s and later.as_of >= %s
                and theirs.source = own.source and theirs.table_name = own.table_name
        ))
        from ops.delivery_tables as own where own.delivery_id = %s
        """,
        [held.collection_id, held.as_of, held.delivery_id],
    ).fetchone()
    return bool(row and row[0])
