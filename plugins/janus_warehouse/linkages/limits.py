"""What holds a linkage for a person: the limits of its contracts, against its figures."""

from dataclasses import dataclass
from typing import Any

import psycopg

from janus_warehouse.contracts import Contract
from janus_warehouse.deliveries import ledger
from janus_warehouse.deliveries.ledger import Delivery, DeliveryTable
from janus_warehouse.linkages.previous import compared_with, later_linkage
from janus_warehouse.linkages.store import Figure, figures_of


@dataclass(frozen=True)
class Doubt:
    """One limit that a linkage is beyond: a sentence, and the figures that it stands on."""

    sentence: str
    figures: dict[str, Any]


def doubts(
    connection: psycopg.Connection, delivery: Delivery, contracts: dict[str, Contract]
) -> list[Doubt]:
    """Return what a person must decide about before a checked delivery may enter.

    Args:
        connection: As loader.
        delivery: In state `checked`, with its figures kept.
        contracts: Its contracts by table.
    """
    found: list[Doubt] = []
    figures = figures_of(connection, delivery.delivery_id)
    for table in ledger.tables_of(connection, delivery.delivery_id):
        contract = contracts[table.table_name]
        if contract.linkage is None:
            continue
        found += _earlier(connection, delivery, table, contract)
        found += _fewer(connection, delivery, table, contract, figures)
        found += _retracted(table, contract, figures)
        found += _other_answers(table, contract, figures)
    return found


def _earlier(
    connection: psycopg.Connection, delivery: Delivery, table: DeliveryTable, contract: Contract
) -> list[Doubt]:
    assert contract.linkage is not None
    later = later_linkage(connection, delivery, table.table_name)
    if later is None or not contract.linkage.hold_when_earlier:
        return []
    return [
        Doubt(
            f"{table.table_name}: as of {delivery.as_of}, and the last accepted linkage "
            f"({later.delivery_id}) is as of {later.as_of}. If it enters, it becomes history "
            "between the others; what is current stays",
            {"table": table.table_name, "limit": "earlier", "as_of": str(delivery.as_of),
             "last_as_of": str(later.as_of), "last": later.delivery_id},
        )
    ]  # fmt: skip


def _fewer(
    connection: psycopg.Connection,
    delivery: Delivery,
    table: DeliveryTable,
    contract: Contract,
    figures: list[Figure],
) -> list[Doubt]:
    """Return the doubt that fewer rows came and fewer enter.

    Either alone is no loss: a file without the bad rows of the last one is shorter, and rows that
    break rules have a tolerance of their own.
    """
    assert contract.linkage is not None
    previous = compared_with(connection, delivery, contract)
    if previous is None or not contract.linkage.hold_when_fewer_rows:
        return []
    entering = next(
        figure.value
        for figure in figures
        if (figure.table_name, figure.section, figure.item)
        == (table.table_name, "rows", "entering")
    )
    fall = previous.rows_received - table.rows_received
    if fall <= 0 or entering >= previous.rows_accepted:
        return []
    return [
        Doubt(
            f"{table.table_name}: {table.rows_received:,} rows, and the linkage before it "
            f"({previous.delivery_id}, as of {previous.as_of}) had {previous.rows_received:,}: "
            f"{fall:,} fewer ({_percent(fall, previous.rows_received)})",
            {"table": table.table_name, "limit": "fewer_rows", "rows": table.rows_received,
             "rows_before": previous.rows_received, "previous": previous.delivery_id},
        )
    ]  # fmt: skip


def _retracted(table: DeliveryTable, contract: Contract, figures: list[Figure]) -> list[Doubt]:
    linkage = contract.linkage
    assert linkage is not None
    if linkage.retracted_percent is None:
        return []
    changes = {
        figure.item: int(figure.value)
        for figure in figures
        if figure.table_name == table.table_name and figure.section == "changes"
    }
    retracted = changes.get("retracted", 0)
    before = sum(changes.values()) - changes.get("new", 0)
    if retracted <= linkage.retracted_rows_borne or not before:
        return []
    if 100 * retracted <= linkage.retracted_percent * before:
        return []
    return [
        Doubt(
            f"{table.table_name}: {retracted:,} of {before:,} rows of the linkage before are "
            f"retracted ({_percent(retracted, before)}); the contract bears "
            f"{linkage.retracted_percent:g} %",
            {"table": table.table_name, "limit": "retracted", "retracted": retracted,
             "rows_before": before, "percent_borne": linkage.retracted_percent},
        )
    ]  # fmt: skip


def _other_answers(table: DeliveryTable, contract: Contract, figures: list[Figure]) -> list[Doubt]:
    """Return the doubts that persons are gone, or that a column says something else of many."""
    linkage = contract.linkage
    assert linkage is not None
    own = [figure for figure in figures if figure.table_name == table.table_name]
    persons = {f.item: int(f.value) for f in own if f.section == "answers"}
    both = persons.get("unchanged", 0) + persons.get("changed", 0)
    gone = persons.get("gone", 0)
    before = both + gone + persons.get("set_aside", 0)
    found = []
    if linkage.lost_percent is not None and 100 * gone > linkage.lost_percent * before:
        found.append(
            Doubt(
                f"{table.table_name}: {gone:,} of {before:,} persons of the delivery before are "
                f"not in this one ({_percent(gone, before)}); the contract bears "
                f"{linkage.lost_percent:g} %",
                {"table": table.table_name, "limit": "lost", "gone": gone,
                 "persons_before": before, "percent_borne": linkage.lost_percent},
            )
        )  # fmt: skip
    columns: dict[str, int] = {}
    for figure in own:
        if figure.section == "answers_by_column":
            name = figure.dimensions["column"]
            columns[name] = columns.get(name, 0) + int(figure.value)
    for name, changed in sorted(columns.items()):
        borne = linkage.changed_percent
        if borne is not None and 100 * changed > borne * both:
            found.append(
                Doubt(
                    f"{table.table_name}: {name} says something else of {changed:,} of the "
                    f"{both:,} persons in both deliveries ({_percent(changed, both)}); the "
                    f"contract bears {borne:g} %",
                    {"table": table.table_name, "limit": "changed", "column": name,
                     "changed": changed, "persons": both, "percent_borne": borne},
                )
            )  # fmt: skip
    return found


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"
