"""Questions in Airflow about a delivery that has its answer: closed, as far as Airflow runs."""

from types import SimpleNamespace

import pytest

from janus_warehouse.airflow import questions
from janus_warehouse.airflow.rest import AirflowApi
from janus_warehouse.errors import NotAvailableError


def question(subject: str, place: int) -> dict:
    task = {"dag_id": "decide_linkages", "dag_run_id": "manual__2026+0", "task_id": "g.ask",
            "map_index": place}  # fmt: skip
    return {"subject": subject, "task_instance": task}


@pytest.fixture
def airflow(monkeypatch):
    """Put an Airflow with three open questions in the place of the real one; give its calls."""
    calls = []

    def call(self, method, path, body=None, signed=True):
        calls.append((method, path, body))
        asked = [question("a", 0), question("b", 1), question("a", 2)]
        return {"hitl_details": asked} if method == "GET" else {}

    monkeypatch.setattr(AirflowApi, "_call", call)
    monkeypatch.setattr(AirflowApi, "address", "http://nowhere", raising=False)
    monkeypatch.setattr(
        questions.stack, "status", lambda: SimpleNamespace(health={"scheduler": "healthy"})
    )
    return calls


def test_every_question_about_the_delivery_gets_its_answer_and_no_other(airflow):
    assert questions.close_questions("a", accepted=False, reason="half a file") == 2

    [asked, *answers] = airflow
    assert asked[1].startswith("/api/v2/dags/decide_linkages/dagRuns/~/hitlDetails?")
    assert "response_received=false" in asked[1]
    assert [path.split("taskInstances/")[1] for _, path, _ in answers] == [
        "g.ask/0/hitlDetails", "g.ask/2/hitlDetails",
    ]  # fmt: skip
    assert {repr(body) for _, _, body in answers} == {
        repr({"chosen_options": ["Refuse"], "params_input": {"reason": "half a file"}})
    }


def test_an_accepted_delivery_is_answered_as_accepted(airflow):
    assert questions.close_questions("b", accepted=True, reason="as it is") == 1
    assert airflow[-1][2]["chosen_options"] == ["Accept"]


def test_without_airflow_nobody_is_asked(airflow, monkeypatch):
    monkeypatch.setattr(questions.stack, "status", lambda: SimpleNamespace(health={}))

    assert questions.close_questions("a", accepted=True, reason="as it is") is None
    assert airflow == []


def test_an_airflow_that_does_not_answer_stops_no_decision(airflow, monkeypatch):
    def away(*_, **__):
        raise NotAvailableError("Airflow does not answer")

    monkeypatch.setattr(AirflowApi, "_call", away)

    assert questions.close_questions("a", accepted=True, reason="as it is") is None
