"""What changed from one release to another, counted by primary key."""

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from janus_warehouse.platform.database import Role, connect
from janus_warehouse.releases.following import OnProgress
from janus_warehouse.releases.hashing import row_digest
from janus_warehouse.releases.ledger import find_release
from janus_warehouse.releases.manifest import Release, Table

_COMPARE_KEYS = """
select
    count(*) filter (where o.digest is null),
    count(*) filter (where n.digest is null),
    count(*) filter (where o.digest <> n.digest)
from (select {key}, {digest} as digest from {old} as t) as o
full outer join (select {key}, {digest} as digest from {new} as t) as n using ({key})
"""

_COMPARE_WHOLE_ROWS = """
select
    coalesce(sum(greatest(coalesce(n.copies, 0) - coalesce(o.copies, 0), 0)), 0)::bigint,
    coalesce(sum(greatest(coalesce(o.copies, 0) - coalesce(n.copies, 0), 0)), 0)::bigint,
    0
from (select {digest} as digest, count(*) as copies from {old} as t group by digest) as o
full outer join (
    select {digest} as digest, count(*) as copies from {new} as t group by digest
) as n using (digest)
"""


@dataclass(frozen=True)
class TableDifference:
    """How one table differs: rows of the new release that are added, removed or changed.

    A row is changed when its key is in both releases and a column that both have differs.
    """

    table: str
    status: str
    rows_added: int = 0
    rows_removed: int = 0
    rows_changed: int = 0
    columns_added: tuple[str, ...] = ()
    columns_removed: tuple[str, ...] = ()


def diff_releases(
    old_name: str, new_name: str, *, on_progress: OnProgress | None = None
) -> list[TableDifference]:
    """Return how each table of two releases differs, by name, then what they pin of the lake.

    `status` is `same`, `changed`, `added` or `removed`. Tables with equal hashes are not read.

    Raises:
        UnknownReleaseError: One of the releases was never cut.
    """
    report = on_progress or (lambda table, done, total: None)
    old, new = find_release(old_name), find_release(new_name)
    names = sorted(set(old.tables) | set(new.tables))
    differences = []
    with connect(Role.reader) as connection:
        for done, name in enumerate(names):
            report(name, done, len(names))
            differences.append(_difference(connection, old, new, name))
    report("", len(names), len(names))
    platforms = sorted(set(old.lake) | set(new.lake))
    return differences + [_lake_difference(old, new, platform) for platform in platforms]


def _difference(
    connection: psycopg.Connection[Any], old: Release, new: Release, name: str
) -> TableDifference:
    before, after = old.tables.get(name), new.tables.get(name)
    if before is None:
        return TableDifference(name, "added", rows_added=new.tables[name].rows)
    if after is None:
        return TableDifference(name, "removed", rows_removed=before.rows)
    if before.sha256 == after.sha256:
        return TableDifference(name, "same")
    added, removed, changed = _count_rows(connection, old, new, before, after)
    types_before = {column.name: column.type for column in before.columns}
    types_after = {column.name: column.type for column in after.columns}
    return TableDifference(
        name,
        "changed",
        rows_added=added,
        rows_removed=removed,
        rows_changed=changed,
        columns_added=tuple(sorted(types_after.keys() - types_before.keys())),
        columns_removed=tuple(sorted(types_before.keys() - types_after.keys())),
    )


def _lake_difference(old: Release, new: Release, platform: str) -> TableDifference:
    """Return how what two releases pin of a table of the lake differs, counted by delivery.

    The cells of a delivery never change; other ones under its id are a return that was entered
    again, in a lake that had lost it.
    """
    before, after = (
        {append.delivery_id: append for append in release.lake[platform].appends}
        if platform in release.lake else {}
        for release in (old, new)
    )  # fmt: skip
    status = "added" if not before else "removed" if not after else "changed"
    return TableDifference(
        f"assay.{platform}",
        "same" if before == after else status,
        rows_added=sum(after[name].rows for name in after.keys() - before.keys()),
        rows_removed=sum(before[name].rows for name in before.keys() - after.keys()),
        rows_changed=sum(
            after[name].rows for name in after.keys() & before.keys() if after[name] != before[name]
        ),
    )


def _count_rows(
    connection: psycopg.Connection[Any], old: Release, new: Release, before: Table, after: Table
) -> tuple[int, int, int]:
    common = sorted(set(before.column_names) & set(after.column_names))
    # Without a key, or with another key than before, a changed row is one removed and one added.
    keyed = before.primary_key and before.primary_key == after.primary_key
    query = sql.SQL(_COMPARE_KEYS if keyed else _COMPARE_WHOLE_ROWS).format(
        key=sql.SQL(", ").join(map(sql.Identifier, before.primary_key)),
        digest=row_digest(common),
        old=sql.Identifier(old.schema, before.name),
        new=sql.Identifier(new.schema, after.name),
    )
    counted = connection.execute(query).fetchone()
    assert counted is not None
    return counted[0], counted[1], counted[2]
