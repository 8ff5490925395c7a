"""Keyed hashes computed by the database: HMAC-SHA256 with PostgreSQL's own `sha256`.

HMAC is SHA-256 twice around a padded key, so no extension is needed and a whole table is done in
one statement. The padded keys go to the server as bound parameters and stand in a temporary
table: in the text of a statement they would reach the server's log with its first error.

Source:
    RFC 2104, HMAC: Keyed-Hashing for Message Authentication.
"""

import hashlib
from typing import Any

import psycopg
from psycopg import sql

BLOCK_BYTES = 64
"""The block of SHA-256, to which HMAC pads its key."""

_KEYS = "keyed_hash_keys"


def key_pads(secret: bytes) -> tuple[bytes, bytes]:
    """Return the inner and outer padded key of HMAC-SHA256."""
    if len(secret) > BLOCK_BYTES:
        secret = hashlib.sha256(secret).digest()
    key = secret.ljust(BLOCK_BYTES, b"\0")
    return bytes(byte ^ 0x36 for byte in key), bytes(byte ^ 0x5C for byte in key)


def keep_key(connection: psycopg.Connection[Any], secret: bytes) -> None:
    """Put a key where `keyed_hash_sql` finds it, until the transaction ends or the next key."""
    connection.execute(f"drop table if exists pg_temp.{_KEYS}")
    connection.execute(
        f"create temporary table {_KEYS} (inner_pad bytea, outer_pad bytea) on commit drop"
    )
    connection.execute(f"insert into {_KEYS} values (%s, %s)", list(key_pads(secret)))


def keyed_hash_sql(kind: str, value: sql.Composable) -> sql.Composed:
    """Return the SQL of the hash of `<kind>:<value>`, 64 hexadecimal digits; null stays null."""
    return keyed_hash_sql_of(sql.Literal(kind), value)


def keyed_hash_sql_of(kind: sql.Composable, value: sql.Composable) -> sql.Composed:
    """Return the SQL of the hash of `<kind>:<value>` where the kind is SQL as well."""
    return sql.SQL(
        "encode(sha256((select outer_pad from pg_temp.{keys}) || "
        "sha256((select inner_pad from pg_temp.{keys}) || "
        "convert_to({kind} || ':' || ({value})::text, 'UTF8'))), 'hex')"
    ).format(keys=sql.Identifier(_KEYS), kind=kind, value=value)
