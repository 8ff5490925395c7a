"""What counts as a linkage, and which keys of a linkage lie in quarantine."""

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    driver = op.get_bind().connection.driver_connection
    assert driver is not None, "Alembic runs on an open connection"
    driver.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
