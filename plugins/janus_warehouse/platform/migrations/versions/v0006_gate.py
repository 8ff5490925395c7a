"""What the gate found about a return, and what the loader may ask for it."""

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    driver = op.get_bind().connection.driver_connection
    assert driver is not None, "Alembic runs on an open connection"
    driver.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
