"""Least rights: every role tries every schema, and the journals refuse everybody."""

import psycopg
import pytest

from janus_warehouse.platform.database import Role, connect, migrate

ROLES = [role for role in Role if role is not Role.admin]
PROBES = {
    "identity": "identity.identifiers",
    "landing": "landing.probe",
    "quarantine": "quarantine.rows",
    "raw": "raw.probe",
    "staging": "staging.probe",
    "intermediate": "intermediate.probe",
    "marts": "marts.probe",
    "ops": "ops.deliveries",
    "governance": "governance.withdrawals",
    "lake": "lake.iceberg_tables",
}
READERS = {
    "identity": {Role.loader},
    "landing": {Role.loader},
    "quarantine": {Role.loader},
    "raw": {Role.loader, Role.transformer},
    "staging": {Role.transformer},
    "intermediate": {Role.transformer},
    "marts": {Role.transformer, Role.extractor, Role.publisher, Role.reader},
    "ops": set(ROLES),
    "governance": {Role.curator, Role.extractor, Role.transformer},
    "lake": {Role.loader, Role.transformer, Role.extractor},
}
WRITERS = {
    "identity.donors": {Role.loader: "insert, select, update"},
    "identity.identifiers": {Role.loader: "insert, select, update"},
    "identity.person_decisions": {Role.loader: "insert, select"},
    "identity.person_moves": {Role.loader: "insert, select"},
    "identity.kept_apart": {Role.loader: "insert, select"},
    "identity.apart": {Role.loader: "select"},
    "identity.decisions_in_force": {Role.loader: "select"},
    "ops.person_assignments": {
        Role.loader: "insert, select, update",
        Role.transformer: "select",
    },
    "quarantine.rows": {Role.loader: "insert, select"},
    "raw.probe": {Role.loader: "insert, select", Role.transformer: "select"},
    "governance.withdrawals": {
        Role.curator: "delete, insert, select, update",
        Role.extractor: "select",
        Role.transformer: "select",
    },
    "governance.same_persons": {
        Role.curator: "select",
        Role.extractor: "select",
        Role.transformer: "select",
    },
    "governance.withdrawn_donors": {
        Role.curator: "select",
        Role.extractor: "select",
        Role.loader: "select",
        Role.transformer: "select",
    },
    "governance.shipments": {
        Role.curator: "insert, select",
        Role.transformer: "select",
    },
    "governance.shipment_samples": {Role.curator: "insert, select"},
    "governance.tube_reservations": {
        Role.curator: "delete, insert, select, update",
        Role.transformer: "select",
    },
    "governance.shipment_seals": {Role.curator: "insert"},
    "governance.opened_status": {
        Role.curator: "insert, select",
        Role.transformer: "select",
    },
}
"""Tables of persons: exactly these roles hold exactly these rights."""


@pytest.fixture
def probed(warehouse):
    """Give a warehouse with one table in every schema, made by whoever makes them there."""
    makers = {"landing": Role.loader, "staging": Role.transformer,
              "intermediate": Role.transformer, "marts": Role.transformer}  # fmt: skip
    for schema in ("landing", "raw", "staging", "intermediate", "marts"):
        with connect(makers.get(schema, Role.admin), autocommit=True) as connection:
            connection.execute(f"create table {schema}.probe (delivery_id text)")
    return warehouse


def refusal(role: Role, statement: str) -> str | None:
    """Return the kind of error that a role gets for a statement, or None if it may."""
    with connect(role) as connection:
        try:
            connection.execute(statement)
        except psycopg.Error as error:
            return type(error).__name__
        finally:
            connection.rollback()
    return None


@pytest.mark.parametrize("schema", PROBES)
def test_a_schema_is_read_by_its_readers_and_nobody_else(probed, schema):
    may = {r for r in ROLES if refusal(r, f"select count(*) from {PROBES[schema]}") is None}

    assert may == READERS[schema]


@pytest.mark.parametrize("schema", ["identity", "landing", "quarantine", "raw"])
def test_who_may_not_read_a_schema_may_not_even_enter_it(probed, schema):
    inside = {
        role for role in ROLES if probed.query(
            "select has_schema_privilege(%s, %s, 'usage')", role.database_role, schema
        ) == [(True,)]
    }  # fmt: skip
    assert inside == READERS[schema]


@pytest.mark.parametrize("table", WRITERS)
def test_a_table_of_persons_grants_exactly_the_stated_rights(probed, table):
    schema, name = table.split(".")
    granted = dict(probed.query(
        "select grantee, string_agg(lower(privilege_type), ', ' order by lower(privilege_type)) "
        "from information_schema.role_table_grants where table_schema = %s and table_name = %s "
        "and grantee like 'janus\\_%%' and grantee <> grantor group by grantee", schema, name,
    ))  # fmt: skip

    assert granted == {role.database_role: rights for role, rights in WRITERS[table].items()}


@pytest.mark.parametrize("statement", [
    "update raw.probe set delivery_id = 'x'", "delete from raw.probe", "truncate raw.probe",
    "drop table raw.probe", "alter table raw.probe add column more text",
    "create table raw.another (delivery_id text)",
])  # fmt: skip
@pytest.mark.parametrize("role", [Role.loader, Role.transformer])
def test_raw_only_ever_grows(probed, role, statement):
    assert refusal(role, statement) == "InsufficientPrivilege"


def test_the_loader_adds_to_raw_and_the_transformer_does_not(probed):
    statement = "insert into raw.probe values ('x')"

    assert refusal(Role.loader, statement) is None
    assert refusal(Role.transformer, statement) == "InsufficientPrivilege"


@pytest.mark.parametrize("role", ROLES)
def test_no_role_removes_what_was_quarantined_or_delivered(probed, role):
    for table in ("quarantine.rows", "ops.deliveries", "ops.delivery_tables", "ops.releases"):
        for statement in (f"delete from {table}", f"truncate {table}"):
            assert refusal(role, statement) == "InsufficientPrivilege", statement


def test_only_those_who_check_write_what_was_found(probed):
    insert = (
        "insert into ops.check_results (run_kind, run_id, subject, rule_id, dimension, "
        "consequence, outcome) values ('build', 'x', 'x', 'x', 'x', 'x', 'passed')"
    )

    def may(statement: str) -> set[Role]:
        return {role for role in ROLES if refusal(role, statement) is None}

    assert may(insert) == {Role.loader, Role.transformer}
    assert may("delete from ops.check_results") == {Role.loader}
    assert may("delete from ops.progress") == set()


def test_the_loader_alone_keeps_decisions_and_figures_of_linkages(probed):
    decided = (
        "insert into ops.decisions (delivery_id, question, is_accepted, decided_by, reason) "
        "select 'x', 'x', true, 'x', 'x' where false"
    )

    def may(statement: str) -> set[Role]:
        return {role for role in ROLES if refusal(role, statement) is None}

    assert may(decided) == may("delete from ops.linkage_figures") == {Role.loader}
    assert may("select * from ops.decisions") == set(ROLES)
    assert may("update ops.linkage_figures set value = 0") == set()


@pytest.mark.parametrize("role", [r for r in ROLES if r not in (Role.loader, Role.transformer)])
def test_other_roles_cannot_make_tables_where_data_come_in_or_are_built(probed, role):
    for schema in ("identity", "landing", "quarantine", "raw", "staging", "marts", "public"):
        statement = f"create table {schema}.mine (x text)"
        assert refusal(role, statement) == "InsufficientPrivilege", schema


@pytest.mark.parametrize(
    "table",
    [
        "ops.audit",
        "ops.delivery_events",
        "ops.decisions",
        "identity.person_decisions",
    ],
)
@pytest.mark.parametrize("statement", [
    "update {t} set {c} = 'x'", "delete from {t}", "truncate {t} cascade",
])  # fmt: skip
def test_the_journals_refuse_changes_even_from_the_administrator(warehouse, table, statement):
    statement = statement.format(t=table, c="reason" if table == "ops.decisions" else "actor")
    assert refusal(Role.admin, statement) == "RaiseException"
    assert refusal(Role.loader, statement) in (
        "InsufficientPrivilege", "RaiseException",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("table", "column"),
    [("person_decisions", "reason"), ("person_moves", "to_donor_id"), ("kept_apart", "donor_id")],
)
def test_decisions_about_persons_are_only_ever_added(warehouse, table, column):
    for role, refused in ((Role.admin, "RaiseException"), (Role.loader, "InsufficientPrivilege")):
        change = f"update identity.{table} set {column} = 'x'"
        assert refusal(role, change) == refused
        assert refusal(role, f"delete from identity.{table}") == refused


def write_audit(role: Role, subjects: list[str]) -> None:
    with connect(role, autocommit=True) as connection:
        for subject in subjects:
            connection.execute(
                "insert into ops.audit (actor, action, subject, detail) "
                "values ('test', 'delivery accepted', %s, '{\"rows\": 3}')", [subject],
            )  # fmt: skip


def test_an_untouched_audit_chain_has_no_broken_link(warehouse):
    from janus_warehouse.platform.audit import broken_links

    write_audit(Role.loader, ["a", "b"])
    write_audit(Role.publisher, ["c"])

    assert broken_links() == []


@pytest.mark.parametrize(
    ("tampering", "broken"),
    [
        ("update ops.audit set subject = 'x' where subject = 'b'", "b"),
        ("update ops.audit set at = at + interval '1 s' where subject = 'a'", "a"),
        ("update ops.audit set hash = repeat('0', 64) where subject = 'b'", "bc"),
        ("delete from ops.audit where subject = 'b'", "c"),
    ],
    ids=["subject", "time", "hash", "row taken out"],
)
def test_a_tampered_audit_row_breaks_the_chain_where_it_stands(warehouse, tampering, broken):
    from janus_warehouse.platform.audit import broken_links

    write_audit(Role.loader, ["a", "b", "c", "d"])
    numbers = dict(warehouse.query("select subject, audit_id from ops.audit"))
    warehouse.query("alter table ops.audit disable trigger all")
    warehouse.query(tampering)

    assert broken_links() == [numbers[subject] for subject in broken]


def test_rows_written_at_the_same_time_follow_one_another(warehouse):
    from concurrent.futures import ThreadPoolExecutor

    from janus_warehouse.platform.audit import broken_links

    insert = "insert into ops.audit (actor, action, subject) values ('test', 'x', %s)"
    with connect(Role.loader) as first, connect(Role.loader) as second:
        second.execute("select 1")
        first.execute(insert, ["first"])
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(second.execute, insert, ["second"])
            while not warehouse.query("select 1 from pg_locks where not granted limit 1"):
                assert not waiting.done()
            write_audit_later = pool.submit(second.commit)
            first.execute(insert, ["third"])
            first.commit()
            waiting.result(30)
            write_audit_later.result(30)

    assert broken_links() == []
    assert len(warehouse.query("select distinct previous_hash from ops.audit")) == 3


def test_a_forged_hash_is_replaced_on_the_way_in(warehouse):
    from janus_warehouse.platform.audit import broken_links

    with connect(Role.loader, autocommit=True) as connection:
        connection.execute(
            "insert into ops.audit (actor, action, subject, previous_hash, hash) "
            "values ('test', 'x', 'y', 'forged', 'forged')"
        )
    assert broken_links() == []


def shape(warehouse) -> list[tuple]:
    """Return every column, right and trigger of the warehouse's schemas."""
    columns = warehouse.query(
        "select table_schema, table_name, column_name, data_type from information_schema.columns "
        "where table_schema not in ('pg_catalog', 'information_schema') order by 1, 2, 3"
    )
    rights = warehouse.query(
        "select table_schema, table_name, grantee, privilege_type "
        "from information_schema.role_table_grants "
        "where table_schema not in ('pg_catalog', 'information_schema') order by 1, 2, 3, 4"
    )
    triggers = warehouse.query(
        "select tgrelid::regclass::text, tgname from pg_trigger order by 1, 2"
    )
    return [*columns, *rights, *triggers]


def test_migrations_run_again_on_a_database_in_use_without_harm(warehouse):
    write_audit(Role.loader, ["kept"])
    before = shape(warehouse)

    migrate()
    migrate()

    assert shape(warehouse) == before
    assert warehouse.query("select subject from ops.audit") == [("kept",)]
    with connect(Role.loader) as connection:  # the passwords still open the door
        assert connection.execute("select current_user").fetchone() == ("janus_loader",)
