"""What counts as a linkage, and what the transformer may know of the quarantine."""

from datetime import date

import psycopg
import pytest

from janus_warehouse.platform.database import Role, connect

ROLES = [role for role in Role if role is not Role.admin]


@pytest.fixture
def ledger(warehouse):
    """Give a function that writes one delivery of the cancer registry into the ledger."""
    warehouse.query(
        "insert into ops.contracts values ('cancer_registry', 'cases', 'janus', '1.0.0', 'full', "
        "'x'), ('lab', 'results', 'janus', '1.0.0', 'none', 'x')"
    )

    def write(name, as_of, settled=1, *, state="accepted", source="cancer_registry",
              table="cases", collection="janus"):  # fmt: skip
        warehouse.query(
            "insert into ops.deliveries (delivery_id, source, collection_id, kind, folder, as_of, "
            "content_sha256, state, settled_at) values (%s, %s, %s, 'registry', '', %s, %s, %s, "
            "timestamptz '2030-01-01' + %s * interval '1 day')",
            name, source, collection, as_of, name, state, settled,
        )  # fmt: skip
        warehouse.query(
            "insert into ops.delivery_tables (delivery_id, source, table_name, path, "
            "contract_version, sha256, bytes, rows_declared) "
            "values (%s, %s, %s, '', '1.0.0', '', 0, 0)", name, source, table,
        )  # fmt: skip

    return write


def linkages(warehouse) -> list[tuple]:
    return warehouse.query(
        "select delivery_id, linkage_number from ops.linkages order by collection_id, 2"
    )


def test_a_linkage_that_arrives_late_takes_its_place_by_date(warehouse, ledger):
    ledger("of-2022", date(2022, 12, 31), 1)
    ledger("of-2020", date(2020, 12, 31), 2)

    assert linkages(warehouse) == [("of-2020", 1), ("of-2022", 2)]


def test_of_two_deliveries_for_one_date_the_last_accepted_counts(warehouse, ledger):
    ledger("second", date(2020, 12, 31), 2)
    ledger("first", date(2020, 12, 31), 1)

    assert linkages(warehouse) == [("second", 1)]


@pytest.mark.parametrize("state", ["received", "verified", "loaded", "checked", "refused",
                                   "superseded"])  # fmt: skip
def test_what_is_not_accepted_is_no_linkage(warehouse, ledger, state):
    ledger("counts", date(2020, 12, 31))
    ledger("does-not", date(2019, 12, 31), state=state)

    assert linkages(warehouse) == [("counts", 1)]


def test_tables_that_grow_by_delivery_have_no_linkages(warehouse, ledger):
    ledger("results", date(2020, 12, 31), source="lab", table="results")

    assert linkages(warehouse) == []


def test_each_collection_counts_its_own_linkages(warehouse, ledger):
    ledger("a", date(2020, 12, 31))
    ledger("b", date(2021, 12, 31), collection="nhanes")
    ledger("c", date(2022, 12, 31))

    assert linkages(warehouse) == [("a", 1), ("c", 2), ("b", 1)]


def test_the_last_linkage_is_the_delivery_that_is_current(warehouse, ledger):
    for name, day, settled in (("a", 1, 3), ("b", 2, 1), ("c", 2, 2), ("d", 1, 4)):
        ledger(name, date(2020, 12, day), settled)

    assert warehouse.query("select delivery_id from ops.current_tables") == [("c",)]
    assert linkages(warehouse) == [("d", 1), ("c", 2)]


def may(statement: str) -> set[Role]:
    allowed = set()
    for role in ROLES:
        with connect(role) as connection:
            try:
                connection.execute(statement)
                allowed.add(role)
            except psycopg.Error:
                connection.rollback()
    return allowed


def test_every_role_sees_the_linkages_and_only_the_transformer_keys_in_quarantine(warehouse):
    assert may("select * from ops.linkages") == set(ROLES)
    assert may("select * from ops.quarantined_keys") == {Role.transformer}
    assert may("select * from quarantine.rows") == {Role.loader}
    for view in ("ops.linkages", "ops.quarantined_keys"):
        assert may(f"delete from {view}") == set()


def test_of_the_quarantine_nothing_shows_but_numbers_of_tumours(warehouse, ledger):
    ledger("cases", date(2020, 12, 31))
    ledger("results", date(2020, 12, 31), source="lab", table="results")
    keys = ["T000000001", "T000000001", "01815012345", "T00000000", "T0000000012", None,
            "T000000002\n"]  # fmt: skip
    for line, key in enumerate(keys):
        warehouse.query(
            "insert into quarantine.rows values ('cases', 'cases', %s, '{x}', "
            "jsonb_build_object('tumour_id', %s::text, 'sex_code', 'secret'))", line, key,
        )  # fmt: skip
    warehouse.query(
        "insert into quarantine.rows values ('results', 'results', 1, '{x}', "
        "jsonb_build_object('tumour_id', 'T000000003'))"
    )

    with connect(Role.transformer) as connection:
        found = connection.execute("select * from ops.quarantined_keys").fetchall()

    assert found == [("cases", "cancer_registry", "cases", "T000000001")]


def test_a_function_of_the_transformer_sees_no_rows_that_the_view_leaves_out(warehouse, ledger):
    """A cheap function in the condition would otherwise be asked before the view's own one."""
    ledger("cases", date(2020, 12, 31))
    warehouse.query(
        "insert into quarantine.rows values ('cases', 'cases', 1, '{x}', "
        "jsonb_build_object('tumour_id', 'somebody'))"
    )
    with connect(Role.transformer) as connection:
        connection.execute(
            "create function staging.spy(text) returns boolean language plpgsql cost 0.0001 as "
            "$$ begin raise exception 'saw it'; end $$"
        )
        found = connection.execute(
            "select * from ops.quarantined_keys where staging.spy(key)"
        ).fetchall()
        connection.rollback()

    assert found == []
