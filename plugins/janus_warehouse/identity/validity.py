"""From when to when a number was a person's, as the register of changed numbers tells it."""

from typing import Any

import psycopg
from psycopg import sql as pgsql

from janus_warehouse.contracts import Contract

_PICTURE = """
picture as (
    select coalesce(as_of, '-infinity'::date) as as_of
    from ops.deliveries
    where delivery_id = {delivery}
)
"""

_ENDED = """
with told as (
    select t.{column} as value, min(t.{changed}) as changed
    from {landed} as t
    where {clean}
    group by t.{column}
), {picture}
update identity.identifiers as i
set valid_to = told.changed, valid_to_told = picture.as_of
from told cross join picture
where
    i.system = {system}
    and i.value = told.value
    and picture.as_of >= coalesce(i.valid_to_told, '-infinity')
    and (i.valid_to, i.valid_to_told) is distinct from (told.changed, picture.as_of)
"""

_BEGAN = """
with told as (
    select distinct on (t.{other})
        t.{other} as value, t.{changed} as changed, old.identifier_key, old.donor_id
    from {landed} as t
    inner join identity.identifiers as old on old.system = {system} and old.value = t.{column}
    where {clean} and t.{other} is not null
    order by t.{other}, t.{changed}, t.line_number
), {picture}
update identity.identifiers as i
set valid_from = told.changed, valid_from_told = picture.as_of, replaces = told.identifier_key
from told cross join picture
where
    i.system = {system}
    and i.value = told.value
    and i.donor_id = told.donor_id
    and picture.as_of >= coalesce(i.valid_from_told, '-infinity')
    and (i.valid_from, i.valid_from_told, i.replaces)
    is distinct from (told.changed, picture.as_of, told.identifier_key)
"""


def record_validity(
    connection: psycopg.Connection[Any], contract: Contract, names: dict[str, Any]
) -> None:
    """Write down when numbers ended, and when those that replaced them began.

    The newer picture of the register counts, in whatever order the pictures arrive, and also for
    a number that was known before anybody told whom it replaced. Within a picture the first of
    two changes ended a number.

    Args:
        connection: As loader, inside the transaction that accepts the delivery.
        contract: A contract that changes numbers.
        names: What stands for the table in SQL, from the vault.
    """
    person = contract.person
    assert person is not None and person.changed is not None
    [also] = [a for a in person.also if a.system == person.system]
    for statement in (_ENDED, _BEGAN):
        connection.execute(
            pgsql.SQL(statement).format(
                **names,
                other=pgsql.Identifier(f"{also.column}__text"),
                changed=pgsql.Identifier(person.changed),
                picture=pgsql.SQL(_PICTURE).format(delivery=names["delivery"]),
            )
        )
