"""Accepted rows put straight into `raw`, as the ingest engine would leave them."""

from datetime import date
from typing import Any

import psycopg
from psycopg import sql

_DELIVERY = """
insert into ops.deliveries (delivery_id, source, collection_id, kind, folder, as_of,
    content_sha256, state, rows_received, rows_accepted, settled_at)
values (%(id)s, %(source)s, %(collection)s, 'registry', '', %(as_of)s, %(id)s, 'accepted',
    %(rows)s, %(rows)s, clock_timestamp())
"""

_TABLE = """
insert into ops.delivery_tables (delivery_id, source, table_name, path, contract_version, sha256,
    bytes, rows_declared, rows_received, rows_accepted)
values (%s, %s, %s, '', '1.0.0', '', 0, %s, %s, %s)
"""


class RawRows:
    """Writes deliveries into the ledgers and raw tables of one warehouse."""

    def __init__(self, url: str) -> None:
        self.url = url

    def accept(
        self,
        delivery_id: str,
        source: str,
        tables: dict[str, list[dict[str, Any]]],
        *,
        collection: str = "janus",
        as_of: date = date(2022, 12, 31),
        supersedes: str | None = None,
        returned: dict[str, str] | None = None,
    ) -> None:
        """Enter one accepted delivery with its rows; columns left out are null.

        `returned` is what the form of a laboratory's return says.
        """
        rows = sum(len(content) for content in tables.values())
        with psycopg.connect(self.url) as connection:
            if supersedes:
                connection.execute(
                    "update ops.deliveries set state = 'superseded' where delivery_id = %s",
                    [supersedes],
                )
            known = {"id": delivery_id, "source": source, "collection": collection}
            connection.execute(_DELIVERY, {**known, "as_of": as_of, "rows": rows})
            if returned:
                form = {"delivery_id": delivery_id, **returned}
                self._insert(connection, "returns", form, schema="ops")
            for table, content in tables.items():
                count = len(content)
                connection.execute(_TABLE, [delivery_id, source, table, count, count, count])
                for line, row in enumerate(content, start=2):
                    lineage = {"delivery_id": delivery_id, "collection_id": collection}
                    self._insert(
                        connection, f"{source}__{table}", {**lineage, "line_number": line, **row}
                    )

    @staticmethod
    def _insert(
        connection: psycopg.Connection, table: str, row: dict[str, Any], schema: str = "raw"
    ) -> None:
        connection.execute(
            sql.SQL("insert into {} ({}) values ({})").format(
                sql.Identifier(schema, table),
                sql.SQL(", ").join(map(sql.Identifier, row)),
                sql.SQL(", ").join(sql.Placeholder() * len(row)),
            ),
            list(row.values()),
        )

    def query(self, statement: str, *parameters: Any) -> list[tuple]:
        """Return the rows of a query, asked as administrator."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statement, parameters or None)
            return cursor.fetchall() if cursor.description else []
