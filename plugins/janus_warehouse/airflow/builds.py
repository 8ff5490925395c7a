"""When the warehouse is built, and what the build tells Airflow."""

import logging
from typing import Any

log = logging.getLogger(__name__)


def is_time_to_build(run_type: str) -> bool:
    """Tell whether a build should start now.

    A build by hand always starts. One that an announcement started waits for the deliveries
    that are still on their way, because each of them will be announced as well; so builds do
    not pile up while a whole linkage arrives. With nothing new there is nothing to build.
    """
    from janus_warehouse.airflow.ledger import any_in_flight

    if run_type == "manual":
        return True
    if not has_news():
        log.info("nothing to build: every accepted delivery is in the last good build")
        return False
    if run_type == "asset_triggered" and any_in_flight():
        log.info("not yet: deliveries are on their way, and will be announced")
        return False
    return True


def has_news() -> bool:
    """Tell whether anything was accepted, withdrawn or changed since the last good build."""
    from janus_warehouse.platform.database import Role, connect
    from janus_warehouse.warehouse import is_up_to_date

    with connect(Role.transformer) as connection:
        row = connection.execute(
            "select exists (select from ops.deliveries where state = 'accepted')"
        ).fetchone()
    # Before the first delivery there is nothing to build, however new the code is.
    return bool(row and row[0]) and not is_up_to_date()


def build_marts() -> dict[str, Any]:
    """Build the marts in one dbt process, log each model and test, and return the counts."""
    from janus_warehouse.airflow.work import warehouse_work

    with warehouse_work():
        from janus_warehouse.warehouse import build

        result = build(on_event=lambda event: log.info("%s", event))
    return {"build_id": result.build_id, "models_built": result.models_built}
