"""The rows of a linkage beside those of the linkage before: temporary tables to count in.

`linkage_now` has every landed row, typed, with how it found its donor and whether it enters;
`linkage_before` the rows of the linkage before; `linkage_pairs` one row for each thing that
either of them knows, with what became of it. They live as long as the transaction, and hold no
identifier of a person.
"""

import psycopg

from janus_warehouse.contracts import Column, Contract, sql
from janus_warehouse.contracts.document import PropertySpec
from janus_warehouse.deliveries import ledger, view
from janus_warehouse.deliveries.ledger import Delivery, DeliveryTable
from janus_warehouse.deliveries.rows import failing_rows_sql, failing_rules
from janus_warehouse.identity.decisions import DONOR_TODAY, JOIN_PERSONS_TODAY
from janus_warehouse.identity.differences import FACTS
from janus_warehouse.identity.numbers import NUMBER_FORM, check_digits_sql
from janus_warehouse.linkages.previous import Previous

TABLES = ("linkage_now", "linkage_before", "linkage_pairs", "linkage_failing")


def lay_out(
    connection: psycopg.Connection,
    delivery: Delivery,
    table: DeliveryTable,
    contracts: dict[str, Contract],
    previous: Previous | None,
) -> None:
    """Make the temporary tables of one delivered table, inside the caller's transaction.

    Args:
        connection: As loader.
        delivery: A checked delivery, its rows still landed.
        table: One of its tables.
        contracts: Its contracts by table.
        previous: The linkage to compare with; None leaves `linkage_before` empty.
    """
    contract = contracts[table.table_name]
    # Right after a large load nothing is known of the tables' sizes, and a plan that takes them
    # for small visits every row for every row: 97 s for 8,000 rows were seen, 0.3 s without.
    connection.execute("set local enable_nestloop = off")
    connection.execute("set local work_mem = '256MB'")
    for name in TABLES:
        connection.execute(f"drop table if exists pg_temp.{name}")
    view.create(connection, table, contract)
    _note_failing(connection, delivery, table, contracts)
    looked_at = _looked_at(contract, previous)
    now = _now_sql(table, contract, looked_at)
    connection.execute(f"create temp table linkage_now on commit drop as {now}")
    columns = "".join(f", {_before_value(column.spec, contract)}" for column in looked_at)
    donor, join = "null::text", ""
    if contract.person is not None:
        donor, join = DONOR_TODAY, JOIN_PERSONS_TODAY
    before = sql.literal(previous.delivery_id if previous else "")
    connection.execute(
        "create temp table linkage_before on commit drop as "
        f"select r.line_number, {donor} as donor_id{columns} from {contract.raw_table} as r "
        f"{join} where r.delivery_id = {before}"
    )
    connection.execute("analyze linkage_now")
    connection.execute("analyze linkage_before")
    if contract.history is not None:
        _pair(connection, contract)


def _note_failing(
    connection: psycopg.Connection,
    delivery: Delivery,
    table: DeliveryTable,
    contracts: dict[str, Contract],
) -> None:
    """List the landed lines that the quarantine will take."""
    contract = contracts[table.table_name]
    failed = failing_rules(connection, delivery).get(table.table_name, set())
    rules = [rule for rule in contract.rules if rule.rule_id in failed]
    query = "select null::bigint as line_number where false"
    if rules:
        tables = ledger.tables_of(connection, delivery.delivery_id)
        relation = view.relation_during_check(connection, tables, contracts, delivery)
        query = f"select line_number from ({failing_rows_sql(table, rules, relation)}) as failing"
    connection.execute(f"create temp table linkage_failing on commit drop as {query}")


def _looked_at(contract: Contract, previous: Previous | None) -> list[Column]:
    """Return the columns that figures are taken of.

    Answers of a survey are looked at only beside those of the survey before: to type forty
    columns once more takes as long as to count all rules over them.
    """
    if previous is not None or contract.history is not None:
        return list(contract.kept_columns)
    year = contract.linkage.year if contract.linkage else None
    return [column for column in contract.kept_columns if column.name in {*FACTS, year}]


def _now_sql(table: DeliveryTable, contract: Contract, looked_at: list[Column]) -> str:
    columns = "".join(f", v.{sql.quoted(column.name)}" for column in looked_at)
    typed = {column.name for column in looked_at}
    join, donor, match = "", "null::text", "null::text"
    if contract.person is not None:
        person = contract.person
        typed.add(person.column)
        donor, match = "i.donor_id", _match_sql(contract)
        join = (
            f"left join identity.identifiers as i on i.system = {sql.literal(person.system)} "
            f"and i.value = v.{sql.text_name(person.column)} "
            "left join (select donor_id, max(valid_from) as since from identity.identifiers "
            f"where system = {sql.literal(person.system)} and valid_from is not null "
            "group by donor_id) as newest on newest.donor_id = i.donor_id "
        )
    landed = view.query(table, contract, typed)
    return (
        f"select v.line_number, {donor} as donor_id, {match} as match, "
        f"f.line_number is null as enters{columns} from ({landed}) as v "
        f"{join}left join linkage_failing as f on v.line_number = f.line_number"
    )


def _match_sql(contract: Contract) -> str:
    """Return how a row found its person, or why it found none."""
    person = contract.person
    assert person is not None
    text = f"v.{sql.text_name(person.column)}"
    newer = "newest.since > coalesce(i.valid_from, '-infinity')"
    found = (
        f"when i.donor_id is not null and (i.valid_to is not null or {newer}) "
        "then case when i.kind = 'd_number' then 'earlier_d_number' else 'earlier_number' end "
        "when i.donor_id is not null then 'current_number' "
    )
    if person.column not in contract.national_number_columns:
        return f"case {found} else 'unknown' end"
    number = f"v.{sql.number_name(person.column)}"
    return (
        f"case {found} when {text} is null or {text} !~ '{NUMBER_FORM}' then 'ill_formed' "
        f"when not ({check_digits_sql(number)}) then 'wrong_check_digits' else 'unknown' end"
    )


def _before_value(column: PropertySpec, contract: Contract) -> str:
    """Return a column of raw as the check view has it: null where it holds a missing-value code."""
    name = sql.quoted(column.name)
    tokens = [token for token in column.custom_properties.missing if token]
    if column.physical_type != "text" and contract.format.decimal == ",":
        tokens = [token.replace(",", ".") for token in tokens]  # a 9,99 is stored as 9.99
    if not tokens:
        return name
    listed = ", ".join(map(sql.literal, tokens))
    return f"case when {name}::text not in ({listed}) then {name} end as {name}"


def tracked_values(contract: Contract) -> dict[str, str]:
    """Return the SQL of each tracked value by its name."""
    history = contract.history
    assert history is not None
    return {column.name: column.sql or sql.quoted(column.name) for column in history.tracked}


def _pair(connection: psycopg.Connection, contract: Contract) -> None:
    """Put rows of the same key side by side and say what became of each."""
    history, linkage = contract.history, contract.linkage
    assert history is not None
    values = tracked_values(contract)
    read = ", ".join(f"{expression} as {sql.quoted('t_' + n)}" for n, expression in values.items())
    keys = [sql.quoted(name) for name in history.key]
    shown = [f"{key} as {sql.quoted(f'k_{n}')}" for n, key in enumerate(keys)]
    site = f"left({sql.quoted(linkage.site)}, 3)" if linkage and linkage.site else "null::text"
    year = (
        f"extract(year from {sql.quoted(linkage.year)})::integer"
        if linkage and linkage.year
        else "null::integer"
    )
    side = ", ".join(
        ["line_number", "donor_id", *shown, f"{site} as site", f"{year} as year"]
        + ([read] if read else [])
    )
    same = " and ".join(f"n.k_{n} = b.k_{n}" for n in range(len(keys)))
    changed = ", ".join(
        f"case when n.{q} is distinct from b.{q} then {sql.literal(name)} end"
        for name in values
        for q in [sql.quoted("t_" + name)]
    )
    said = [sql.quoted("t_" + name) for name in values if name not in history.numbering]
    content = ", ".join(f"coalesce(n.{name}, b.{name})" for name in said)
    present = " and ".join(f"{key} is not null" for key in keys)
    connection.execute(
        f"""
        create temp table linkage_pairs on commit drop as
        with n as materialized (select {side} from linkage_now where enters and {present}),
        b as materialized (select {side} from linkage_before),
        aside as materialized (
            select distinct {", ".join(shown)} from linkage_now where not enters and {present}
        )
        select
            n.line_number as now_line,
            b.line_number as before_line,
            coalesce(n.donor_id, b.donor_id) as donor_id,
            coalesce(n.site, b.site) as site,
            coalesce(n.year, b.year) as year,
            b.site as site_before,
            b.year as year_before,
            case
                when n.line_number is not null and b.line_number is not null
                then array_remove(array[{changed}]::text[], null)
            end as changed_fields,
            case
                when n.line_number is null or b.line_number is null
                then md5(row({content})::text)
            end as content,
            case
                when b.line_number is null then 'new'
                when n.line_number is null and exists (
                    select 1 from aside as n where {same}
                ) then 'set_aside'
                when n.line_number is null then 'retracted'
            end as change
        from n
        full join b on {same}
        """
    )
    connection.execute(
        "update linkage_pairs set change = case when changed_fields = '{}' then 'unchanged' "
        "else 'changed' end where change is null"
    )
    if "donor_id" not in history.key:
        _find_renumbered(connection)


def _find_renumbered(connection: psycopg.Connection) -> None:
    """Join what is retracted under one id and new under another, with the same content."""
    connection.execute(
        """
        with olds as (
            select before_line, content,
                row_number() over (partition by content order by before_line) as nth
            from linkage_pairs where change = 'retracted'
        ),
        news as (
            select now_line, content,
                row_number() over (partition by content order by now_line) as nth
            from linkage_pairs where change = 'new'
        ),
        same as (
            select olds.before_line, news.now_line
            from olds
            inner join news on olds.content = news.content and olds.nth = news.nth
        ),
        gone as (
            delete from linkage_pairs where before_line in (select before_line from same)
        )
        update linkage_pairs as pairs
        set change = 'renumbered', before_line = same.before_line
        from same
        where pairs.now_line = same.now_line
        """
    )
