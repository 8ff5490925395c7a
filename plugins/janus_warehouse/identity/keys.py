"""Keys that stand for identifiers: the same on every machine that has the secret."""

from typing import Any

import psycopg
from psycopg import sql as pgsql

from janus_warehouse.platform.keyed_hash import keep_key, keyed_hash_sql, keyed_hash_sql_of
from janus_warehouse.platform.settings import get_settings


def keep_donor_key(connection: psycopg.Connection[Any]) -> None:
    """Put the secret where `key_sql` finds it, until the transaction ends."""
    keep_key(connection, get_settings().derived_secret("identity:donor").encode())


def key_sql(system: str | pgsql.Composable, value: pgsql.Composable) -> pgsql.Composed:
    """Return the SQL of the key of an identifier: `D` and 16 hexadecimal digits.

    The key of a donor is the key of the first identifier that the warehouse met.

    Args:
        system: Identifier system, for example `national_number`, or the SQL that gives it.
        value: The identifier. The key is the one that `keep_donor_key` gave this transaction.
    """
    if isinstance(system, str):
        hashed = keyed_hash_sql(system, value)
    else:
        hashed = keyed_hash_sql_of(system, value)
    return pgsql.SQL("'D' || upper(left({}, 16))").format(hashed)
