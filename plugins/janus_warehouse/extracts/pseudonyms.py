"""Pseudonyms: HMAC-SHA256 of a key under the project's own secret, computed by the database.

The secret of a project is derived from the secret key of the installation and the project's id.
The same donor has the same pseudonym in every extract of one project, and unrelated ones in two
projects, which therefore cannot be joined.

A pseudonym is 24 letters from a to p: 96 bits of the HMAC. Of a million donors two share one with
a probability below 10^-17. It has no digit, so that nothing in an extract can be taken for an
identity number.
"""

import hashlib
import hmac

from psycopg import sql

from janus_warehouse.platform.keyed_hash import keyed_hash_sql
from janus_warehouse.platform.settings import get_settings

LETTERS = 24
_HEX, _ALPHABET = "0123456789abcdef", "abcdefghijklmnop"


def project_secret(project_id: str) -> bytes:
    """Return the 32-byte secret of a project."""
    return bytes.fromhex(get_settings().derived_secret(f"pseudonyms:{project_id}"))


def pseudonym(secret: bytes, kind: str, value: str) -> str:
    """Return the pseudonym of one key; `kind` is the column it comes from.

    The database computes the same with `pseudonym_sql`.
    """
    digest = hmac.new(secret, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()
    return digest[:LETTERS].translate(str.maketrans(_HEX, _ALPHABET))


def pseudonym_sql(kind: str, value: sql.Composable) -> sql.Composed:
    """Return the SQL of the pseudonym of `value`; null stays null.

    The project's secret is the key that `keyed_hash.keep_key` was given in this transaction.
    """
    return sql.SQL("translate(left({digest}, {letters}), {digits}, {alphabet})").format(
        digest=keyed_hash_sql(kind, value),
        letters=sql.Literal(LETTERS),
        digits=sql.Literal(_HEX),
        alphabet=sql.Literal(_ALPHABET),
    )
