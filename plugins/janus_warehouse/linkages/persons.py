"""What a linkage says of persons beside what is known of them: sex, birth, draws, deaths."""

import psycopg

from janus_warehouse.contracts import Contract, sql
from janus_warehouse.deliveries.ledger import Delivery, DeliveryTable
from janus_warehouse.identity.decisions import DONOR_TODAY, JOIN_PERSONS_TODAY
from janus_warehouse.identity.differences import FACTS
from janus_warehouse.linkages.store import add

AUTHORITIES = {
    "population_register": ("population_register", "residents"),
    "bank": ("biobank", "donors"),
}
DRAWS = ("biobank", "draws")


def add_figures(
    connection: psycopg.Connection, delivery: Delivery, table: DeliveryTable, contract: Contract
) -> None:
    """Keep the figures about persons, as far as the table and what is known allow."""
    if contract.person is None:
        return
    add(connection, table, "persons", _PERSONS)
    known = [name for name in FACTS if name in {c.name for c in contract.kept_columns}]
    if known:
        _note_persons(connection, known)
    for attribute in known:
        add(connection, table, "persons_changed", _CHANGED.format(attribute=attribute))
    for authority, place in AUTHORITIES.items():
        if not known or place == (contract.source, contract.table):
            continue
        if is_there(connection, place):
            add(connection, table, "persons_disagreeing",
                _disagreeing(known, authority, current_rows(delivery, place, *known)))  # fmt: skip
    linkage = contract.linkage
    event = linkage.year if linkage is not None else None
    if event is not None and is_there(connection, DRAWS):
        current = current_rows(delivery, DRAWS, "draw_date")
        add(connection, table, "draws", _DRAWS.format(event=sql.quoted(event), current=current))


def _note_persons(connection: psycopg.Connection, attributes: list[str]) -> None:
    """Make a temporary table of what each linkage says of each person, once for all questions."""
    connection.execute("drop table if exists pg_temp.linkage_persons")
    listed = ", ".join(attributes)
    connection.execute(
        "create temp table linkage_persons on commit drop as "
        f"select distinct 'now' as which, donor_id, {listed} from linkage_now "
        "where enters and donor_id is not null "
        f"union all select distinct 'before' as which, donor_id, {listed} from linkage_before"
    )
    connection.execute("analyze linkage_persons")


def _disagreeing(attributes: list[str], authority: str, current: str) -> str:
    """Return how many persons differ in each attribute from what is in force elsewhere."""
    counted = ", ".join(
        f"count(distinct n.donor_id) filter (where n.{a} <> known.{a}) as {a}" for a in attributes
    )
    listed = ", ".join(f"('{a}', {a})" for a in attributes)
    return (
        f"select item, jsonb_build_object('with', '{authority}'), value from (select {counted} "
        f"from linkage_persons as n inner join {current} as known "
        "on n.donor_id = known.donor_id where n.which = 'now') as counted "
        f"cross join lateral (values {listed}) as listed (item, value)"
    )


def is_there(connection: psycopg.Connection, place: tuple[str, str]) -> bool:
    """Tell whether raw has a table of this source and name: nothing may have come of it yet."""
    found = connection.execute("select to_regclass(%s)", ["raw.{}__{}".format(*place)]).fetchone()
    return bool(found and found[0])


def current_rows(delivery: Delivery, place: tuple[str, str], *columns: str) -> str:
    """Return the relation of a table's rows that are in force, under the donors of today.

    Args:
        delivery: Its collection is meant.
        place: Source and table.
        columns: Those that are wanted beside `donor_id`.
    """
    source, name = place
    listed = "".join(f", r.{sql.quoted(column)}" for column in columns)
    return (
        f"(select {DONOR_TODAY} as donor_id{listed} from raw.{source}__{name} as r "
        f"{JOIN_PERSONS_TODAY} where r.delivery_id = any(array("
        f"select c.delivery_id from ops.current_tables as c where c.source = "
        f"{sql.literal(source)} and c.table_name = {sql.literal(name)} "
        f"and c.collection_id = {sql.literal(delivery.collection_id)})))"
    )


_PERSONS = """
select item, '{}'::jsonb, value
from (
    select
        (select count(distinct donor_id) from linkage_now where enters) as persons_now,
        (select count(distinct donor_id) from linkage_before) as persons_before
) as counted
cross join lateral (
    values ('now', persons_now), ('before', persons_before)
) as listed (item, value)
"""
# A person counts once, however many rows of hers differ; a value that the linkage before had
# in any of her rows is not new.
_CHANGED = """
select '{attribute}', '{{}}'::jsonb, count(distinct n.donor_id)
from linkage_persons as n
where
    n.which = 'now' and n.{attribute} is not null
    and exists (
        select 1 from linkage_persons as b where b.which = 'before' and b.donor_id = n.donor_id
    )
    and not exists (
        select 1 from linkage_persons as b
        where b.which = 'before' and b.donor_id = n.donor_id and b.{attribute} = n.{attribute}
    )
"""
_DRAWS = """
with drawn as (
    select donor_id, min(draw_date) as first_draw, max(draw_date) as last_draw
    from {current} as draws group by donor_id
),
judged as (
    select n.donor_id, n.{event} as event, drawn.first_draw, drawn.last_draw
    from linkage_now as n
    left join drawn on n.donor_id = drawn.donor_id
    where n.enters and n.donor_id is not null
)
select item, '{{}}'::jsonb, value
from (
    select
        count(*) filter (where event < first_draw) as before_first_draw,
        count(*) filter (where event < last_draw) as before_last_draw,
        count(*) filter (where first_draw is null) as never_sampled,
        count(distinct donor_id) filter (where first_draw is null) as persons_never_sampled
    from judged
) as counted
cross join lateral (
    values ('before_first_draw', before_first_draw), ('before_last_draw', before_last_draw),
        ('never_sampled', never_sampled), ('persons_never_sampled', persons_never_sampled)
) as listed (item, value)
"""
