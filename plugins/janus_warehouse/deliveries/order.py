"""In which order the tables of one delivery enter."""

from janus_warehouse.contracts import Contract
from janus_warehouse.deliveries.ledger import DeliveryTable


def in_reference_order(
    tables: list[DeliveryTable], contracts: dict[str, Contract]
) -> list[DeliveryTable]:
    """Return the tables so that those who make persons and keys known come first."""
    waiting, ordered = list(tables), []
    while waiting:
        names = {(table.source, table.table_name) for table in waiting}
        ready = [
            t for t in waiting if not _depends_on(contracts[t.table_name], names, t, contracts)
        ]
        # A circle of references cannot be ordered; the rules then judge what has entered.
        chosen = ready or waiting[:1]
        ordered += chosen
        waiting = [table for table in waiting if table not in chosen]
    return ordered


def leans_on_siblings(
    table: DeliveryTable, tables: list[DeliveryTable], contracts: dict[str, Contract]
) -> bool:
    """Tell whether rows of a table may be clean or not by what becomes of the others' rows.

    So it is where it refers to another table of the delivery, or where both tell of persons.
    """
    contract = contracts[table.table_name]
    others = [other for other in tables if other != table]
    named = {(other.source, other.table_name) for other in others}
    if any((to.source, to.table) in named for to in contract.references):
        return True
    tell_of_persons = [contracts[other.table_name].person is not None for other in others]
    return contract.person is not None and any(tell_of_persons)


def lake_last(tables: list[DeliveryTable], contracts: dict[str, Contract]) -> list[DeliveryTable]:
    """Return the tables so that those of the lake come last.

    Whose their cells are is told by the other tables of the delivery, and what is appended
    to the lake does not go away when a later table is refused.
    """
    return sorted(tables, key=lambda table: contracts[table.table_name].is_in_lake)


def _depends_on(
    contract: Contract,
    names: set[tuple[str, str]],
    own: DeliveryTable,
    contracts: dict[str, Contract],
) -> bool:
    others = names - {(own.source, own.table_name)}
    if any((r.source, r.table) in others for r in contract.references):
        return True
    person = contract.person
    if person is None or person.mode == "register":
        return False
    return any(person.system in _registers(contracts[table]) for _, table in others)


def _registers(contract: Contract) -> set[str]:
    if contract.person is None:
        return set()
    systems = {also.system for also in contract.person.also}
    return systems | ({contract.person.system} if contract.person.mode == "register" else set())
