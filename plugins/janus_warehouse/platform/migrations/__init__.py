"""Alembic migrations of the schemas that are not dbt's."""
