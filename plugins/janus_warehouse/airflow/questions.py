"""Questions about held deliveries that stand open in Airflow: closed when there is an answer."""

from janus_warehouse.airflow import stack
from janus_warehouse.airflow.rest import AirflowApi
from janus_warehouse.errors import NotAvailableError

DAG_ID = "decide_linkages"
ACCEPT, REFUSE, LEAVE = "Accept", "Refuse", "Leave held"
REASON = "reason"


def close_questions(delivery_id: str, *, accepted: bool, reason: str) -> int | None:
    """Give the questions about a delivery that still stand open its answer; return how many.

    A task that waited finds the decision made and carried out, changes nothing, and announces
    what has entered, so that a build follows also a decision made on the command line.

    Args:
        delivery_id: A delivery that was decided about; its decision is kept and carried out.
        accepted: What was decided.
        reason: Why.

    Returns:
        None when Airflow does not run or does not answer; the question then stands until its time
        is up, and whatever is answered to it changes nothing.
    """
    if not stack.status().health:
        return None
    api, closed = AirflowApi(), 0
    try:
        for question in api.open_questions(DAG_ID):
            # Several runs may ask about one delivery.
            if question["subject"] == delivery_id:
                api.answer(question, ACCEPT if accepted else REFUSE, {REASON: reason})
                closed += 1
    except NotAvailableError:
        return closed or None
    return closed
