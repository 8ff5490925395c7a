"""The tasks of `decide_linkages`: ask a person about each held delivery, carry the answer out."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Asset, Metadata, Param, task, task_group

from janus_warehouse.airflow.ingest import ONE_DELIVERY
from janus_warehouse.airflow.questions import ACCEPT, LEAVE, REASON, REFUSE, close_questions
from janus_warehouse.assets import HELD_DELIVERIES, asset_named

PATIENCE = timedelta(days=14)
"""After this long without an answer the delivery is left held; a run by hand asks again."""
NO_REASON = "none given"


def ask_and_carry_out(raw: Asset) -> None:
    """Add the tasks: find what is held; for each delivery ask, carry the answer out, announce.

    Every delivery has a chain of its own, so that one answer does not wait for another.

    Args:
        raw: The asset to announce when a delivery has entered.
    """
    questions = write_questions(find_held_deliveries())  # type: ignore[arg-type]

    @task_group
    def decide_delivery(delivery_id: str, body: str) -> None:
        asked = HITLOperator(
            task_id="ask",
            subject=delivery_id,
            body=body,
            options=[ACCEPT, REFUSE, LEAVE],
            defaults=LEAVE,
            response_timeout=PATIENCE,
            params={REASON: Param("", type="string", description="why, in a sentence")},
            map_index_template="{{ task.subject }}",
        )
        carried = carry_out(delivery_id=delivery_id, answer=asked.output)  # type: ignore[arg-type]
        announced = announce_entered.override(outlets=[raw])
        carried >> announced(delivery_id=delivery_id, raw=raw.name)

    decide_delivery.expand_kwargs(questions)


@task
def find_held_deliveries(triggering_asset_events: Any = None) -> list[str]:
    """Return the deliveries to ask about: those announced, or all that are held."""
    from janus_warehouse.airflow.work import warehouse_work

    with warehouse_work():
        from janus_warehouse.deliveries.decisions import held_questions
        from janus_warehouse.platform.database import Role, connect

        with connect(Role.loader) as connection:
            held = [question.delivery_id for question in held_questions(connection)]
    events = (triggering_asset_events or {}).get(HELD_DELIVERIES, [])
    announced = {name for event in events for name in (event.extra or {}).get("delivery_ids", [])}
    return [name for name in held if name in announced] if announced else held


@task
def write_questions(delivery_ids: list[str]) -> list[dict[str, str]]:
    """Return delivery and body of each question: figures and the way to the report, no value."""
    from janus_warehouse.airflow.work import warehouse_work

    with warehouse_work():
        from janus_warehouse.deliveries import ledger
        from janus_warehouse.linkages.asking import question_body
        from janus_warehouse.platform.database import Role, connect

        with connect(Role.loader) as connection:
            return [
                {"delivery_id": name, "body": question_body(ledger.get(connection, name))}
                for name in delivery_ids
            ]


@task(map_index_template=ONE_DELIVERY)
def carry_out(delivery_id: str, answer: dict[str, Any]) -> None:
    """Keep the decision with the name of who answered, and settle the delivery."""
    from janus_warehouse.airflow.work import log, warehouse_work

    chosen = answer["chosen_options"][0]
    if chosen == LEAVE:
        log.info("%s stays held", delivery_id)
        return
    reason = str((answer["params_input"] or {}).get(REASON) or NO_REASON)
    is_accepted = chosen == ACCEPT
    with warehouse_work():
        from janus_warehouse.deliveries import decide, settle
        from janus_warehouse.deliveries.decisions import NotHeldError

        try:
            decide(delivery_id, accept=is_accepted, decided_by=_responder(answer), reason=reason)
        except NotHeldError as error:
            # Somebody decided elsewhere, a correction has replaced it, or this is a retry.
            log.info("nothing to decide: %s", error)
        # A person's refusal is what was asked for: the task has done its work.
        log.info("%s is %s", delivery_id, settle(delivery_id).state)
        close_questions(delivery_id, accepted=is_accepted, reason=reason)


def _responder(answer: dict[str, Any]) -> str:
    user = answer.get("responded_by_user") or {}
    return f"{user.get('name') or user.get('id') or 'nobody named'} (Airflow)"


@task(map_index_template=ONE_DELIVERY)
def announce_entered(delivery_id: str, raw: str) -> Iterator[Metadata]:
    """Announce a delivery that has entered by decision, with its counts and nothing else."""
    from airflow.sdk.exceptions import AirflowSkipException

    from janus_warehouse.airflow.ledger import settled_counts

    counts = settled_counts([delivery_id])
    if not counts.get("accepted"):
        raise AirflowSkipException("nothing has entered")
    yield Metadata(asset_named(raw), {**counts})
