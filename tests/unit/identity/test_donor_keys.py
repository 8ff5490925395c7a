"""The key of a donor is made without telling the database's log the secret behind it."""

from psycopg import sql

from janus_warehouse.identity.keys import key_sql
from janus_warehouse.platform.keyed_hash import keep_key, key_pads


class Recorder:
    """A connection that keeps the statements and gives no answer."""

    def __init__(self):
        self.statements: list[str] = []

    def execute(self, statement: str, parameters=None):
        self.statements.append(statement)


def test_no_statement_holds_the_secret():
    connection = Recorder()
    keep_key(connection, b"a key for tests only")
    connection.statements.append(key_sql("national_number", sql.SQL("t.n")).as_string(None))

    told = "\n".join(connection.statements)
    assert "insert into" in told and "sha256" in told
    assert not any(pad.hex() in told for pad in key_pads(b"a key for tests only"))
    assert "a key for tests only" not in told
