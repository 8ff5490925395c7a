"""What the DAGs ask the ledger of deliveries: counts for announcements, and what still moves."""

LATEST_CHANGE_SECONDS = 3600
"""A delivery that did not move for this long holds nothing back any more."""


def settled_counts(delivery_ids: list[str]) -> dict[str, int]:
    """Return how many of these deliveries are in each state, and the sums of their rows."""
    from janus_warehouse.platform.database import Role, connect

    with connect(Role.loader) as connection:
        ledger = connection.execute(
            "select state, count(*), sum(rows_accepted)::bigint, sum(rows_quarantined)::bigint "
            "from ops.deliveries where delivery_id = any(%s) group by state",
            [delivery_ids],
        ).fetchall()
    states = {state: count for state, count, _, _ in ledger}
    accepted, quarantined = sum(row[2] for row in ledger), sum(row[3] for row in ledger)
    return {**states, "rows_accepted": accepted, "rows_quarantined": quarantined}


def any_in_flight() -> bool:
    """Tell whether an unsettled delivery is on its way: its own announcement will follow.

    One that did not move for an hour (its DAG is paused, its load keeps failing, its copy never
    ended) is not on its way.
    """
    from janus_warehouse.platform.database import Role, connect

    with connect(Role.transformer) as connection:
        row = connection.execute(
            """
            select exists (
                select 1
                from ops.deliveries as deliveries
                inner join ops.delivery_events as events
                    on deliveries.delivery_id = events.delivery_id
                where
                    deliveries.settled_at is null
                    -- A person may take days to decide, and what is built does not wait for it.
                    and deliveries.state <> 'held'
                    and events.at > now() - make_interval(secs => %s)
            )
            """,
            [LATEST_CHANGE_SECONDS],
        ).fetchone()
    return bool(row and row[0])


def held_unannounced(kind: str) -> list[str]:
    """Return the deliveries of a kind that wait for a decision and were not announced yet."""
    from janus_warehouse.platform.database import Role, connect

    with connect(Role.loader) as connection:
        rows = connection.execute(
            """
            select deliveries.delivery_id
            from ops.deliveries as deliveries
            where
                deliveries.state = 'held' and deliveries.kind = %s
                and not exists (
                    select 1
                    from ops.delivery_events as announced
                    where
                        announced.delivery_id = deliveries.delivery_id
                        and announced.detail ? 'announced'
                        and announced.event_id > (
                            select max(held.event_id)
                            from ops.delivery_events as held
                            where
                                held.delivery_id = deliveries.delivery_id
                                and held.detail ? 'figures'
                        )
                )
            order by deliveries.as_of, deliveries.delivery_id
            """,
            [kind],
        ).fetchall()
    return [delivery_id for (delivery_id,) in rows]


def note_announced(delivery_ids: list[str]) -> None:
    """Record that somebody is being asked about these deliveries."""
    from janus_warehouse.deliveries.ledger import record_event
    from janus_warehouse.platform.database import Role, connect

    with connect(Role.loader) as connection:
        for delivery_id in delivery_ids:
            record_event(connection, delivery_id, "held", {"announced": "held_deliveries"})
