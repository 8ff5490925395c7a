"""Decisions of people about held deliveries: asked with figures, answered once, kept for good."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

from janus_warehouse.deliveries import ledger
from janus_warehouse.errors import WarehouseError
from janus_warehouse.identity.conditions import require_plain
from janus_warehouse.platform.database import Role, connect
from janus_warehouse.platform.settings import get_settings


class NotHeldError(WarehouseError):
    """A delivery that does not wait for a decision was decided about."""


class AlreadyDecidedError(NotHeldError):
    """Somebody else decided about the delivery first."""


@dataclass(frozen=True)
class Decision:
    """One row of `ops.decisions`."""

    decision_id: int
    delivery_id: str
    question: str
    is_accepted: bool
    decided_by: str
    decided_at: datetime
    reason: str

    def told(self) -> str:
        """Return the decision in a sentence, as the sender reads it."""
        word = "accepted" if self.is_accepted else "refused"
        return (
            f"{word} by decision of {self.decided_by} on {self.decided_at:%Y-%m-%d %H:%M}: "
            f"{self.reason}"
        )


@dataclass(frozen=True)
class Question:
    """A held delivery: what is asked about it."""

    delivery_id: str
    source: str
    collection_id: str
    as_of: date
    rows_received: int
    reason: str


_STANDING = """
select decision_id, delivery_id, question, is_accepted, decided_by, decided_at, reason
from ops.decisions as decisions
where
    delivery_id = %s
    and not exists (
        select 1 from ops.delivery_events as events
        where
            events.delivery_id = decisions.delivery_id
            and events.state = 'refused' and events.at > decisions.decided_at
    )
order by decision_id desc
limit 1
"""
_HELD = """
select delivery_id, source, collection_id, as_of, rows_received, reason
from ops.deliveries where state = 'held' order by as_of, delivery_id
"""
_INSERT = """
insert into ops.decisions (delivery_id, question, figures, is_accepted, decided_by, reason)
values (%s, %s, %s, %s, %s, %s)
"""


def standing_decision(connection: psycopg.Connection, delivery_id: str) -> Decision | None:
    """Return the decision that holds for a delivery, if somebody has decided.

    It holds for the content, also when the landed rows were lost and loaded again. A refusal
    that was carried out is spent: a delivery that is tried again is asked about again.
    """
    with connection.cursor(row_factory=class_row(Decision)) as cursor:
        return cursor.execute(_STANDING, [delivery_id]).fetchone()


def decide(
    delivery_id: str, *, accept: bool, reason: str, decided_by: str | None = None
) -> Decision:
    """Keep a person's decision about a held delivery, and return it; settling carries it out.

    Args:
        delivery_id: A delivery in state `held`.
        accept: Whether it may enter.
        reason: Why, in the words of who decides; its sender reads it.
        decided_by: Who decides; by default the user of this process.

    Raises:
        NotHeldError: The delivery does not wait for a decision.
        AlreadyDecidedError: Somebody has decided about it.
        UnknownDeliveryError: The ledger has no such delivery.
        WarehouseError: The reason is empty, or holds what looks like a number of a person.
    """
    require_plain(reason)
    who = decided_by or get_settings().actor
    with connect(Role.loader) as connection:
        # Whoever comes second waits here, and then finds the decision.
        delivery = ledger.get(connection, delivery_id, for_update=True)
        made = standing_decision(connection, delivery_id)
        if made is not None:
            raise AlreadyDecidedError(f"{delivery_id} was {made.told()}")
        if delivery.state != "held":
            raise NotHeldError(
                f"{delivery_id} is {delivery.state} and does not wait for a decision; "
                "`janus decide` lists what does"
            )
        question = delivery.reason or ""
        figures = json.dumps(_figures_asked(connection, delivery_id))
        connection.execute(_INSERT, [delivery_id, question, figures, accept, who, reason.strip()])
        detail = json.dumps({"question": question, "accept": accept, "reason": reason.strip()})
        connection.execute(
            "insert into ops.audit (actor, action, subject, detail) values (%s, %s, %s, %s)",
            [who, "delivery decided", delivery_id, detail],
        )
        decision = standing_decision(connection, delivery_id)
    assert decision is not None
    return decision


def held_questions(connection: psycopg.Connection) -> list[Question]:
    """Return the deliveries that wait for a decision, oldest picture first."""
    with connection.cursor(row_factory=class_row(Question)) as cursor:
        found = cursor.execute(_HELD).fetchall()
    return [q for q in found if standing_decision(connection, q.delivery_id) is None]


def to_do(connection: psycopg.Connection, kind: str | None = None) -> list[ledger.Delivery]:
    """Return the unsettled deliveries that there is something to do about, oldest picture first.

    A held one waits for a person; it is among them again when somebody has decided.
    """
    asked = {question.delivery_id for question in held_questions(connection)}
    return [d for d in ledger.unsettled(connection, kind) if d.delivery_id not in asked]


def _figures_asked(connection: psycopg.Connection, delivery_id: str) -> list[dict[str, Any]]:
    """Return the figures that the question stood on, as they were noted when it was asked."""
    row = connection.execute(
        "select detail -> 'figures' from ops.delivery_events "
        "where delivery_id = %s and state = 'held' and detail ? 'figures' "
        "order by event_id desc limit 1",
        [delivery_id],
    ).fetchone()
    return list(row[0]) if row and row[0] else []
