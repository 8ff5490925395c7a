"""The step between `checked` and `accepted`: a linkage in doubt waits for a person."""

import psycopg

from janus_warehouse.contracts import Contract
from janus_warehouse.deliveries import ledger
from janus_warehouse.deliveries.decisions import standing_decision
from janus_warehouse.deliveries.ledger import Delivery
from janus_warehouse.errors import DeliveryRefusedError, WarehouseError
from janus_warehouse.linkages.limits import doubts
from janus_warehouse.linkages.previous import compared_with


class ComparisonOutdatedError(WarehouseError):
    """Another linkage has entered since this one was compared; it must be compared anew."""


def waits_for_decision(
    connection: psycopg.Connection, delivery: Delivery, contracts: dict[str, Contract]
) -> bool:
    """Bring a checked delivery to `held` if it is in doubt; tell whether it waits there.

    Args:
        connection: As loader.
        delivery: In state `checked` or `held`, its figures kept.
        contracts: Its contracts by table.

    Raises:
        DeliveryRefusedError: Somebody has decided that it shall not enter.
    """
    decision = standing_decision(connection, delivery.delivery_id)
    if decision is not None:
        if decision.is_accepted:
            return False
        raise DeliveryRefusedError(f"{decision.told()}\nThe question was:\n{decision.question}")
    if delivery.state == "held":
        return True
    found = doubts(connection, delivery, contracts)
    if not found:
        return False
    with connection.transaction():
        ledger.change_state(
            connection, delivery, "held", reason="\n".join(doubt.sentence for doubt in found)
        )
        ledger.record_event(
            connection, delivery.delivery_id, "held",
            {"figures": [doubt.figures for doubt in found]},
        )  # fmt: skip
    return True


def require_same_comparison(
    connection: psycopg.Connection, delivery: Delivery, contracts: dict[str, Contract]
) -> None:
    """Raise when another linkage has entered since the figures were worked out.

    Asked while no other delivery can enter, so that of two linkages side by side the second is
    compared with the first. A person's decision stands whatever enters beside it.

    Raises:
        ComparisonOutdatedError: The figures are about another linkage before.
    """
    if standing_decision(connection, delivery.delivery_id) is not None:
        return
    compared: dict[str, str] = dict(
        connection.execute(
            "select table_name, dimensions ->> 'delivery_id' from ops.linkage_figures "
            "where delivery_id = %s and section = 'previous' and item = 'rows_received'",
            [delivery.delivery_id],
        ).fetchall()
    )
    for name, contract in contracts.items():
        if contract.linkage is None or not _delivers(connection, delivery, name):
            continue
        previous = compared_with(connection, delivery, contract)
        if (previous.delivery_id if previous else None) != compared.get(name):
            raise ComparisonOutdatedError(f"{delivery.delivery_id}: {name} is compared anew")


def _delivers(connection: psycopg.Connection, delivery: Delivery, table: str) -> bool:
    tables = ledger.tables_of(connection, delivery.delivery_id)
    return table in {entry.table_name for entry in tables}
