"""Cutting a release: the marts copied into a schema of their own that nobody can write to.

Of the lake nothing is copied: the release names the snapshot, the deliveries and the files.

Everything happens in one transaction. A run that is killed leaves nothing, and a release is
either wholly there, with its manifest, or not at all.
"""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from janus_warehouse.platform.database import Role, connect
from janus_warehouse.platform.locks import AdvisoryLock
from janus_warehouse.platform.settings import get_settings
from janus_warehouse.releases.appends import appends_of, differing_platforms
from janus_warehouse.releases.builds import Build, deliveries_of, last_build
from janus_warehouse.releases.definitions import read_definitions
from janus_warehouse.releases.errors import ReleaseDiffersError, ReleaseError
from janus_warehouse.releases.following import OnProgress, followed
from janus_warehouse.releases.hashing import hash_rows
from janus_warehouse.releases.ledger import read_release
from janus_warehouse.releases.manifest import Release, Table, manifest_sha256
from janus_warehouse.releases.marts import TableShape, lock_against_change, read_shapes
from janus_warehouse.releases.names import schema_name
from janus_warehouse.releases.population import population_facts

logger = logging.getLogger(__name__)

MARTS = "marts"
READERS = (Role.extractor, Role.publisher, Role.reader)

_FREEZE_FUNCTION = """
create function {schema}.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'release % is frozen: a correction is a new release', {name}
        using errcode = 'object_not_in_prerequisite_state';
end $$
"""


def cut_release(
    name: str, *, code_version: str | None = None, on_progress: OnProgress | None = None
) -> Release:
    """Return the release `name`, frozen from the marts of the last build.

    Asking again for a release whose content equals the marts changes nothing and returns the
    release that exists.

    Args:
        name: Year and number, such as `2022.1`.
        code_version: The code that made the marts; by default what the build wrote down.
        on_progress: Told about each table.

    Raises:
        InvalidReleaseNameError: The name is no release name.
        BuildNotReadyError: There is no build, it failed, or it is still running.
        ReleaseDiffersError: The name is taken by a release with other content.
        ReleaseError: There is nothing to freeze, or a schema is in the way.
    """
    schema_name(name)
    with (
        followed(f"release {name}", "freeze", Role.admin, on_progress) as report,
        connect(Role.admin) as connection,
    ):
        # One cut at a time; without a limit on a lock, a build that runs is waited for.
        connection.execute("select pg_advisory_xact_lock(%s)", [AdvisoryLock.release])
        shapes = _locked_marts(connection)
        build = last_build(connection)
        existing = read_release(connection, name)
        if existing is not None:
            return _unchanged(connection, existing, shapes, build, report)
        tables = _freeze(connection, name, shapes, report)
        manifest = _manifest(connection, name, build, code_version, tables)
        _record(connection, manifest)
    release = Release.from_manifest(manifest, manifest_sha256(manifest))
    logger.info("release %s: %d tables, %d rows", name, len(tables), release.rows)
    return release


def _locked_marts(connection: psycopg.Connection[Any]) -> dict[str, TableShape]:
    # Looked at again under the locks: a build may have put a new table in place meanwhile.
    lock_against_change(connection, MARTS, read_shapes(connection, MARTS))
    shapes = read_shapes(connection, MARTS)
    if not shapes:
        raise ReleaseError("expected tables in schema marts, found none: run `janus build`")
    return shapes


def _freeze(
    connection: psycopg.Connection[Any],
    name: str,
    shapes: dict[str, TableShape],
    report: OnProgress,
) -> dict[str, Table]:
    schema = schema_name(name)
    _create_schema(connection, schema, name)
    tables = {}
    for done, shape in enumerate(shapes.values()):
        report(shape.name, done, len(shapes))
        for statement in _copy_statements(schema, shape):
            connection.execute(statement)
        rows, digest = hash_rows(connection, schema, shape.name, shape.columns)
        tables[shape.name] = Table(
            shape.name, rows, digest, shape.primary_key, shape.columns, shape.description
        )
    _close(connection, schema)
    report("", len(shapes), len(shapes))
    return tables


def _create_schema(connection: psycopg.Connection[Any], schema: str, name: str) -> None:
    found = connection.execute("select to_regnamespace(%s) is not null", [schema]).fetchone()
    if found and found[0]:
        raise ReleaseError(
            f"schema {schema} exists, but ops.releases knows no release {name}: somebody made it "
            "by hand; look what it holds, then drop it and cut again"
        )
    schema_id = sql.Identifier(schema)
    connection.execute(sql.SQL("create schema {}").format(schema_id))
    connection.execute(sql.SQL(_FREEZE_FUNCTION).format(schema=schema_id, name=sql.Literal(name)))


def _copy_statements(schema: str, shape: TableShape) -> Iterator[sql.Composed]:
    """Yield the statements that make the frozen copy of one mart."""
    target = sql.Identifier(schema, shape.name)
    columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in shape.columns)
    key = sql.SQL(", ").join(sql.Identifier(column) for column in shape.primary_key)
    # In the order of the key: neighbours are read together, and nothing tells the order of loading.
    order = sql.SQL(" order by {}").format(key) if shape.primary_key else sql.SQL("")
    yield sql.SQL("create table {} as select {} from {}{}").format(
        target, columns, sql.Identifier(MARTS, shape.name), order
    )
    constraints = [
        sql.SQL("alter column {} set not null").format(sql.Identifier(column.name))
        for column in shape.columns
        if not column.nullable
    ]
    if shape.primary_key:
        constraints.append(sql.SQL("add primary key ({})").format(key))
    if constraints:
        changes = sql.SQL(", ").join(constraints)
        yield sql.SQL("alter table {} {}").format(target, changes)
    yield _comment(sql.SQL("table {}").format(target), shape.description)
    for column in shape.columns:
        where = sql.Identifier(schema, shape.name, column.name)
        yield _comment(sql.SQL("column {}").format(where), column.description)
    yield sql.SQL(
        "create trigger frozen before insert or update or delete or truncate on {} "
        "for each statement execute function {}()"
    ).format(target, sql.Identifier(schema, "refuse_change"))
    yield sql.SQL("analyze {}").format(target)


def _comment(subject: sql.Composed, text: str) -> sql.Composed:
    return sql.SQL("comment on {} is {}").format(subject, sql.Literal(text or None))


def _close(connection: psycopg.Connection[Any], schema: str) -> None:
    """Let the readers read, and nobody do anything else.

    The tables belong to the administrator, who cannot be refused a right; the trigger on each
    table refuses the administrator's writes as well.
    """
    schema_id = sql.Identifier(schema)
    everybody = sql.SQL(", ").join(
        [sql.SQL("public")]
        + [sql.Identifier(role.database_role) for role in Role if role is not Role.admin]
    )
    readers = sql.SQL(", ").join(sql.Identifier(role.database_role) for role in READERS)
    for statement in (
        "revoke all on schema {schema} from {everybody}",
        "revoke all on all tables in schema {schema} from {everybody}",
        "revoke all on all functions in schema {schema} from {everybody}",
        "grant usage on schema {schema} to {readers}",
        "grant select on all tables in schema {schema} to {readers}",
    ):
        connection.execute(
            sql.SQL(statement).format(schema=schema_id, everybody=everybody, readers=readers)
        )


def _manifest(
    connection: psycopg.Connection[Any],
    name: str,
    build: Build,
    code_version: str | None,
    tables: dict[str, Table],
) -> dict[str, Any]:
    return {
        "release_name": name,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "code_version": code_version or build.code_version,
        "build_id": build.build_id,
        "deliveries": deliveries_of(connection, build),
        "tables": {table.name: table.as_json() for table in tables.values()},
        "definitions": read_definitions(get_settings().metadata_dir),
        **population_facts(connection, schema_name(name), tables),
        **_lake(connection, build),
    }


def _lake(connection: psycopg.Connection[Any], build: Build) -> dict[str, Any]:
    """Return what the manifest says of the lake; empty when the build has no wide results."""
    appends = appends_of(connection, build)
    if not appends:
        return {}
    # Who has no wide results does not wait for the lake's libraries.
    from janus_warehouse.releases.lake import pin_lake

    pinned = pin_lake(appends)
    return {
        "lake": {platform: table.content_as_json() for platform, table in pinned.items()},
        "lake_places": {platform: table.place_as_json() for platform, table in pinned.items()},
    }


def _record(connection: psycopg.Connection[Any], manifest: dict[str, Any]) -> None:
    digest = manifest_sha256(manifest)
    name = manifest["release_name"]
    connection.execute(
        "insert into ops.releases (release_name, build_id, code_version, created_at, manifest, "
        "manifest_sha256) values (%s, %s, %s, %s, %s, %s)",
        [
            name,
            manifest["build_id"],
            manifest["code_version"],
            manifest["created_at"],
            Jsonb(manifest),
            digest,
        ],
    )
    connection.execute(
        "insert into ops.audit (actor, action, subject, detail) values (%s, %s, %s, %s)",
        [get_settings().actor, "cut release", name, Jsonb({"manifest_sha256": digest})],
    )


def _unchanged(
    connection: psycopg.Connection[Any],
    release: Release,
    shapes: dict[str, TableShape],
    build: Build,
    report: OnProgress,
) -> Release:
    """Return the release that exists, provided the marts still say what it says."""
    differing = sorted(set(shapes) ^ set(release.tables))
    for done, shape in enumerate(shapes.values()):
        report(shape.name, done, len(shapes))
        if (frozen := release.tables.get(shape.name)) is not None:
            found = hash_rows(connection, MARTS, shape.name, shape.columns)
            if found != (frozen.rows, frozen.sha256):
                differing.append(shape.name)
    report("", len(shapes), len(shapes))
    if deliveries_of(connection, build) != list(release.deliveries):
        differing.append("the list of deliveries")
    differing += differing_platforms(release, appends_of(connection, build))
    if differing:
        year, number = release.name.split(".")
        raise ReleaseDiffersError(
            f"release {release.name} exists, and the marts differ from it in "
            f"{len(differing)} of its parts ({', '.join(differing)}): a release never changes; cut "
            f"the marts under a new name, such as {year}.{int(number) + 1}"
        )
    logger.info("release %s exists with the same content; nothing to do", release.name)
    return release
