"""The gate: what must hold of a laboratory's return as a whole, beside the rules of its rows."""

import logging

import psycopg

from janus_warehouse.assays.gate.context import read_context
from janus_warehouse.assays.gate.document import make_document
from janus_warehouse.assays.gate.findings import Finding
from janus_warehouse.assays.gate.judging import judge
from janus_warehouse.assays.gate.landed import read_landed
from janus_warehouse.assays.gate.lines_file import write_failing_lines
from janus_warehouse.assays.gate.rules import told_by
from janus_warehouse.assays.gate.store import failing_lines, keep
from janus_warehouse.contracts import Contract
from janus_warehouse.deliveries.ledger import Delivery
from janus_warehouse.deliveries.tolerance import require_tolerable
from janus_warehouse.errors import DeliveryRefusedError

log = logging.getLogger(__name__)


def examine(
    connection: psycopg.Connection, delivery: Delivery, contracts: dict[str, Contract]
) -> None:
    """Judge a checked return as a whole and keep what was found.

    Args:
        connection: As loader.
        delivery: A delivery in state `checked`, its rows still landed; one that is no return is
            let through.
        contracts: Its contracts by table.

    Raises:
        DeliveryRefusedError: The return must not enter; says what the laboratory must do, in
            order of weight, what rules of its rows refuse among it.
    """
    landed = read_landed(connection, delivery, contracts)
    if landed is None:
        return
    judged = judge(landed, read_context(connection, landed))
    lines = failing_lines(landed, judged)
    keep(connection, delivery, judged, lines, make_document(landed, judged, lines))
    write_failing_lines(connection, delivery, contracts, landed, lines)
    found = [one for one, _ in judged if isinstance(one, Finding) and one.failing]
    log.info("%s: %s rules of the gate found something", delivery.delivery_id, len(found))
    refusing = [one for one in found if one.outcome == "refused"]
    problems = [one.sentence for one in refusing]
    if not problems:
        return
    try:
        require_tolerable(
            connection, delivery, contracts, told=told_by({one.rule_id for one in refusing})
        )
    except DeliveryRefusedError as error:
        problems.append(str(error))
    raise DeliveryRefusedError("\n".join(problems))
