"""Donors that the register of changed numbers tells to be one person, joined when it enters."""

import logging
from typing import Any

import psycopg
from psycopg import sql as pgsql

from janus_warehouse.contracts import Contract
from janus_warehouse.identity.decisions import carry_out_merges, tell_audit
from janus_warehouse.identity.differences import find_differences
from janus_warehouse.platform.settings import get_settings

logger = logging.getLogger(__name__)

_PAIRS = """
create temporary table pairs on commit drop as
select distinct old.donor_id, new.donor_id as other_donor_id
from {landed} as t
inner join identity.identifiers as old on old.system = {system} and old.value = t.{column}
inner join identity.identifiers as new on new.system = {system} and new.value = t.{other}
where
    {clean}
    and old.donor_id <> new.donor_id
    and coalesce(new.replaces, old.identifier_key) is not distinct from old.identifier_key
"""

_MERGING = """
create temporary table merging on commit drop as
with recursive links as (
    select donor_id, other_donor_id from pairs
    union
    select other_donor_id, donor_id from pairs
),

-- Everybody who is the same person as somebody, by however many changes between them.
reached as (
    select donor_id, donor_id as other_donor_id from links
    union
    select reached.donor_id, links.other_donor_id
    from reached inner join links on links.donor_id = reached.other_donor_id
),

held as (
    select distinct reached.donor_id
    from reached
    inner join reached as also on also.donor_id = reached.donor_id
    inner join identity.apart
        on apart.donor_id = reached.other_donor_id and apart.other_donor_id = also.other_donor_id
)

-- The key registered first stays; of two that came together, that of the earlier number.
select distinct on (reached.donor_id)
    reached.donor_id,
    reached.other_donor_id as survivor,
    reached.donor_id in (select donor_id from held) as is_kept_apart,
    null::bigint as decision_id,
    '{}'::text[] as differences
from reached
inner join identity.donors as d on d.donor_id = reached.other_donor_id
order by
    reached.donor_id,
    d.registered_at,
    reached.other_donor_id in (select other_donor_id from pairs),
    reached.other_donor_id
"""

_DECIDE = """
insert into identity.person_decisions
    (kind, donor_id, other_donor_ids, delivery_id, reason, differences, actor)
select 'merge', survivor, array_agg(donor_id order by donor_id), {delivery},
    'the population register says that a number was replaced by another', min(differences), {actor}
from merging
group by survivor
order by survivor
returning decision_id, donor_id
"""

_TELL = """
insert into ops.check_results (run_kind, run_id, subject, rule_id, dimension, rows_seen,
    rows_failing, consequence, outcome)
values ('delivery', %s, %s, %s, 'consistency', %s, %s, 'warn', %s)
"""


def join_persons(
    connection: psycopg.Connection[Any],
    contract: Contract,
    names: dict[str, Any],
    delivery_id: str,
) -> int:
    """Join the donors whom a delivery tells to be one person; return how many keys that ends.

    The register is the authority: it is followed also where the bank's records of the two
    contradict each other, and the delivery's report says how often they do. Whom a decision of
    ours keeps apart stays apart, also by way of a third donor.

    Args:
        connection: As loader, alone in the vault, when all numbers of the delivery are entered.
        contract: A contract that changes numbers.
        names: What stands for the table in SQL, from the vault.
        delivery_id: What the decisions name as their reason.
    """
    assert contract.person is not None
    [also] = [a for a in contract.person.also if a.system == contract.person.system]
    other = pgsql.Identifier(f"{also.column}__text")
    connection.execute(pgsql.SQL(_PAIRS).format(**names, other=other))
    connection.execute(_MERGING)
    apart = connection.execute(
        "delete from merging where is_kept_apart or donor_id = survivor returning is_kept_apart"
    ).fetchall()
    connection.execute("drop table pairs")
    tell = _Report(connection, delivery_id, contract.table)
    if left := sum(is_kept_apart for (is_kept_apart,) in apart):
        logger.warning("%s: %d donors stay apart, as was decided", delivery_id, left)
        tell.rule(f"{also.column}.joins_nobody_kept_apart", left, left)
    find_differences(connection)
    decided = connection.execute(
        pgsql.SQL(_DECIDE).format(
            delivery=names["delivery"], actor=pgsql.Literal(get_settings().actor)
        )
    ).fetchall()
    if decided:
        connection.execute(
            "update merging set decision_id = decided.decision_id "
            "from unnest(%s::bigint[], %s::text[]) as decided (decision_id, survivor) "
            "where merging.survivor = decided.survivor",
            [[decision_id for decision_id, _ in decided], [survivor for _, survivor in decided]],
        )
        carry_out_merges(connection)
        tell_audit(connection, [decision_id for decision_id, _ in decided])
        tell.rule(f"{also.column}.records_agree", len(decided), _differing(connection))
    ended = connection.execute("select count(*) from merging").fetchone()
    connection.execute("drop table merging")
    return int(ended[0]) if ended else 0


def _differing(connection: psycopg.Connection[Any]) -> int:
    found = connection.execute(
        "select count(distinct survivor) from merging where differences <> '{}'"
    ).fetchone()
    return int(found[0]) if found else 0


class _Report:
    """Writes what was seen while persons were joined to where the delivery's report reads it."""

    def __init__(self, connection: psycopg.Connection[Any], delivery_id: str, table: str) -> None:
        self.connection, self.delivery_id, self.table = connection, delivery_id, table

    def rule(self, rule_id: str, seen: int, failing: int) -> None:
        """Add a warning of so many persons among those looked at; none is a check passed."""
        outcome = "warned" if failing else "passed"
        self.connection.execute(
            _TELL, [self.delivery_id, self.table, rule_id, seen, failing, outcome]
        )
