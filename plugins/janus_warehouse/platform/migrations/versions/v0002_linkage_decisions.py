"""The state `held`, the decisions of people about held deliveries, the figures of linkages."""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    driver = op.get_bind().connection.driver_connection
    assert driver is not None, "Alembic runs on an open connection"
    driver.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
