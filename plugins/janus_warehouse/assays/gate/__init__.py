"""The gate: what must hold of a laboratory's return as a whole, beside the rules of its rows."""

import psycopg

from janus_warehouse.contracts import Contract
from janus_warehouse.deliveries.ledger import Delivery
from janus_warehouse.errors import DeliveryRefusedError


def examine(
    connection: psycopg.Connection, delivery: Delivery, contracts: dict[str, Contract]
) -> None:
    """Judge a checked return as a whole.

    Args:
        connection: As loader.
        delivery: A delivery in state `checked`, its rows still landed; one that is no return is
            let through.
        contracts: Its contracts by table.

    Raises:
        DeliveryRefusedError: The return must not enter; says what the laboratory must do.
    """
    row = connection.execute(
        """
        select project_id, laboratory, exists (
            select 1 from raw.biobank__shipments as shipments
            where
                shipments.project_id = returns.project_id
                and shipments.laboratory = returns.laboratory
        )
        from ops.returns as returns where delivery_id = %s
        """,
        [delivery.delivery_id],
    ).fetchone()
    if row is not None and not row[2]:
        raise DeliveryRefusedError(
            f"return.yaml: the bank has sent nothing of project {row[0]} to {row[1]}; write "
            "project and laboratory as they stand in the shipment's manifest"
        )
