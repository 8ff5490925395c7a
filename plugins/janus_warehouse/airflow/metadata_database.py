"""Airflow's own database: made on the warehouse's server, and brought to Airflow's version."""

import subprocess
import sys
from importlib.metadata import version

import psycopg
from psycopg import sql

from janus_warehouse.airflow.environment import (
    DATABASE,
    ROLE,
    airflow_environment,
    airflow_home,
    database_password,
    database_url,
    logs_folder,
)
from janus_warehouse.errors import NotAvailableError
from janus_warehouse.platform.database import Role, connect


def ensure_metadata_database() -> None:
    """Create Airflow's role and database where they lack, and migrate its tables.

    Raises:
        NotAvailableError: The migration failed; the message ends with its last lines.
    """
    _ensure_role_and_database()
    stamp = airflow_home() / "schema_version"
    wanted = version("apache-airflow-core")
    current = f"{wanted} {schema_revision()}"
    if stamp.exists() and stamp.read_text() == current:
        return
    _migrate()
    stamp.write_text(f"{wanted} {schema_revision()}")


def schema_revision() -> str | None:
    """Return the revision of Airflow's tables, or None where there are none yet."""
    address = database_url().replace("postgresql+psycopg2://", "postgresql://", 1)
    with psycopg.connect(address) as connection:
        known = connection.execute("select to_regclass('public.alembic_version')").fetchone()
        if known is None or known[0] is None:
            return None
        row = connection.execute("select version_num from alembic_version").fetchone()
        return row[0] if row else None


def _ensure_role_and_database() -> None:
    with connect(Role.admin, autocommit=True) as connection:
        role = sql.Identifier(ROLE)
        known = connection.execute("select 1 from pg_roles where rolname = %s", [ROLE])
        if known.fetchone() is None:
            connection.execute(sql.SQL("create role {} login").format(role))
        connection.execute(
            sql.SQL("alter role {} login password {}").format(
                role, sql.Literal(database_password())
            )
        )
        known = connection.execute("select 1 from pg_database where datname = %s", [DATABASE])
        if known.fetchone() is None:
            # The administrator of a managed server is no superuser and must be in the role.
            connection.execute(sql.SQL("grant {} to current_user").format(role))
            connection.execute(
                sql.SQL("create database {} owner {}").format(sql.Identifier(DATABASE), role)
            )


def _migrate() -> None:
    log = logs_folder() / "migrate.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        done = subprocess.run(
            [sys.executable, "-m", "airflow", "db", "migrate"],
            env=airflow_environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    if done.returncode != 0:
        raise NotAvailableError(
            f"Airflow's database could not be migrated (exit status {done.returncode}); the end "
            f"of {log}:\n{log.read_text()[-1500:]}"
        )
