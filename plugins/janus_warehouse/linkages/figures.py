"""The figures of a linkage: counts, worked out in the database and kept in `ops`."""

import psycopg

from janus_warehouse.contracts import Contract, sql
from janus_warehouse.deliveries import ledger
from janus_warehouse.deliveries.ledger import Delivery, DeliveryTable
from janus_warehouse.linkages import answers, cancer, persons, rows
from janus_warehouse.linkages.previous import Previous, compared_with
from janus_warehouse.linkages.store import add

_RULES = """
select rule_id, jsonb_build_object('consequence', consequence), rows_failing
from ops.check_results
where run_kind = 'delivery' and run_id = {delivery} and subject = {table} and rows_failing > 0
"""
_ROWS = """
select item, '{}'::jsonb, value
from (
    select
        count(*) as received, count(*) filter (where enters) as entering,
        count(*) filter (where not enters) as set_aside
    from linkage_now
) as counted
cross join lateral (
    values ('received', received), ('entering', entering), ('set_aside', set_aside)
) as listed (item, value)
"""
_MATCHING = "select match, '{}'::jsonb, count(*) from linkage_now group by match"
_CHANGES = "select change, '{}'::jsonb, count(*) from linkage_pairs group by change"
_BY = """
select change, jsonb_build_object({pairs}), count(*)
from linkage_pairs where {present} group by change, {columns}
"""
_CHANGED_FIELDS = """
select field, '{}'::jsonb, count(*)
from linkage_pairs, unnest(changed_fields) as field group by field
"""
_TOTALS = """
select item, jsonb_build_object({name}, {column}), count(*)
from (
    select 'now' as item, {column} from linkage_pairs
    where change in ('new', 'changed', 'unchanged', 'renumbered')
    union all
    select 'before' as item, coalesce({column}_before, {column}) from linkage_pairs
    where change <> 'new'
) as both_linkages
where {column} is not null
group by item, {column}
"""


def take_figures(
    connection: psycopg.Connection, delivery: Delivery, contracts: dict[str, Contract]
) -> None:
    """Work out and keep the figures of every table of a checked delivery that is a linkage.

    One transaction for each table; figures of an earlier try are replaced.

    Args:
        connection: As loader; the rows are still landed.
        delivery: In state `checked`.
        contracts: Its contracts by table.
    """
    for table in ledger.tables_of(connection, delivery.delivery_id):
        contract = contracts[table.table_name]
        if contract.linkage is None:
            continue
        with connection.transaction():
            previous = compared_with(connection, delivery, contract)
            connection.execute(
                "delete from ops.linkage_figures where delivery_id = %s and table_name = %s",
                [delivery.delivery_id, table.table_name],
            )
            rows.lay_out(connection, delivery, table, contracts, previous)
            _add_comparison(connection, table, previous)
            _add_general(connection, table, contract)
            persons.add_figures(connection, delivery, table, contract)
            if previous is not None:
                answers.add_figures(connection, table, contract)
            cancer.add_figures(connection, delivery, table, contract)


def _add_comparison(
    connection: psycopg.Connection, table: DeliveryTable, previous: Previous | None
) -> None:
    if previous is None:
        return
    what = (
        f"jsonb_build_object('delivery_id', {sql.literal(previous.delivery_id)}, "
        f"'as_of', {sql.literal(str(previous.as_of))})"
    )
    add(connection, table, "previous",
        f"select 'rows_received', {what}, {previous.rows_received} "
        f"union all select 'rows_accepted', {what}, {previous.rows_accepted}")  # fmt: skip


def _add_general(connection: psycopg.Connection, table: DeliveryTable, contract: Contract) -> None:
    delivery, name = sql.literal(table.delivery_id), sql.literal(table.table_name)
    add(connection, table, "rows", _ROWS)
    add(connection, table, "rules", _RULES.format(delivery=delivery, table=name))
    if contract.person is not None:
        add(connection, table, "matching", _MATCHING)
    if contract.history is None:
        return
    add(connection, table, "changes", _CHANGES)
    add(connection, table, "changed_fields", _CHANGED_FIELDS)
    linkage = contract.linkage
    assert linkage is not None
    for column in [c for c in ("site", "year") if getattr(linkage, c) is not None]:
        add(connection, table, f"totals_by_{column}",
            _TOTALS.format(name=sql.literal(column), column=column))  # fmt: skip
        add(connection, table, f"changes_by_{column}",
            _BY.format(pairs=f"'{column}', {column}", present=f"{column} is not null",
                       columns=column))  # fmt: skip
    if linkage.site is not None and linkage.year is not None:
        add(connection, table, "changes_by_site_and_year",
            _BY.format(pairs="'site', site, 'year', year",
                       present="site is not null and year is not null and change <> 'unchanged'",
                       columns="site, year"))  # fmt: skip
