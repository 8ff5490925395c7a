"""The audit: only who sees every row of it may add one."""

from pathlib import Path

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    driver = op.get_bind().connection.driver_connection
    assert driver is not None, "Alembic runs on an open connection"
    driver.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
