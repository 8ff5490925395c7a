"""The tasks that the four ingest DAGs share; only the kind of source differs."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from airflow.sdk import Asset, Metadata, task, task_group

from janus_warehouse.assets import asset_named

INFRASTRUCTURE_FAULTS = {"retries": 3, "retry_delay": timedelta(seconds=15)}
"""Default arguments of every DAG: tried again is what may pass by itself (see work.py)."""

ONE_DELIVERY = "{{ task.op_kwargs['delivery_id'] }}"
"""In the user interface a mapped task carries the name of its delivery, not a number."""

ONE_FILE = "{{ (task.op_kwargs['file'] ~ ' of ' ~ task.op_kwargs['delivery_id'])[:250] }}"
"""The name of the file first; Airflow keeps 250 characters."""

FILES_AT_ONCE = 2
"""Each takes two threads, and memory: 1.2 GiB for one file of 64 million counts (measured)."""

MOST_FILES = 1000
"""Airflow maps at most 1,024; what is beyond is staged by load, one file after the other."""


def ingest_deliveries(
    kind: str, raw: Asset, held: Asset | None = None, *, by_file: bool = False
) -> None:
    """Add the tasks of an ingest DAG: find deliveries, take each through the door, announce.

    Every delivery has its own chain of tasks, so that a bad one stops itself only. Tasks pass
    delivery ids; the ledger knows the rest.

    Args:
        kind: Which sources: `inventory`, `registry`, `survey` or `assay`.
        raw: The asset to announce, once a run, with the counts of the run.
        held: The asset that tells of deliveries held for a person, where there can be any.
        by_file: Whether native files of wide returns are staged before, a task for each. A task
            cannot be mapped within a chain that is mapped itself, so the files of all deliveries
            come before the first chain.
    """
    found = find_deliveries(kind)
    taken = take_delivery.expand(delivery_id=found)
    if by_file:
        stage_file.expand_kwargs(find_files(found)) >> taken  # type: ignore[arg-type]
    announced = announce.override(outlets=[raw])(found, raw.name)  # type: ignore[arg-type]
    # A teardown runs whatever happened before it, and the run's colour does not depend on it:
    # a refused delivery turns the run red, and what was accepted is announced all the same.
    taken >> announced.as_teardown()
    if held is not None:
        told = announce_held.override(outlets=[held])(kind, held.name)  # type: ignore[arg-type]
        taken >> told.as_teardown()


@task
def find_deliveries(kind: str) -> list[str]:
    """Return the deliveries of a kind that wait to be settled."""
    from janus_warehouse.airflow.work import warehouse_work

    with warehouse_work():
        from janus_warehouse import deliveries

        return deliveries.find_deliveries(kind)


@task
def find_files(delivery_ids: list[str]) -> list[dict[str, str]]:
    """Return delivery and name of each native file whose cells go to the lake: no value."""
    from janus_warehouse.airflow.work import log, warehouse_work

    with warehouse_work():
        from janus_warehouse.assays.lake.by_file import files_to_stage

        files = files_to_stage(delivery_ids)
    if len(files) > MOST_FILES:
        log.warning("%s files; load stages what is beyond %s", len(files), MOST_FILES)
    return files[:MOST_FILES]


@task(map_index_template=ONE_FILE, max_active_tis_per_dag=FILES_AT_ONCE)
def stage_file(delivery_id: str, file: str) -> None:
    """Bring the cells of one native file to where load looks for them."""
    from janus_warehouse.airflow.work import warehouse_work

    with warehouse_work():
        from janus_warehouse.assays.lake.by_file import stage_native_file

        stage_native_file(delivery_id, file)


@task_group
def take_delivery(delivery_id: str) -> None:
    """Take one delivery from the landing zone to accepted or refused."""
    # By keyword: the template of the task's name reads the keyword arguments.
    loaded = load_delivery(delivery_id=delivery_id)
    checked = check_delivery(delivery_id=delivery_id)
    loaded >> checked >> settle_delivery(delivery_id=delivery_id)


# Whatever became of the files that were staged before: load stages what is not, and it is load
# that refuses a file which cannot be read. Without a list of deliveries there is no chain at all.
@task(map_index_template=ONE_DELIVERY, trigger_rule="all_done")
def load_delivery(delivery_id: str) -> None:
    """Verify the delivery and copy its files into the landing tables."""
    from janus_warehouse.airflow.work import stop_when_refused, warehouse_work

    with warehouse_work():
        from janus_warehouse.deliveries import load

        stop_when_refused(load(delivery_id))


@task(map_index_template=ONE_DELIVERY)
def check_delivery(delivery_id: str) -> None:
    """Find every row that breaks a rule of the contract."""
    from janus_warehouse.airflow.work import skip_when_waiting, stop_when_refused, warehouse_work

    with warehouse_work():
        from janus_warehouse.deliveries import check

        outcome = check(delivery_id)
        stop_when_refused(outcome)
    skip_when_waiting(outcome)


@task(map_index_template=ONE_DELIVERY)
def settle_delivery(delivery_id: str) -> None:
    """Accept the good rows and quarantine the others, or refuse or hold the whole delivery.

    A held delivery ends its chain well: a person is asked by `decide_linkages`.
    """
    from janus_warehouse.airflow.work import (
        log,
        skip_when_waiting,
        stop_when_refused,
        warehouse_work,
    )

    with warehouse_work():
        from janus_warehouse.deliveries import settle

        outcome = settle(delivery_id)
        stop_when_refused(outcome)
    skip_when_waiting(outcome)
    if outcome.is_held:
        log.warning("%s is held for a decision: %s", delivery_id, outcome.reason)


@task
def announce(delivery_ids: list[str], raw: str) -> Iterator[Metadata]:
    """Announce what this run took in, with its counts and nothing else."""
    from airflow.sdk.exceptions import AirflowSkipException

    from janus_warehouse.airflow.ledger import settled_counts

    if not delivery_ids:
        raise AirflowSkipException("no delivery was waiting")
    yield Metadata(asset_named(raw), {**settled_counts(delivery_ids)})


@task
def announce_held(kind: str, held: str) -> Iterator[Metadata]:
    """Announce the deliveries that wait for a person and that nobody was asked about yet.

    One that another DAG's run brought so far, because its own deliveries lean on it, is among
    them.
    """
    from airflow.sdk.exceptions import AirflowSkipException

    from janus_warehouse.airflow.ledger import held_unannounced, note_announced

    delivery_ids: list[Any] = [*held_unannounced(kind)]
    if not delivery_ids:
        raise AirflowSkipException("nothing new is held")
    yield Metadata(asset_named(held), {"delivery_ids": delivery_ids})
    note_announced(delivery_ids)
