"""What a table says of each person beside what it said before: who is gone, what has changed.

For tables without history: a survey that is delivered again, or corrected. Rows are paired by
person in the database, and only counts leave it.
"""

import psycopg

from janus_warehouse.contracts import Contract, sql
from janus_warehouse.deliveries.ledger import DeliveryTable
from janus_warehouse.linkages.store import add

_PAIRS = """
create temp table linkage_answers on commit drop as
with n as materialized (
    select *, row_number() over (partition by donor_id order by line_number) as nth
    from linkage_now where enters and donor_id is not null
),
b as materialized (
    select *, row_number() over (partition by donor_id order by line_number) as nth
    from linkage_before
),
aside as materialized (select distinct donor_id from linkage_now where not enters)
select
    case
        when b.donor_id is null then 'new'
        when n.donor_id is null and b.donor_id in (select donor_id from aside) then 'set_aside'
        when n.donor_id is null then 'gone'
        else 'both'
    end as change,
    case
        when n.donor_id is not null and b.donor_id is not null
        then array_remove(array[{columns}]::text[], null)
    end as changes
from n
full join b on n.donor_id = b.donor_id and n.nth = b.nth
"""
_PERSONS = """
select item, '{}'::jsonb, count(*)
from (
    select case when change <> 'both' then change when changes = '{}' then 'unchanged'
        else 'changed' end as item
    from linkage_answers
) as judged
group by item
"""
_COLUMNS = """
select split_part(one, ' ', 2), jsonb_build_object('column', split_part(one, ' ', 1)), count(*)
from linkage_answers, unnest(changes) as one group by one
"""
KINDS = {
    "changed": "another value",
    "emptied": "a value is missing now",
    "filled": "a value is there now",
}


def add_figures(connection: psycopg.Connection, table: DeliveryTable, contract: Contract) -> None:
    """Keep who is new and gone and what has changed by column, of a table without history.

    Args:
        connection: As loader, with the tables that `rows.lay_out` makes.
        table: The delivered table.
        contract: Its contract; without persons there is nothing to pair by.
    """
    if contract.person is None or contract.history is not None:
        return
    columns = ", ".join(_change(column.name) for column in contract.kept_columns)
    connection.execute("drop table if exists pg_temp.linkage_answers")
    connection.execute(_PAIRS.format(columns=columns))  # type: ignore[arg-type]
    add(connection, table, "answers", _PERSONS)
    add(connection, table, "answers_by_column", _COLUMNS)


def _change(column: str) -> str:
    """Return what became of a column, as `<column> <kind>`; null where it says the same.

    A missing-value code counts as missing: both tables have null there.
    """
    name = sql.quoted(column)
    return (
        f"case when n.{name} is not distinct from b.{name} then null "
        f"when n.{name} is null then {sql.literal(column + ' emptied')} "
        f"when b.{name} is null then {sql.literal(column + ' filled')} "
        f"else {sql.literal(column + ' changed')} end"
    )
