"""`janus doctor` looks at the audit ledger too, where somebody may have been before it."""

import psycopg
import pytest

from janus_warehouse.doctor import examine
from janus_warehouse.platform.database import Role, connect


@pytest.fixture
def audited(warehouse):
    """Give a warehouse with three rows of audit."""
    with connect(Role.loader, autocommit=True) as connection:
        for subject in ("a", "b", "c"):
            connection.execute(
                "insert into ops.audit (actor, action, subject) values ('test', 'x', %s)",
                [subject],
            )
    return warehouse


def audit_chain():
    return next(found for found in examine() if found.point == "audit chain")


def test_an_untouched_audit_chain_is_found_in_order(audited):
    assert audit_chain().state == "ok"


def test_a_broken_audit_chain_fails_with_the_number_of_broken_links_and_the_mend(audited):
    audited.query("alter table ops.audit disable trigger all")
    audited.query("update ops.audit set hash = repeat('0', 64) where subject = 'b'")

    found = audit_chain()

    assert found.state == "fail"
    assert found.told.startswith("2 broken links, the first at audit_id")
    assert "backup" in found.mend


def test_who_does_not_see_every_row_of_the_audit_adds_none(audited):
    add = "insert into ops.audit (actor, action, subject) values ('test', 'x', 'd')"
    with connect(Role.extractor) as connection:
        connection.execute("set transaction isolation level repeatable read")
        with pytest.raises(psycopg.errors.InvalidTransactionState, match="read committed"):
            connection.execute(add)

    with connect(Role.extractor) as connection:
        connection.execute(add)
    assert audit_chain().state == "ok"
