"""Connections to the warehouse, one PostgreSQL role for each kind of work.

Roles belong to the whole server, so two warehouses on one server share their names; the
passwords come from the one secret key (`JANUS_SECRET_KEY`).
"""

import functools
from enum import StrEnum
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
import sqlalchemy as sa

from janus_warehouse.errors import NotAvailableError
from janus_warehouse.platform import embedded
from janus_warehouse.platform.locks import AdvisoryLock
from janus_warehouse.platform.settings import get_settings

DATABASE = "janus"


class Role(StrEnum):
    """Who a connection acts as; all but `admin` are PostgreSQL roles named `janus_<role>`."""

    admin = "admin"
    loader = "loader"
    transformer = "transformer"
    extractor = "extractor"
    publisher = "publisher"
    reader = "reader"
    curator = "curator"

    @property
    def database_role(self) -> str:
        return f"janus_{self.value}"


def role_password(role: Role) -> str:
    """Return the password of a role, derived from the installation's key."""
    return get_settings().derived_secret(f"postgres:{role.value}")[:32]


def url(role: Role = Role.admin) -> str:
    """Return the connection address of a role, `postgresql://user:password@host:port/database`."""
    settings = get_settings()
    base = settings.database_url or embedded.info().url(DATABASE)
    if role is Role.admin:
        return base
    parts = urlsplit(base)
    login = f"{role.database_role}:{quote(role_password(role), safe='')}"
    host = parts.netloc.rsplit("@", 1)[-1]
    return urlunsplit(parts._replace(netloc=f"{login}@{host}"))


def sqlalchemy_url(role: Role = Role.admin) -> str:
    """Return the address that SQLAlchemy and Great Expectations take."""
    return url(role).replace("postgresql://", "postgresql+psycopg://", 1)


def connect(role: Role = Role.admin, **options) -> psycopg.Connection:
    """Open a connection as `role`.

    Raises:
        NotAvailableError: No server answers; the message says how to start or name one.
    """
    try:
        return psycopg.connect(url(role), application_name=f"janus {role.value}", **options)
    except FileNotFoundError:
        raise NotAvailableError(
            f"no database has been made in {get_settings().home}: run `janus init`, or check "
            "JANUS_HOME and JANUS_DATABASE_URL"
        ) from None
    except psycopg.OperationalError as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise NotAvailableError(
            f"no database answers as {role.value} ({reason}): start it with `janus up`, or check "
            "JANUS_DATABASE_URL; `janus doctor` tells more"
        ) from None


def engine(role: Role = Role.admin) -> sa.Engine:
    """Return the SQLAlchemy engine of a role; it hides parameters in its errors."""
    return _engine(sqlalchemy_url(role))


@functools.cache
def _engine(address: str) -> sa.Engine:
    return sa.create_engine(address, hide_parameters=True, pool_pre_ping=True)


def ensure_database() -> None:
    """Make the warehouse ready: server started, database there, migrations and contracts applied.

    Safe to call at any time and from several processes at once.
    """
    if get_settings().database_url is None:
        server = embedded.start()
        with psycopg.connect(server.url(), autocommit=True) as connection:
            known = connection.execute("select 1 from pg_database where datname = %s", [DATABASE])
            if known.fetchone() is None:
                connection.execute(f"create database {DATABASE}")
    migrate()


def migrate(revision: str = "head") -> None:
    """Bring the database to a revision of the schema (Alembic), one process at a time."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "janus_warehouse.platform:migrations")
    # A session lock: Alembic's own transaction does not cover roles made twice at once.
    with connect(Role.admin, autocommit=True) as lock:
        lock.execute("select pg_advisory_lock(%s)", [AdvisoryLock.migrations])
        command.upgrade(config, revision)
