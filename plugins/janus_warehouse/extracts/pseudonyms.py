"""Pseudonyms: HMAC-SHA256 of a key under the project's own secret, computed by the database.

The secret of a project is derived from the secret key of the installation and the project's id.
The same donor has the same pseudonym in every extract of one project, and unrelated ones in two
projects, which therefore cannot be joined.

HMAC is SHA-256 twice around a padded key (RFC 2104), so the built-in `sha256()` is enough and a
whole cohort is done in one statement. The two padded keys go to the server as bound parameters
and stand in a temporary table, never in the text of a statement.

A pseudonym is 24 letters from a to p: 96 bits of the HMAC. Of a million donors two share one with
a probability below 10^-17. It has no digit, so that nothing in an extract can be taken for an
identity number.

Source:
    RFC 2104, HMAC: Keyed-Hashing for Message Authentication.
"""

import hashlib
import hmac
from typing import Any

import psycopg
from psycopg import sql

from janus_warehouse.platform.settings import get_settings

LETTERS = 24
BLOCK_BYTES = 64
"""The block of SHA-256, to which HMAC pads its key."""

KEY_TABLE = "pseudonym_keys"
_HEX, _ALPHABET = "0123456789abcdef", "abcdefghijklmnop"


def project_secret(project_id: str) -> bytes:
    """Return the 32-byte secret of a project."""
    return bytes.fromhex(get_settings().derived_secret(f"pseudonyms:{project_id}"))


def key_pads(secret: bytes) -> tuple[bytes, bytes]:
    """Return the inner and outer padded key of HMAC-SHA256."""
    if len(secret) > BLOCK_BYTES:
        secret = hashlib.sha256(secret).digest()
    key = secret.ljust(BLOCK_BYTES, b"\0")
    return bytes(byte ^ 0x36 for byte in key), bytes(byte ^ 0x5C for byte in key)


def pseudonym(secret: bytes, kind: str, value: str) -> str:
    """Return the pseudonym of one key; `kind` is the column it comes from.

    The database computes the same with `pseudonym_sql`.
    """
    digest = hmac.new(secret, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()
    return digest[:LETTERS].translate(str.maketrans(_HEX, _ALPHABET))


def prepare(connection: psycopg.Connection[Any], secret: bytes) -> None:
    """Put the padded keys where `pseudonym_sql` finds them, until the transaction ends."""
    connection.execute(
        f"create temporary table {KEY_TABLE} (inner_pad bytea, outer_pad bytea) on commit drop"
    )
    connection.execute(f"insert into {KEY_TABLE} values (%s, %s)", list(key_pads(secret)))


def pseudonym_sql(kind: str, value: sql.Composable) -> sql.Composed:
    """Return the SQL of the pseudonym of `value`; null stays null."""
    return sql.SQL(
        "translate(left(encode(sha256((select outer_pad from pg_temp.{keys}) || "
        "sha256((select inner_pad from pg_temp.{keys}) || convert_to({kind} || ({value})::text, "
        "'UTF8'))), 'hex'), {letters}), {digits}, {alphabet})"
    ).format(
        keys=sql.Identifier(KEY_TABLE),
        kind=sql.Literal(f"{kind}:"),
        value=value,
        letters=sql.Literal(LETTERS),
        digits=sql.Literal(_HEX),
        alphabet=sql.Literal(_ALPHABET),
    )
