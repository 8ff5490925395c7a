"""The identity vault: which person an identifier belongs to. Only the loader may look.

A donor's key is a keyed hash of the first identifier the warehouse met, so that the same
deliveries give the same keys on every machine that has the secret, and nobody else can work
back from a key to a number.
"""

import psycopg
from psycopg import sql as pgsql

from janus_warehouse.contracts import Contract
from janus_warehouse.contracts.document import AlsoIdentifier
from janus_warehouse.identity.keys import keep_donor_key, key_sql
from janus_warehouse.identity.merging import join_persons
from janus_warehouse.identity.validity import record_validity


def register_persons(
    connection: psycopg.Connection, contract: Contract, *, landed: str, clean: str, delivery_id: str
) -> int:
    """Enter the persons and identifiers of a landed table; return how many donors are new.

    Args:
        connection: As loader, inside the transaction that accepts the delivery.
        contract: A contract with a person.
        landed: SQL name of the table's check view.
        clean: SQL condition of the rows that enter.
        delivery_id: What the vault records as the origin.
    """
    person = contract.person
    if person is None:
        return 0
    new = 0
    keep_donor_key(connection)
    if person.mode == "register":
        new = _register_donors(connection, contract, landed, clean, delivery_id)
    for also in person.also:
        # A number that was replaced twice leads to its donor only by the number between.
        while _add_identifiers(connection, contract, also, landed, clean, delivery_id):
            if also.system != person.system:
                break
    if contract.changes_numbers:
        names = _names(contract, landed, clean, delivery_id)
        join_persons(connection, contract, names, delivery_id)
        record_validity(connection, contract, names)
    return new


def _add_identifiers(
    connection: psycopg.Connection,
    contract: Contract,
    also: AlsoIdentifier,
    landed: str,
    clean: str,
    delivery_id: str,
) -> int:
    """Enter the further identifiers of known persons; return how many are new.

    Where two rows claim one identifier the first line has it, so that every rebuild agrees.
    """
    other = pgsql.Identifier(f"{also.column}__text")
    return connection.execute(
        pgsql.SQL(
            """
            insert into identity.identifiers
                (system, value, donor_id, identifier_key, delivery_id)
            select distinct on (t.{other})
                {other_system}, t.{other}, i.donor_id, {key}, {delivery}
            from {landed} as t
            inner join identity.identifiers as i
                on i.system = {system} and i.value = t.{column}
            where t.{other} is not null and {clean}
            order by t.{other}, t.line_number
            on conflict (system, value) do nothing
            """
        ).format(
            **_names(contract, landed, clean, delivery_id),
            other=other,
            other_system=pgsql.Literal(also.system),
            key=key_sql(also.system, pgsql.SQL("t.{}").format(other)),
        )
    ).rowcount


def _register_donors(
    connection: psycopg.Connection, contract: Contract, landed: str, clean: str, delivery_id: str
) -> int:
    person = contract.person
    assert person is not None
    names = _names(contract, landed, clean, delivery_id)
    # A person may already be known by a further identifier of the row.
    known: list[pgsql.Composable] = [pgsql.SQL("i.donor_id")]
    joins: list[pgsql.Composable] = []
    for number, also in enumerate(person.also):
        alias = pgsql.Identifier(f"also_{number}")
        known.append(pgsql.SQL("{}.donor_id").format(alias))
        joins.append(
            pgsql.SQL(
                "left join identity.identifiers as {a} on {a}.system = {s} and {a}.value = t.{c}"
            ).format(
                a=alias,
                s=pgsql.Literal(also.system),
                c=pgsql.Identifier(f"{also.column}__text"),
            )
        )
    connection.execute(
        pgsql.SQL(
            """
            create temp table registering on commit drop as
            select distinct on (t.{column})
                t.{column} as value,
                coalesce({known}) as known_donor_id,
                {new_id} as new_donor_id
            from {landed} as t
            left join identity.identifiers as i on i.system = {system} and i.value = t.{column}
            {joins}
            where t.{column} is not null and i.donor_id is null and {clean}
            order by t.{column}, t.line_number
            """
        ).format(
            **names,
            known=pgsql.SQL(", ").join(known),
            joins=pgsql.SQL(" ").join(joins),
            new_id=key_sql(
                person.system, pgsql.SQL("t.{}").format(pgsql.Identifier(f"{person.column}__text"))
            ),
        )
    )
    new = connection.execute(
        pgsql.SQL(
            "insert into identity.donors (donor_id, registered_by) "
            "select new_donor_id, {delivery} from registering where known_donor_id is null"
        ).format(**names)
    ).rowcount
    connection.execute(
        pgsql.SQL(
            "insert into identity.identifiers "
            "(system, value, donor_id, identifier_key, delivery_id) "
            "select {system}, value, coalesce(known_donor_id, new_donor_id), new_donor_id, "
            "{delivery} from registering"
        ).format(**names)
    )
    connection.execute("drop table registering")
    return new


def _names(contract: Contract, landed: str, clean: str, delivery_id: str) -> dict:
    person = contract.person
    assert person is not None
    return {
        "column": pgsql.Identifier(f"{person.column}__text"),
        "system": pgsql.Literal(person.system),
        "landed": pgsql.SQL(landed),  # type: ignore[arg-type]
        "clean": pgsql.SQL(clean),  # type: ignore[arg-type]
        "delivery": pgsql.Literal(delivery_id),
    }
