"""The audit chain: each row of `ops.audit` carries a hash over itself and the row before."""

from janus_warehouse.platform.database import Role, connect

_BROKEN = """
with chained as (
    select
        audit_id, previous_hash, hash,
        lag(hash) over (order by audit_id) as expected_previous,
        encode(sha256(convert_to(concat_ws(
            '|', coalesce(previous_hash, ''), at at time zone 'UTC', actor, action, subject, detail
        ), 'UTF8')), 'hex') as expected_hash
    from ops.audit
)
select audit_id from chained
where previous_hash is distinct from expected_previous or hash is distinct from expected_hash
order by audit_id
"""


def broken_links(role: Role = Role.reader) -> list[int]:
    """Return the ids of audit rows that were changed, or that do not follow the row before.

    An empty list proves that no row was changed and none taken out of the middle. Rows cut off
    at the end leave no trace here: compare the last hash with one kept elsewhere.

    Args:
        role: Whoever may read the ledgers.
    """
    with connect(role) as connection:
        return [audit_id for (audit_id,) in connection.execute(_BROKEN)]
