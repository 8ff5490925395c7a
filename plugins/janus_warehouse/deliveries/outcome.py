"""How a step of the engine ended for a delivery."""

from dataclasses import dataclass, replace

from janus_warehouse.deliveries.ledger import SETTLED, Delivery

ENDS = (*SETTLED, "held")
"""States in which the engine has nothing left to do: it is settled, or a person is asked."""


@dataclass(frozen=True)
class Outcome:
    """Where a delivery stands after a step, with its rows."""

    delivery_id: str
    state: str
    rows_received: int
    rows_accepted: int
    rows_quarantined: int
    rows_refused: int
    reason: str | None = None

    @property
    def is_refused(self) -> bool:
        return self.state == "refused"

    @property
    def is_held(self) -> bool:
        return self.state == "held"

    @property
    def waits(self) -> bool:
        """Whether it stands still because it leans on a delivery that is held."""
        return self.state not in ENDS and self.reason is not None


def outcome_of(delivery: Delivery) -> Outcome:
    """Return the outcome that the ledger tells."""
    return Outcome(
        delivery.delivery_id, delivery.state, delivery.rows_received, delivery.rows_accepted,
        delivery.rows_quarantined, delivery.rows_refused, delivery.reason,
    )  # fmt: skip


def waiting_outcome(delivery: Delivery, held: Delivery) -> Outcome:
    """Return the outcome of a delivery that must wait for a held one."""
    return replace(
        outcome_of(delivery),
        reason=f"{delivery.delivery_id} waits: {held.delivery_id}, which makes its persons or "
        "keys known, is held for a decision. `janus decide` shows the question; when it is "
        "answered, the next ingest goes on",
    )
