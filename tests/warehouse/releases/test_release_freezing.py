"""A release is the marts of one good build, whole or not at all, and never changes."""

import os
import signal
import subprocess
import sys
import time

import psycopg
import pytest

from janus_warehouse.platform.database import Role, connect
from janus_warehouse.platform.settings import get_settings
from janus_warehouse.releases import (
    BuildNotReadyError,
    InvalidReleaseNameError,
    ReleaseDiffersError,
    ReleaseError,
    UnknownReleaseError,
    cut_release,
    diff_releases,
    find_release,
    list_releases,
    verify_release,
)

TABLES = 9


def hashes(release):
    return {name: (table.rows, table.sha256) for name, table in release.tables.items()}


def test_freezes_every_mart_with_its_rows_comments_and_key(marts):
    seen = []

    release = cut_release("2022.1", on_progress=lambda *step: seen.append(step))

    assert len(release.tables) == TABLES
    assert seen[0] == ("dim_analytes", 0, TABLES) and seen[-1] == ("", TABLES, TABLES)
    donors = release.tables["dim_donors"]
    assert donors.rows == 300
    assert donors.primary_key == ("collection_id", "donor_id")
    assert donors.description == "One row per donor."
    copied = marts.query("select count(*), count(distinct donor_id) from release_2022_1.dim_donors")
    assert copied == [(300, 300)]
    assert marts.query(
        "select col_description('release_2022_1.dim_donors'::regclass, attnum) from pg_attribute"
        " where attrelid = 'release_2022_1.dim_donors'::regclass and attname = 'birth_date'"
    ) == [("Day of birth, by the population register.",)]
    assert marts.query(
        "select count(*) from pg_constraint where contype = 'p'"
        " and connamespace = 'release_2022_1'::regnamespace"
    ) == [(TABLES,)]


def test_others_can_see_how_far_the_cut_is(marts):
    def look(table, done, total):
        seen.append(marts.query("select job, step, done, total, state from ops.progress")[0])

    seen = []
    cut_release("2022.1", on_progress=look)

    assert seen[3] == ("release 2022.1", "freeze", 3, TABLES, "running")
    assert marts.query("select done, state from ops.progress") == [(TABLES, "done")]


def test_manifest_names_deliveries_code_and_build(marts):
    release = cut_release("2022.1")

    assert release.build_id == "build-1"
    assert release.code_version == "code-1"
    assert [delivery["id"] for delivery in release.deliveries] == [
        "biobank-2022-12-31-aaaaaaaaaa",
        "cancer_registry-2022-12-31-bb",
    ]
    assert release.deliveries[0]["content_sha256"] == "a" * 64
    assert find_release("2022.1") == release
    assert [found.name for found in list_releases()] == ["2022.1"]


def test_leaves_out_when_a_row_was_loaded(marts):
    before = cut_release("2022.1")
    marts.query("update marts.dim_donors set loaded_at = now() + interval '1 day'")

    assert "loaded_at" not in before.tables["dim_donors"].column_names
    assert hashes(cut_release("2022.2")) == hashes(before)


def test_hashes_do_not_depend_on_where_rows_lie(marts):
    before = cut_release("2022.1")
    marts.query(
        "create table shuffled as select * from marts.fct_measurements order by md5(measurement_id)"
    )
    marts.query("truncate marts.fct_measurements")
    marts.query("insert into marts.fct_measurements select * from shuffled")
    marts.query("update marts.dim_donors set sex_code = sex_code")

    assert hashes(cut_release("2022.2")) == hashes(before)


def test_hashes_do_not_depend_on_settings_of_the_session(marts):
    release = cut_release("2022.1")
    database = marts.url.rsplit("/", 1)[1]
    for setting in ("datestyle = 'German'", "extra_float_digits = -5", "timezone = 'Asia/Tokyo'"):
        marts.query(f"alter database {database} set {setting}")

    assert verify_release("2022.1").passed
    assert hashes(cut_release("2022.1")) == hashes(release)


def test_hashes_are_the_same_the_portable_way_and_the_fast_way(marts):
    from janus_warehouse.releases.hashing import rows_query

    table = cut_release("2022.1").tables["fct_measurements"]
    with connect(Role.reader) as connection:
        old, new = (
            connection.execute(
                rows_query("release_2022_1", table.name, table.columns, version)
            ).fetchone()
            for version in (150000, 180000)
        )

    assert old == new
    assert old[0] == 240


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("value = value + 0.001 where measurement_id = 'pfoa-7'", id="a value"),
        pytest.param(
            "value_exact = value_exact + 1e-15 where measurement_id = 'pfoa-7'",
            id="the last bit of a float",
        ),
        pytest.param("note = null where measurement_id = 'pfoa-1'", id="empty to null"),
        pytest.param(
            "status_code = note, note = status_code where measurement_id = 'pfoa-3'",
            id="two values swapped",
        ),
    ],
)
def test_every_change_of_content_changes_the_hash(marts, change):
    before = cut_release("2022.1")
    marts.query(f"update marts.fct_measurements set {change}")
    after = cut_release("2022.2")

    assert hashes(after)["fct_measurements"] != hashes(before)["fct_measurements"]
    assert hashes(after)["dim_donors"] == hashes(before)["dim_donors"]


def test_two_equal_rows_do_not_cancel_out(marts):
    marts.query("create table marts.fct_pairs as select 1 as a union all select 1")
    before = cut_release("2022.1")
    marts.query("update marts.fct_pairs set a = 2")

    assert hashes(cut_release("2022.2"))["fct_pairs"] != hashes(before)["fct_pairs"]


def test_the_same_name_with_the_same_content_is_a_no_op(marts):
    first = cut_release("2022.1")

    assert cut_release("2022.1") == first
    assert marts.query("select count(*) from ops.audit where action = 'cut release'") == [(1,)]


def test_the_same_name_with_other_content_is_refused_with_what_to_do(marts):
    first = cut_release("2022.1")
    marts.query("delete from marts.fct_cancer_cases where tumour_id = 'tumour-1'")

    with pytest.raises(ReleaseDiffersError, match=r"1 of its parts \(fct_cancer_cases\).* 2022\.2"):
        cut_release("2022.1")
    assert find_release("2022.1") == first


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param("delete from ops.builds", "found no build", id="no build"),
        pytest.param("update ops.builds set state = 'failed'", "build-1 failed", id="failed"),
        pytest.param("update ops.builds set state = 'running'", "still running", id="running"),
        pytest.param(
            "insert into ops.builds values ('build-2', now(), now(), 'failed', 'code-2')",
            "build-2 failed",
            id="a later build failed",
        ),
        pytest.param(
            "update ops.builds set state = 'failed'; insert into ops.builds values "
            "('build-2', now(), now(), 'succeeded', 'code-1', 'by hand: dim_donors')",
            "build-1 failed",
            id="only some models were mended by hand",
        ),
        pytest.param(
            "insert into ops.builds values "
            "('build-2', now(), now(), 'succeeded', 'code-2', 'by hand: dim_donors')",
            "build-2 built some models by hand after build-1",
            id="some models were built by hand from other code",
        ),
        pytest.param(
            "update ops.deliveries set state = 'superseded' where source = 'biobank'; "
            "insert into ops.builds values "
            "('build-2', now(), now(), 'succeeded', 'code-1', 'by hand: dim_donors')",
            "build-2 built some models by hand after build-1",
            id="some models were built by hand from other deliveries",
        ),
        pytest.param(
            "update ops.builds set deliveries = deliveries || '{lost}'::text[]",
            "3 deliveries, of which ops.deliveries has 2",
            id="a delivery that is not in the ledger",
        ),
    ],
)
def test_refuses_marts_that_no_good_build_made(marts, change, message):
    marts.query(change)

    with pytest.raises(BuildNotReadyError, match=message):
        cut_release("2022.1")
    assert marts.query("select to_regnamespace('release_2022_1')") == [(None,)]


def test_a_build_by_hand_from_the_same_code_and_deliveries_changes_nothing(marts):
    marts.query(
        "insert into ops.builds values "
        "('build-2', now(), now(), 'succeeded', 'code-1', 'by hand: dim_donors')"
    )

    assert cut_release("2022.1").build_id == "build-1"


@pytest.mark.parametrize("name", ["2022-1", "2022.01", "2022", "x", "2022.1; drop", "", "2022.1\n"])
def test_refuses_names_that_are_not_a_year_and_a_number(name):
    with pytest.raises(InvalidReleaseNameError, match="such as 2022"):
        cut_release(name)


def test_refuses_an_unknown_release_and_lists_the_known(marts):
    cut_release("2022.1")

    with pytest.raises(UnknownReleaseError, match=r"there are: 2022\.1"):
        verify_release("2021.1")


def test_refuses_a_schema_made_by_hand(marts):
    marts.query("create schema release_2022_1")

    with pytest.raises(ReleaseError, match="made it by hand"):
        cut_release("2022.1")


def refusal(role, statement):
    """Return why the database does not let a role do something, None when it does."""
    with connect(role) as connection:
        try:
            connection.execute(statement)
        except psycopg.Error as error:
            return str(error)
        finally:
            connection.rollback()
    return None


def test_nobody_writes_after_the_freeze(marts):
    cut_release("2022.1")
    statements = [
        "insert into release_2022_1.dim_collections values ('x', 'y')",
        "update release_2022_1.dim_collections set title = 'y'",
        "delete from release_2022_1.dim_collections",
        "truncate release_2022_1.dim_collections",
    ]

    refusals = {(role, text): refusal(role, text) or "DONE" for role in Role for text in statements}

    assert len(refusals) == 7 * 4
    for (role, text), reason in refusals.items():
        expected = "is frozen" if role is Role.admin else "permission denied"
        assert expected in reason, (role, text)


def test_no_role_can_change_what_a_release_is(marts):
    cut_release("2022.1")
    statements = [
        "create table release_2022_1.more (a int)",
        "drop table release_2022_1.dim_collections",
        "alter table release_2022_1.dim_collections disable trigger all",
        "drop schema release_2022_1 cascade",
        "update ops.releases set manifest_sha256 = ''",
        "delete from ops.releases",
    ]
    roles = [role for role in Role if role is not Role.admin]

    refusals = {
        (role, text): refusal(role, text) or "DONE" for role in roles for text in statements
    }

    assert len(refusals) == 6 * 6
    for asked, reason in refusals.items():
        assert "permission denied" in reason or "must be owner" in reason, asked


def test_readers_read_a_release_and_others_do_not(marts):
    cut_release("2022.1")
    statement = "select count(*) from release_2022_1.dim_donors"

    readers = {role for role in Role if refusal(role, statement) is None}

    assert readers == {Role.admin, Role.extractor, Role.publisher, Role.reader}


def test_verification_passes_on_an_untouched_release_and_says_how_much_it_saw(marts):
    release = cut_release("2022.1")
    result = verify_release("2022.1")

    assert result.passed
    assert (result.tables, result.rows) == (TABLES, release.rows)
    assert result.rows == sum(table.rows for table in release.tables.values()) > 1000


@pytest.mark.parametrize(
    ("tampering", "table", "message"),
    [
        pytest.param(
            "update {}.dim_donors set sex_code = '2' where donor_id = 'donor-2'",
            "dim_donors",
            "300 rows, but the content",
            id="a value",
        ),
        pytest.param(
            "delete from {}.dim_donors where donor_id = 'donor-2'",
            "dim_donors",
            "expected 300 rows, found 299",
            id="a row",
        ),
        pytest.param("drop table {}.dim_tubes", "dim_tubes", "is missing", id="a table"),
        pytest.param("create table {}.new (a int)", "new", "not in the manifest", id="a new table"),
        pytest.param(
            "alter table {}.dim_draws drop column survey_id",
            "dim_draws",
            "other columns than the manifest says: survey_id",
            id="a column",
        ),
        pytest.param(
            'update ops.releases set manifest = manifest || \'{{"code_version": "x"}}\'',
            "manifest",
            "not the one that was written",
            id="the manifest",
        ),
    ],
)
def test_verification_names_what_was_tampered_with(marts, tampering, table, message):
    cut_release("2022.1")
    with connect(Role.admin) as connection:
        connection.execute("set session_replication_role = replica")  # what a determined hand does
        connection.execute(tampering.format("release_2022_1"))

    result = verify_release("2022.1")

    assert list(result.problems) == [table]
    assert message in result.problems[table]


def test_difference_counts_rows_by_primary_key(marts):
    cut_release("2022.1")
    marts.query("delete from marts.fct_cancer_cases where tumour_id in ('tumour-1', 'tumour-2')")
    marts.query(
        "update marts.fct_cancer_cases set behaviour_code = '2' where tumour_id = 'tumour-3'"
    )
    marts.query(
        "insert into marts.fct_cancer_cases values"
        " ('janus', 'new', 'donor-9', '1999-01-01', 'C619', '3')"
    )
    marts.query("alter table marts.fct_cancer_cases add column grade_code text")
    marts.query("create table marts.fct_more as select 1 as a union all select 1")
    marts.query("drop table marts.dim_tubes")
    cut_release("2022.2")

    differences = {difference.table: difference for difference in diff_releases("2022.1", "2022.2")}

    cases = differences["fct_cancer_cases"]
    assert (cases.rows_added, cases.rows_removed, cases.rows_changed) == (1, 2, 1)
    assert cases.columns_added == ("grade_code",)
    assert differences["dim_donors"].status == "same"
    assert (differences["fct_more"].status, differences["fct_more"].rows_added) == ("added", 2)
    assert (differences["dim_tubes"].status, differences["dim_tubes"].rows_removed) == (
        "removed",
        300,
    )


def test_difference_of_a_table_without_a_key_counts_whole_rows(marts):
    marts.query(
        "create table marts.fct_more as select 1 as a union all select 1 union all select 2"
    )
    cut_release("2022.1")
    marts.query("delete from marts.fct_more where a = 2")
    marts.query("insert into marts.fct_more values (1), (3)")
    cut_release("2022.2")

    found = {difference.table: difference for difference in diff_releases("2022.1", "2022.2")}

    assert (found["fct_more"].rows_added, found["fct_more"].rows_removed) == (2, 1)


def test_two_databases_with_the_same_content_have_the_same_manifest_hash(marts):
    first = cut_release("2022.1")
    marts.query("drop schema release_2022_1 cascade")
    marts.query("delete from ops.releases")
    marts.query("update ops.builds set build_id = 'another run', started_at = now()")
    time.sleep(1.1)

    second = cut_release("2022.1")

    assert second.created_at != first.created_at
    assert second.manifest_sha256 == first.manifest_sha256


SLOW_CUT = """
import sys, time
from janus_warehouse.releases import cut_release
from janus_warehouse.releases import freezing
freezing.read_definitions = lambda folder: {}

def linger(table, done, total):
    if done == int(sys.argv[1]):
        print("here", flush=True)
        time.sleep(60)

cut_release("2022.1", on_progress=linger)
"""


@pytest.mark.parametrize("after", [1, 5, 9])
def test_a_killed_cut_leaves_nothing_and_can_be_run_again(marts, after):
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW_CUT, str(after)],
        stdout=subprocess.PIPE,
        env={**os.environ, "JANUS_HOME": str(get_settings().home)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"here\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()

    release = cut_release("2022.1")

    assert len(release.tables) == TABLES
    assert verify_release("2022.1").passed
    assert marts.query("select count(*) from ops.releases") == [(1,)]
    assert marts.query(
        "select count(*) from pg_class where relnamespace = 'release_2022_1'::regnamespace"
        " and relkind = 'r'"
    ) == [(TABLES,)]


def test_a_type_of_ones_own_making_is_refused(marts):
    marts.query("create type marts.mood as enum ('good', 'bad')")
    marts.query("create table marts.dim_moods (mood marts.mood)")

    with pytest.raises(ReleaseError, match=r"marts\.dim_moods\.mood is marts\.mood"):
        cut_release("2022.1")


def test_temporary_tables_of_a_dbt_run_are_left_out(marts):
    marts.query("create table marts.dim_donors__dbt_tmp (a int)")

    assert "dim_donors__dbt_tmp" not in cut_release("2022.1").tables
