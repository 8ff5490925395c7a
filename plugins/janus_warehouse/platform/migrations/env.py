"""Alembic's entry: one connection as administrator, one transaction for all revisions."""

import sqlalchemy as sa
from alembic import context

from janus_warehouse.platform.database import Role, sqlalchemy_url

engine = sa.create_engine(sqlalchemy_url(Role.admin), hide_parameters=True, poolclass=sa.NullPool)
with engine.begin() as connection:
    # dbt and releases own the other schemas; the version table is ours.
    connection.execute(sa.text("create schema if not exists ops"))
    context.configure(connection=connection, version_table_schema="ops")
    with context.begin_transaction():
        context.run_migrations()
