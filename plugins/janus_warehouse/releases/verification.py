"""Proof that a release is what its manifest says: every hash computed again."""

from dataclasses import dataclass, field
from typing import Any

import psycopg

from janus_warehouse.platform.database import Role, connect
from janus_warehouse.releases.following import OnProgress
from janus_warehouse.releases.hashing import hash_rows
from janus_warehouse.releases.ledger import find_release
from janus_warehouse.releases.manifest import Release, Table, manifest_sha256
from janus_warehouse.releases.marts import TableShape, read_shapes


@dataclass(frozen=True)
class Verification:
    """What a verification looked at and what it found wrong; empty `problems` means nothing."""

    release_name: str
    tables: int
    rows: int
    problems: dict[str, str] = field(default_factory=dict)
    lake_rows: int = 0

    @property
    def passed(self) -> bool:
        return not self.problems


def verify_release(name: str, *, on_progress: OnProgress | None = None) -> Verification:
    """Return whether a release still is what it was when it was cut.

    Raises:
        InvalidReleaseNameError: The name is no release name.
        UnknownReleaseError: No such release was cut.
    """
    report = on_progress or (lambda table, done, total: None)
    release = find_release(name)
    problems: dict[str, str] = {}
    if manifest_sha256(release.manifest) != release.manifest_sha256:
        problems["manifest"] = "the manifest in ops.releases is not the one that was written"
    rows = 0
    with connect(Role.reader) as connection:
        connection.execute("set transaction isolation level repeatable read, read only")
        shapes = read_shapes(connection, release.schema)
        for extra in sorted(set(shapes) - set(release.tables)):
            problems[extra] = "is in the schema, but not in the manifest"
        for done, table in enumerate(release.tables.values()):
            report(table.name, done, len(release.tables))
            found, problem = _verify_table(connection, release, table, shapes.get(table.name))
            rows += found
            if problem:
                problems[table.name] = problem
    if release.lake:
        # Who pins nothing of the lake does not wait for its libraries.
        from janus_warehouse.releases.lake import lake_problems

        report("lake", len(release.tables), len(release.tables))
        problems |= lake_problems(release)
    report("", len(release.tables), len(release.tables))
    lake_rows = sum(pinned.rows for pinned in release.lake.values())
    return Verification(name, len(release.tables), rows, problems, lake_rows)


def _verify_table(
    connection: psycopg.Connection[Any], release: Release, table: Table, shape: TableShape | None
) -> tuple[int, str | None]:
    if shape is None:
        return 0, "is missing"
    expected = {(column.name, column.type) for column in table.columns}
    found = {(column.name, column.type) for column in shape.columns}
    if expected != found:
        names = ", ".join(sorted({name for name, _ in expected ^ found}))
        return 0, f"has other columns than the manifest says: {names}"
    rows, digest = hash_rows(connection, release.schema, table.name, table.columns)
    if rows != table.rows:
        return rows, f"expected {table.rows:,} rows, found {rows:,}"
    if digest != table.sha256:
        return rows, f"has its {rows:,} rows, but the content of at least one has changed"
    return rows, None
