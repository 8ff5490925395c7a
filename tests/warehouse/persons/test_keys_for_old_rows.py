"""The migration on a warehouse full of data: keys where they can be known, and nothing lost."""

import os

import psycopg
import pytest
from records import A, B, C

from janus_warehouse.contracts.sync import sync_contracts
from janus_warehouse.identity.persons import merge_persons
from janus_warehouse.platform import database
from janus_warehouse.platform.settings import get_settings

OLD_TABLES = """
create table raw.biobank__donors (
    delivery_id text not null, collection_id text not null, line_number bigint not null,
    donor_id text not null, sex_code text
);
create table raw.biobank__tubes (
    delivery_id text not null, collection_id text not null, line_number bigint not null,
    tube_barcode text
);
insert into identity.donors (donor_id, registered_by, registered_at) values
('D1', 'old', '2020-01-01'), ('D2', 'old', '2021-01-01');
"""


@pytest.fixture
def full(server, tmp_path, monkeypatch):
    """Give the connection address of a warehouse from before there were keys, with rows in it."""
    name = f"before_keys_{os.getpid()}"
    url = f"{server.rsplit('/', 1)[0]}/{name}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"drop database if exists {name} with (force)")
        admin.execute(f"create database {name}")
    monkeypatch.setenv("JANUS_DATABASE_URL", url)
    monkeypatch.setenv("JANUS_HOME", str(tmp_path))
    monkeypatch.setenv("JANUS_SECRET_KEY", "a key for tests only")
    get_settings.cache_clear()
    database.migrate("0001")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(OLD_TABLES)
        for number, donor in ((A, "D1"), (B, "D2"), (C, "D2")):
            connection.execute(
                "insert into identity.identifiers (system, value, donor_id, delivery_id) "
                "values ('national_number', %s, %s, 'old')", [number, donor],
            )  # fmt: skip
            connection.execute(
                "insert into raw.biobank__donors values ('old', 'janus', 2, %s, '1')", [donor]
            )
        connection.execute("insert into raw.biobank__tubes values ('old', 'janus', 2, '17')")
    yield url
    get_settings.cache_clear()
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"drop database if exists {name} with (force)")


def asked(url: str, statement: str) -> list[tuple]:
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(statement).fetchall()


def test_a_row_gets_the_key_of_the_only_number_it_can_have_come_by(full):
    database.migrate()

    keys = dict(asked(full, "select value, identifier_key from identity.identifiers"))
    assert len(set(keys.values())) == 3 and all(key.startswith("D") for key in keys.values())
    found = asked(full, "select donor_id, identifier_key from raw.biobank__donors order by 1, 2")
    # D2 has two numbers: nobody knows by which of them its rows came.
    assert found == [("D1", keys[A]), ("D2", None), ("D2", None)]
    assert asked(full, "select * from raw.biobank__tubes") == [("old", "janus", 2, "17")]


def test_keys_are_those_that_the_loader_gives(full, warehouse):
    from records import donor_line, enter_donors, key_of

    enter_donors(warehouse, donor_line(1, A))
    given = key_of(warehouse, A)
    os.environ["JANUS_DATABASE_URL"] = full
    get_settings.cache_clear()
    database.migrate()

    assert asked(full, f"select identifier_key from identity.identifiers where value = '{A}'") == [
        (given,)
    ]


def test_a_row_without_a_key_follows_its_donor(full):
    database.migrate()
    sync_contracts()

    merge_persons(["D1", "D2"], reason="letter 2023/114")

    today = (
        "select coalesce(a.donor_id, r.donor_id) from raw.biobank__donors as r "
        "left join ops.person_assignments as a "
        "on a.identifier_key = coalesce(r.identifier_key, r.donor_id)"
    )
    assert asked(full, today) == [("D1",)] * 3
