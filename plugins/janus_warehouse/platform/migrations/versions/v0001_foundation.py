"""Roles, schemas, the identity vault and the ledgers."""

from pathlib import Path

from alembic import op
from psycopg import sql

from janus_warehouse.platform.database import Role, role_password

revision = "0001"
down_revision = None


def upgrade() -> None:
    driver = op.get_bind().connection.driver_connection
    assert driver is not None, "Alembic runs on an open connection"
    for role in Role:
        if role is not Role.admin:
            _ensure_role(driver, role)
    driver.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
    driver.execute(_is_valid_function(driver.info.server_version))


def _ensure_role(driver, role: Role) -> None:
    name = sql.Identifier(role.database_role)
    known = driver.execute("select 1 from pg_roles where rolname = %s", [role.database_role])
    if known.fetchone() is None:
        driver.execute(sql.SQL("create role {} login").format(name))
    # A role may be left from another database of the same server: its password follows the key.
    driver.execute(
        sql.SQL("alter role {} password {}").format(name, sql.Literal(role_password(role)))
    )


def _is_valid_function(server_version: int) -> str:
    """Return the DDL of `landing.is_valid(value, type)`: would this text cast to that type?

    PostgreSQL 16 and later answer from C; before, an exception block asks the cast itself,
    which is right and slow.
    """
    head = (
        "create or replace function landing.is_valid(value text, type text) returns boolean "
        "stable strict parallel safe language "
    )
    if server_version >= 160000:
        return head + "sql return pg_input_is_valid(value, type)"
    return (
        head + "plpgsql as $$ begin execute format('select %L::%s', value, type); return true; "
        "exception when data_exception then return false; end $$"
    )
