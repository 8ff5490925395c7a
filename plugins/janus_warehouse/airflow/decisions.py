"""The tasks of `decide_linkages`: ask a person about each held delivery, carry the answer out."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Asset, Metadata, Param, task

ACCEPT, REFUSE, LEAVE = "Accept", "Refuse", "Leave held"
PATIENCE = timedelta(days=14)
"""After this long without an answer the delivery is left held; a run by hand asks again."""

REASON = "reason"
NO_REASON = "none given"


def ask_and_carry_out(raw: Asset) -> None:
    """Add the tasks: find what is held, ask about each, carry the answers out, announce.

    Args:
        raw: The asset to announce when a delivery has entered.
    """
    held = find_held_deliveries()
    questions = write_questions(held)  # type: ignore[arg-type]
    asked = HITLOperator.partial(
        task_id="ask",
        options=[ACCEPT, REFUSE, LEAVE],
        defaults=LEAVE,
        response_timeout=PATIENCE,
        params={REASON: Param("", type="string", description="why, in a sentence")},
        map_index_template="{{ task.subject }}",
    ).expand_kwargs(questions)
    carried = carry_out.expand(answered=held.zip(asked.output))
    announced = announce_decided.override(outlets=[raw])(held, raw.name)  # type: ignore[arg-type]
    carried >> announced.as_teardown()


@task
def find_held_deliveries(triggering_asset_events: Any = None) -> list[str]:
    """Return the deliveries to ask about: those announced, or all that are held."""
    from janus_warehouse.airflow.work import warehouse_work
    from janus_warehouse.assets import HELD_DELIVERIES

    with warehouse_work():
        from janus_warehouse.deliveries.decisions import held_questions
        from janus_warehouse.platform.database import Role, connect

        with connect(Role.loader) as connection:
            held = [question.delivery_id for question in held_questions(connection)]
    events = (triggering_asset_events or {}).get(HELD_DELIVERIES, [])
    announced = {name for event in events for name in event.extra["delivery_ids"]}
    return [name for name in held if name in announced] if announced else held


@task
def write_questions(delivery_ids: list[str]) -> list[dict[str, str]]:
    """Return subject and body of each question: figures and the way to the report, no value."""
    from janus_warehouse.airflow.work import warehouse_work

    with warehouse_work():
        from janus_warehouse.deliveries import ledger
        from janus_warehouse.linkages.asking import question_body
        from janus_warehouse.platform.database import Role, connect

        with connect(Role.loader) as connection:
            return [
                {"subject": name, "body": question_body(ledger.get(connection, name))}
                for name in delivery_ids
            ]


@task(map_index_template="{{ task.op_kwargs['answered'][0] }}")
def carry_out(answered: tuple[str, dict[str, Any]]) -> None:
    """Keep the decision with the name of who answered, and settle the delivery."""
    from janus_warehouse.airflow.work import log, warehouse_work

    delivery_id, answer = answered
    chosen = answer["chosen_options"][0]
    if chosen == LEAVE:
        log.info("%s stays held", delivery_id)
        return
    with warehouse_work():
        from janus_warehouse.deliveries import decide, settle
        from janus_warehouse.deliveries.decisions import NotHeldError

        try:
            decide(
                delivery_id, accept=chosen == ACCEPT, decided_by=_responder(answer),
                reason=str((answer["params_input"] or {}).get(REASON) or NO_REASON),
            )  # fmt: skip
        except NotHeldError as error:
            # Somebody decided elsewhere, a correction has replaced it, or this is a retry.
            log.info("nothing to decide: %s", error)
        # A person's refusal is what was asked for: the task has done its work.
        log.info("%s is %s", delivery_id, settle(delivery_id).state)


def _responder(answer: dict[str, Any]) -> str:
    user = answer.get("responded_by_user") or {}
    return f"{user.get('name') or user.get('id') or 'nobody named'} (Airflow)"


@task
def announce_decided(delivery_ids: list[str], raw: str) -> Iterator[Metadata]:
    """Announce what has entered by decision, with its counts and nothing else."""
    from airflow.sdk.exceptions import AirflowSkipException

    from janus_warehouse.airflow.ledger import settled_counts

    counts = settled_counts(delivery_ids)
    if not counts.get("accepted"):
        raise AirflowSkipException("nothing has entered")
    yield Metadata(Asset(raw), {**counts})
