"""One hash of all rows of a table, computed by the server in one scan and in constant memory.

Each row is written in PostgreSQL's binary exchange format (`record_send`) and hashed with
SHA-256. The format states the length of every value, so that two different rows never write the
same bytes, tells null from empty, and has no text in it: date style, time zone and float
formatting have no say. The 256 bits of a row are cut into four signed 64-bit numbers, and each of
the four is summed over the rows.

Why a sum: it does not depend on the order in which rows lie or in which parallel workers find
them, so nothing is sorted and nothing is kept. Why not exclusive-or: two equal rows would cancel
out and could come or go unseen. The sums are exact (`sum(bigint)` is `numeric`), and the number
of rows is hashed with them. It guards against accidents and tampering with single rows; it is
not meant to withstand somebody who can choose millions of rows at will.

Columns are taken in the order of their names, so that a reordered but otherwise equal table is
the same table.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import sql

from janus_warehouse.releases.manifest import Column, canonical_json

FORMAT = "janus-rows-1"
"""Hashed with the sums; another way of hashing is another format."""

LANES = (0, 1, 2, 3)
CASTS_BYTES_TO_INTEGERS = 180000
"""PostgreSQL 18 casts eight bytes to a bigint; before, hexadecimal text has to carry them."""


def hash_rows(
    connection: psycopg.Connection[Any], schema: str, table: str, columns: Sequence[Column]
) -> tuple[int, str]:
    """Return the number of rows of a table and the hash of its columns and rows.

    Args:
        connection: Any role that may read the table; its client encoding must be UTF-8.
        schema: Where the table is.
        table: The table.
        columns: The columns that count, in any order.
    """
    ordered = sorted(columns, key=lambda column: column.name)
    query = rows_query(schema, table, ordered, connection.info.server_version)
    counted = connection.execute(query).fetchone()
    assert counted is not None
    rows, *sums = counted
    content = [
        FORMAT,
        [[column.name, column.type] for column in ordered],
        rows,
        [str(total) for total in sums],
    ]
    return rows, hashlib.sha256(canonical_json(content)).hexdigest()


def row_digest(columns: Sequence[str], alias: str = "t") -> sql.Composed:
    """Return the SQL of the 32-byte digest of one row."""
    names = sql.SQL(", ").join(sql.Identifier(alias, name) for name in columns)
    return sql.SQL("sha256(record_send(row({})))").format(names)


def rows_query(
    schema: str, table: str, columns: Sequence[Column], server_version: int
) -> sql.Composed:
    """Return the query that counts the rows of a table and sums the four parts of each digest."""
    names = [column.name for column in columns]
    # OFFSET 0 keeps the planner from computing the digest once for each of the four parts.
    if server_version >= CASTS_BYTES_TO_INTEGERS:
        digest, part, width = sql.SQL("{}"), "substr(digest, {}, 8)::bigint", 8
    else:
        digest, part, width = (
            sql.SQL("encode({}, 'hex')"),
            "('x' || substr(digest, {}, 16))::bit(64)::bigint",
            16,
        )
    sums = sql.SQL(", ").join(
        sql.SQL("coalesce(sum(" + part + "), 0)").format(sql.Literal(lane * width + 1))
        for lane in LANES
    )
    return sql.SQL(
        "select count(*), {sums} from (select {digest} as digest from {table} as t offset 0) as d"
    ).format(
        sums=sums,
        digest=digest.format(row_digest(names)),
        table=sql.Identifier(schema, table),
    )
