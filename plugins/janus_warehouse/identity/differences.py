"""Whether the records of donors that are to be one person contradict each other."""

from typing import Any

import psycopg
from psycopg import sql as pgsql

from janus_warehouse.contracts import load_contracts
from janus_warehouse.identity.decisions import DONOR_TODAY, JOIN_PERSONS_TODAY

FACTS = ("sex_code", "birth_date")
"""What two records of one person must agree on, as columns are named in every contract."""

_SAID = f"""
insert into said
select involved.survivor, {{fact}}, {{table}}, last.said
from (select donor_id, survivor from merging union select survivor, survivor from merging)
    as involved
inner join (
    select distinct on (person.donor_id)
        person.donor_id, r.{{column}}::text as said
    from {{raw}} as r
    inner join ops.deliveries as d on d.delivery_id = r.delivery_id
    {JOIN_PERSONS_TODAY}
    cross join lateral (select {DONOR_TODAY} as donor_id) as person
    where
        d.state = 'accepted'
        and r.{{column}} is not null
        and person.donor_id in (select donor_id from merging union select survivor from merging)
    order by person.donor_id, d.as_of desc, d.settled_at desc, r.line_number desc
) as last on last.donor_id = involved.donor_id
"""


def find_differences(connection: psycopg.Connection[Any]) -> None:
    """Note in the table `merging` which facts the records of a person contradict each other in.

    Looked at are the tables with one row for each person; of each donor the latest row.
    """
    found = connection.execute("select exists (select 1 from merging)").fetchone()
    if found != (True,):
        return
    connection.execute(
        "create temporary table said (survivor text, fact text, told_by text, said text) "
        "on commit drop"
    )
    for contract in load_contracts():
        columns = {column.name for column in contract.kept_columns}
        person = contract.person
        if person is None or not columns.issuperset(FACTS):
            continue
        if not any(c.unique for c in contract.spec.properties if c.name == person.column):
            continue
        for fact in FACTS:
            connection.execute(
                pgsql.SQL(_SAID).format(
                    fact=pgsql.Literal(fact), table=pgsql.Literal(contract.raw_name),
                    column=pgsql.Identifier(fact),
                    raw=pgsql.Identifier("raw", contract.raw_name),
                )
            )  # fmt: skip
    connection.execute(
        """
        update merging set differences = found.facts
        from (
            select survivor, array_agg(distinct fact order by fact) as facts
            from (
                select survivor, fact from said
                group by survivor, fact, told_by having count(distinct said) > 1
            ) as contradicted
            group by survivor
        ) as found
        where found.survivor = merging.survivor
        """
    )
    connection.execute("drop table said")
