"""The check view of a landed table: each cell as its text and as its typed value.

Rules are written over it, so that a rule about dates sees dates and a rule about form sees
text. Values that do not read as their type are null there; the type rule finds them.
"""

from collections.abc import Callable, Collection

import psycopg

from janus_warehouse.contracts import Contract, sql
from janus_warehouse.deliveries.ledger import Delivery, DeliveryTable
from janus_warehouse.deliveries.load import LANDING
from janus_warehouse.identity.numbers import NUMBER_FORM


def name_of(table: DeliveryTable) -> str:
    """Return the view's name inside schema `landing`."""
    return f"{table.landing_name}__v"


def create(connection: psycopg.Connection, table: DeliveryTable, contract: Contract) -> None:
    """Make the check view of a landed table."""
    connection.execute(
        f"create or replace view {LANDING}.{name_of(table)} as {query(table, contract)}"
    )


def query(table: DeliveryTable, contract: Contract, names: Collection[str] | None = None) -> str:
    """Return the query of the check view.

    Each cell is typed once per row, however many rules look at it: the volatile column keeps
    the planner from copying the cell's expression into every rule (measured: 6.3 s without it,
    1.0 s with it, for 78 rules on 318,628 rows), and unlike other fences it lets the scan run
    in parallel. It also types every cell, asked for or not: whoever wants few columns names them.

    Args:
        table: A landed table.
        contract: Its contract.
        names: The columns to type; all when it is left out.
    """
    columns = ["landed.line_number", "clock_timestamp() as fence"]
    national = contract.national_number_columns
    for column in contract.columns:
        if names is not None and column.name not in names:
            continue
        text = f"landed.{sql.quoted(column.name)}"
        value = sql.checked(column.spec, contract.spec, text)
        columns.append(f"{text}::text as {sql.text_name(column.name)}")
        columns.append(f"{value} as {sql.quoted(column.name)}")
        if column.name in national:
            number = f"case when {text} ~ '{NUMBER_FORM}' then {text}::bigint end"
            columns.append(f"{number} as {sql.number_name(column.name)}")
    join = ""
    if contract.person is not None and contract.person.mode == "lookup":
        person = contract.person
        columns.append(f"person.donor_id as {sql.donor_name(person.column)}")
        # Joined once and by all workers together; left out where no rule asks for the donor.
        join = (
            f"left join identity.identifiers as person "
            f"on person.system = {sql.literal(person.system)} "
            f"and person.value = landed.{sql.quoted(person.column)}"
        )
    return f"select {', '.join(columns)} from {LANDING}.{table.landing_name} as landed {join}"


def relation_during_check(
    connection: psycopg.Connection,
    tables: list[DeliveryTable],
    contracts: dict[str, Contract],
    delivery: Delivery,
) -> Callable[[str], str]:
    """Return what the places in a condition stand for while a delivery is checked.

    A person or a key may be known already or come with the same delivery.
    """

    def relation(place: str) -> str:
        kind, _, target = place.partition(":")
        if kind == "arriving":
            return _values(_registering(tables, contracts, target))
        if kind == "issued":
            return _values([_issued_relation(connection, target, delivery)])
        parts = [_settled_relation(connection, kind, target, delivery)]
        if kind == "reference":
            source, name, column = target.split(".")
            parts += [
                f"select {sql.text_name(column)} from {LANDING}.{name_of(table)}"
                for table in tables
                if (table.source, table.table_name) == (source, name)
            ]
        return _values(parts)

    return relation


def relation_when_settling(
    connection: psycopg.Connection, own: DeliveryTable, contract: Contract, delivery: Delivery
) -> Callable[[str], str]:
    """Return what the places stand for when rows enter: only what has really entered.

    Tables of one delivery settle in the order of their references; a table that refers to
    itself, or makes known the persons it looks up, sees its own landed rows.
    """

    def relation(place: str) -> str:
        kind, _, target = place.partition(":")
        if kind == "arriving":
            return _values(_registering([own], {own.table_name: contract}, target))
        if kind == "issued":
            return _values([_issued_relation(connection, target, delivery)])
        parts = [_settled_relation(connection, kind, target, delivery)]
        if kind == "reference":
            source, name, column = target.split(".")
            # The delivery is not accepted yet, so its own rows are not among the current ones.
            parts.append(
                f"select {sql.quoted(column)}::text from raw.{source}__{name} "
                f"where delivery_id = {sql.literal(own.delivery_id)}"
            )
            if (own.source, own.table_name) == (source, name):
                parts.append(f"select {sql.text_name(column)} from {LANDING}.{name_of(own)}")
        return _values(parts)

    return relation


def _values(parts: list[str]) -> str:
    """Return a relation of all the parts' values; with no part it has none."""
    union = " union all ".join(parts or ["select null::text"])
    return f"({union}) as known_values (value) where value is not null"


def _settled_relation(
    connection: psycopg.Connection, kind: str, target: str, delivery: Delivery
) -> str:
    """Return the values of a column of another table as far as its deliveries are in force.

    The deliveries are listed and not asked for: the server takes no second worker for a query
    that holds the question which of them are in force (a million rows: 3.4 s, with two 1.7 s).
    """
    table, column = target.rsplit(".", 1)
    source, name = table.split("__" if kind == "held" else ".", 1)
    found = connection.execute(
        "select delivery_id from ops.current_tables where source = %s and table_name = %s "
        "and collection_id = %s order by delivery_id",
        [source, name, delivery.collection_id],
    )
    # What a correction replaces does not stand against it.
    replaced = delivery.supersedes if kind == "held" else None
    listed = ", ".join(sql.literal(one) for (one,) in found if one != replaced)
    return (
        f"select {sql.quoted(column)}::text from raw.{source}__{name} "
        f"where delivery_id = any(array[{listed}]::text[])"
    )


def _issued_relation(connection: psycopg.Connection, target: str, delivery: Delivery) -> str:
    """Return what was issued to the project that a laboratory's return is made for."""
    return (
        f"{_settled_relation(connection, 'issued', target, delivery)} and project_id = "
        "(select project_id from ops.returns "
        f"where delivery_id = {sql.literal(delivery.delivery_id)})"
    )


def _registering(
    tables: list[DeliveryTable], contracts: dict[str, Contract], system: str
) -> list[str]:
    found = []
    for table in tables:
        person = contracts[table.table_name].person
        if person is None:
            continue
        columns = [also.column for also in person.also if also.system == system]
        if person.mode == "register" and person.system == system:
            columns.append(person.column)
        found += [
            f"select {sql.text_name(column)} from {LANDING}.{name_of(table)}" for column in columns
        ]
    return found
