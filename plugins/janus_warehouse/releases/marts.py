"""What the database itself says about the tables of a schema: columns, comments, keys."""

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from janus_warehouse.releases.errors import ReleaseError
from janus_warehouse.releases.manifest import Column

LOAD_TIME_COLUMNS = frozenset({"loaded_at", "built_at", "received_at", "recorded_at", "updated_at"})
"""When a row was written is not part of what it says; a release leaves these columns out, because
the same deliveries built again would differ in them. The ledgers keep the times."""

_TABLES = """
select c.relname, coalesce(obj_description(c.oid, 'pg_class'), '')
from pg_class as c
where c.relnamespace = to_regnamespace(%s) and c.relkind in ('r', 'p', 'v')
    and c.relname not like '%%\\_\\_dbt\\_%%'
order by c.relname collate "C"
"""

_COLUMNS = """
select
    c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
    coalesce(col_description(c.oid, a.attnum), ''), not a.attnotnull,
    coalesce(array_position(k.conkey, a.attnum), 0), t.typnamespace = 'pg_catalog'::regnamespace
from pg_class as c
inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
inner join pg_type as t on t.oid = a.atttypid
left join pg_constraint as k on k.conrelid = c.oid and k.contype = 'p'
where c.relnamespace = to_regnamespace(%s) and c.relname = any(%s)
order by c.relname, a.attnum
"""


@dataclass(frozen=True)
class TableShape:
    """A table as it is in the database, without its rows."""

    name: str
    description: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]


def read_shapes(connection: psycopg.Connection[Any], schema: str) -> dict[str, TableShape]:
    """Return the tables and views of a schema by name, columns in their order in the table.

    Temporary tables of a dbt run and columns that tell the time of loading are left out.

    Raises:
        ReleaseError: A column has a type of somebody's own making, whose binary form may differ
            between servers.
    """
    tables = dict(connection.execute(_TABLES, [schema]).fetchall())
    columns: dict[str, list[Column]] = {name: [] for name in tables}
    keys: dict[str, list[tuple[int, str]]] = {name: [] for name in tables}
    own_types = []
    for row in connection.execute(_COLUMNS, [schema, list(tables)]):
        table, name, type_name, description, nullable, key_position, is_builtin = row
        if name in LOAD_TIME_COLUMNS:
            continue
        columns[table].append(Column(name, type_name, description, nullable))
        if key_position:
            keys[table].append((key_position, name))
        if not is_builtin:
            own_types.append(f"{schema}.{table}.{name} is {type_name}")
    if own_types:
        raise ReleaseError(
            "expected columns of PostgreSQL's own types, found " + ", ".join(own_types) + ": cast "
            "them in the model"
        )
    return {
        name: TableShape(
            name, tables[name], tuple(columns[name]), tuple(key for _, key in sorted(keys[name]))
        )
        for name in tables
    }


def lock_against_change(
    connection: psycopg.Connection[Any], schema: str, tables: dict[str, TableShape]
) -> None:
    """Keep everybody from writing or replacing the tables until the transaction ends."""
    for name in tables:
        connection.execute(
            sql.SQL("lock table {} in share mode").format(sql.Identifier(schema, name))
        )
