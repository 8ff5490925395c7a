"""The frame around work in a task: what fails for good, what is tried again, which release."""

from types import SimpleNamespace

import pytest
from airflow.sdk.exceptions import AirflowFailException

from janus_warehouse.airflow import work
from janus_warehouse.airflow.releases import NoReleaseNamedError, announced_releases
from janus_warehouse.assets import RELEASE
from janus_warehouse.errors import (
    ContractError,
    DeliveryNotReadyError,
    DeliveryRefusedError,
    NotAvailableError,
)


@pytest.fixture
def notes(monkeypatch):
    """Replace the progress ledger by a list of what is noted."""
    noted = []
    monkeypatch.setattr(work, "_this_task", lambda: "ingest/run/load/0")
    monkeypatch.setattr(
        "janus_warehouse.platform.progress.Progress.step",
        lambda _, step, done, total, state="running": noted.append((step, done, state)),
    )
    return noted


@pytest.mark.parametrize("error", [DeliveryRefusedError, ContractError])
def test_a_fault_of_the_data_is_not_tried_again(notes, error):
    with pytest.raises(AirflowFailException, match="line 7"), work.warehouse_work():
        raise error("expected a date in line 7")


@pytest.mark.parametrize("error", [NotAvailableError, DeliveryNotReadyError])
def test_a_passing_fault_is_left_to_the_retries(notes, error):
    with pytest.raises(error), work.warehouse_work():
        raise error("the server is away")


def test_work_is_noted_from_begin_to_end(notes):
    with work.warehouse_work():
        assert notes == [("ingest/run/load/0", 0, "running")]

    assert notes[-1] == ("ingest/run/load/0", 1, "done")


def test_failed_work_is_noted_as_failed(notes):
    with pytest.raises(AirflowFailException), work.warehouse_work():
        raise DeliveryRefusedError("no")

    assert notes[-1][2] == "failed"


def test_an_error_of_the_database_reaches_the_log_without_its_message(notes, caplog):
    import traceback

    import psycopg

    telltale = "01019912345"
    with pytest.raises(NotAvailableError, match="UniqueViolation") as failed, work.warehouse_work():
        raise psycopg.errors.UniqueViolation(f"Key (value)=({telltale}) already exists.")

    shown = "".join(traceback.format_exception(failed.value)) + caplog.text
    assert telltale not in shown and "UniqueViolation" in caplog.text
    assert notes[-1][2] == "failed"


def test_a_refused_delivery_stops_its_chain_with_the_message_for_its_sender():
    outcome = SimpleNamespace(state="refused", reason="3 of 10 rows break person.valid")

    with pytest.raises(DeliveryRefusedError, match="3 of 10 rows"):
        work.stop_when_refused(outcome)


def test_a_delivery_on_its_way_goes_on():
    work.stop_when_refused(SimpleNamespace(state="loaded", reason=None))


def test_a_named_release_goes_before_an_announced_one():
    events = {RELEASE: [SimpleNamespace(extra={"release_name": "2022.1"})]}

    assert announced_releases({"release_name": "2020.1"}, events) == ["2020.1"]


def test_each_announced_release_is_taken_once_in_order():
    events = {
        RELEASE: [
            SimpleNamespace(extra={"release_name": name}) for name in ("2020.1", "2022.1", "2020.1")
        ]
    }

    assert announced_releases({"release_name": None}, events) == ["2020.1", "2022.1"]


def test_without_a_release_the_run_says_what_to_do():
    with pytest.raises(NoReleaseNamedError, match="cut a release"):
        announced_releases({"release_name": None}, {})


def test_a_delivery_that_waits_for_a_held_one_is_skipped_and_says_why():
    from airflow.sdk.exceptions import AirflowSkipException

    with pytest.raises(AirflowSkipException, match="is held for a decision"):
        work.skip_when_waiting(SimpleNamespace(waits=True, reason="b is held for a decision"))
    work.skip_when_waiting(SimpleNamespace(waits=False, reason=None))


@pytest.fixture
def carried(monkeypatch, notes):
    """Give a function that carries an answer out, and what it did to the delivery."""
    from janus_warehouse import deliveries
    from janus_warehouse.airflow import decisions

    done = []
    monkeypatch.setattr(
        deliveries, "decide",
        lambda delivery_id, **given: done.append(("decide", delivery_id, given)),
    )  # fmt: skip
    monkeypatch.setattr(
        deliveries, "settle",
        lambda delivery_id: done.append(("settle", delivery_id)) or SimpleNamespace(state="x"),
    )  # fmt: skip

    def carry(chosen, reason="half a file", user=None):
        answer = {
            "chosen_options": [chosen], "params_input": {"reason": reason},
            "responded_by_user": user,
        }  # fmt: skip
        decisions.carry_out.function("a-1", answer)
        return done

    return carry


def test_an_answer_is_kept_with_who_gave_it_and_then_settled(carried):
    user = {"id": "7", "name": "Kari"}

    assert carried("Refuse", user=user) == [
        ("decide", "a-1", {"accept": False, "decided_by": "Kari (Airflow)",
                           "reason": "half a file"}),
        ("settle", "a-1"),
    ]  # fmt: skip


def test_an_answer_without_a_reason_is_kept_as_one(carried):
    assert carried("Accept", reason="")[0][2]["reason"] == "none given"


def test_nothing_is_decided_by_silence(carried):
    assert carried("Leave held") == []


def test_an_answer_that_comes_after_another_decision_ends_well(carried, monkeypatch):
    from janus_warehouse import deliveries
    from janus_warehouse.deliveries.decisions import AlreadyDecidedError

    def late(*_, **__):
        raise AlreadyDecidedError("a-1 was refused by decision of Ola")

    monkeypatch.setattr(deliveries, "decide", late)

    assert carried("Accept") == [("settle", "a-1")]


def test_what_is_announced_is_told_on_the_very_asset_that_others_wait_for(notes, monkeypatch):
    from janus_warehouse.airflow import decisions, ingest, ledger
    from janus_warehouse.assets import HELD_DELIVERIES, RAW_REGISTRY_LINKAGES

    noted = []
    monkeypatch.setattr(ledger, "settled_counts", lambda ids: {"accepted": len(ids)})
    monkeypatch.setattr(ledger, "held_unannounced", lambda kind: ["a-1"])
    monkeypatch.setattr(ledger, "note_announced", noted.append)
    raw = RAW_REGISTRY_LINKAGES.name
    told = [
        *ingest.announce.function(["a-1"], raw),
        *decisions.announce_entered.function("a-1", raw),
        *ingest.announce_held.function("registry", HELD_DELIVERIES.name),
    ]

    # Equal names are not enough: without the address Airflow drops what is told.
    assert [event.asset for event in told] == [
        RAW_REGISTRY_LINKAGES, RAW_REGISTRY_LINKAGES, HELD_DELIVERIES,
    ]  # fmt: skip
    assert told[-1].extra == {"delivery_ids": ["a-1"]} and noted == [["a-1"]]


@pytest.mark.parametrize(
    ("events", "asked"),
    [
        pytest.param(["b-2"], ["b-2"], id="what was announced"),
        pytest.param(["c-3"], [], id="decided meanwhile"),
        pytest.param(None, ["a-1", "b-2"], id="by hand: all that is held"),
    ],
)
def test_a_run_asks_about_what_was_announced_and_is_still_held(notes, monkeypatch, events, asked):
    from contextlib import nullcontext

    from janus_warehouse.airflow import decisions
    from janus_warehouse.assets import HELD_DELIVERIES

    monkeypatch.setattr("janus_warehouse.platform.database.connect", lambda role: nullcontext())
    monkeypatch.setattr(
        "janus_warehouse.deliveries.decisions.held_questions",
        lambda _: [SimpleNamespace(delivery_id=name) for name in ("a-1", "b-2")],
    )
    told = events and {HELD_DELIVERIES: [SimpleNamespace(extra={"delivery_ids": events})]}

    assert decisions.find_held_deliveries.function(told) == asked
