"""The shape of the DAGs: what runs for each delivery, what starts what, and on which news."""

from itertools import pairwise

import pytest

INGEST = {
    "ingest_sample_inventory": "raw_sample_inventory",
    "ingest_registry_linkages": "raw_registry_linkages",
    "ingest_survey_variables": "raw_survey_variables",
    "ingest_assay_results": "raw_assay_results",
}
HOLDS = {"ingest_registry_linkages", "ingest_survey_variables"}
"""The DAGs whose deliveries can be held for a person."""

BY_FILE = {"ingest_assay_results"}
"""The DAGs whose deliveries can have native files that are staged before, a task for each."""

CHAIN = ["load_delivery", "check_delivery", "settle_delivery"]


def waits_for(dag) -> set[str]:
    """Return the names of the assets whose news starts a DAG."""
    return names_in(getattr(dag.timetable, "asset_condition", None))


def names_in(condition) -> set[str]:
    """Return the names of all assets in a condition such as `AssetAny(first, second)`."""
    if condition is None:
        return set()
    if parts := getattr(condition, "objects", None):
        return set().union(*(names_in(part) for part in parts))
    return {condition.name}


def announces(dag) -> set[str]:
    """Return the names of the assets that a DAG announces."""
    return {outlet.name for task in dag.tasks for outlet in task.outlets}


@pytest.mark.parametrize("dag_id", INGEST)
def test_each_delivery_has_one_chain_of_its_own(dag_bag, dag_id):
    dag = dag_bag.dags[dag_id]
    chain = [dag.get_task(f"take_delivery.{name}") for name in CHAIN]

    for earlier, later in pairwise(chain):
        assert later.task_id in earlier.downstream_task_ids
    groups = [task.get_closest_mapped_task_group() for task in chain]
    assert [group.group_id for group in groups] == ["take_delivery"] * len(CHAIN)
    assert {task.task_id for task in dag.tasks} == {
        "find_deliveries", "announce", *(task.task_id for task in chain),
        *(["announce_held"] if dag_id in HOLDS else []),
        *(["find_files", "stage_file"] if dag_id in BY_FILE else []),
    }  # fmt: skip


@pytest.mark.parametrize("dag_id", INGEST)
def test_a_mapped_task_carries_the_name_of_its_delivery(dag_bag, dag_id):
    dag = dag_bag.dags[dag_id]

    for name in CHAIN:
        task = dag.get_task(f"take_delivery.{name}")
        assert "delivery_id" in task.map_index_template
        # The template reads keyword arguments, so it must have been passed by keyword.
        assert "delivery_id" in task.op_kwargs


def test_each_native_file_is_one_task_before_the_chains_and_few_run_at_once(dag_bag):
    dag = dag_bag.dags["ingest_assay_results"]
    found, staged = dag.get_task("find_files"), dag.get_task("stage_file")

    assert type(staged).__name__ == "DecoratedMappedOperator"
    assert found.task_id in staged.upstream_task_ids
    assert staged.downstream_task_ids == {"take_delivery.load_delivery"}
    assert staged.max_active_tis_per_dag == 2
    assert "['file']" in staged.map_index_template.split("~")[0], "the file's name comes first"


@pytest.mark.parametrize("dag_id", INGEST)
def test_load_runs_whatever_became_of_the_files_that_were_staged(dag_bag, dag_id):
    # Of most deliveries there is none, which Airflow calls skipped.
    assert dag_bag.dags[dag_id].get_task("take_delivery.load_delivery").trigger_rule == "all_done"


@pytest.mark.parametrize(("dag_id", "asset"), INGEST.items(), ids=list(INGEST))
def test_news_is_announced_whatever_became_of_each_delivery(dag_bag, dag_id, asset):
    announce = dag_bag.dags[dag_id].get_task("announce")

    assert announce.trigger_rule == "all_done_setup_success"
    assert [outlet.name for outlet in announce.outlets] == [asset]
    # As a teardown it does not decide the colour of the run: a refusal shows red.
    assert announce.is_teardown and not announce.on_failure_fail_dagrun


def test_a_held_linkage_is_announced_apart_and_starts_the_question(dag_bag):
    told = dag_bag.dags["ingest_registry_linkages"].get_task("announce_held")

    assert [outlet.name for outlet in told.outlets] == ["held_deliveries"]
    # It must be told whatever else of the run was refused, and does not decide its colour.
    assert told.is_teardown and not told.on_failure_fail_dagrun
    assert waits_for(dag_bag.dags["decide_linkages"]) == {"held_deliveries"}


def test_each_held_delivery_is_one_question_whose_answer_is_carried_out(dag_bag):
    dag = dag_bag.dags["decide_linkages"]
    chain = [
        dag.get_task(f"decide_delivery.{name}") for name in ("ask", "carry_out", "announce_entered")
    ]

    for earlier, later in pairwise(chain):
        assert later.task_id in earlier.downstream_task_ids
    # Each in a chain of its own: one answer does not wait for another.
    groups = {task.get_closest_mapped_task_group().group_id for task in chain}
    assert groups == {"decide_delivery"}
    ask = chain[0]
    assert ask.task_type == "HITLOperator"
    assert ask.options == ["Accept", "Refuse", "Leave held"]
    assert ask.defaults == ["Leave held"], "nothing is decided by silence"
    assert announces(dag) == {"raw_registry_linkages"}


def test_others_are_taken_in_after_the_inventory(dag_bag):
    for dag_id in set(INGEST) - {"ingest_sample_inventory"}:
        assert waits_for(dag_bag.dags[dag_id]) == {"raw_sample_inventory"}


def test_any_news_in_raw_starts_a_build(dag_bag):
    assert waits_for(dag_bag.dags["build_warehouse"]) == set(INGEST.values())
    condition = dag_bag.dags["build_warehouse"].timetable.asset_condition
    assert type(condition).__name__ == "AssetAny"


@pytest.mark.parametrize("dag_id", ["publish_catalogue", "deliver_extracts"])
def test_a_release_starts_what_is_made_from_it(dag_bag, dag_id):
    assert announces(dag_bag.dags["cut_release"]) == {"release"}
    assert waits_for(dag_bag.dags[dag_id]) == {"release"}


def test_a_release_is_cut_by_hand_only(dag_bag):
    dag = dag_bag.dags["cut_release"]

    assert waits_for(dag) == set()
    assert not dag.timetable.can_be_scheduled
    assert not dag.params.get_param("release_name").has_value, "nobody is asked to guess a name"


def test_every_announced_asset_is_waited_for_or_is_an_end(dag_bag):
    announced = set().union(*(announces(dag) for dag in dag_bag.dags.values()))
    awaited = set().union(*(waits_for(dag) for dag in dag_bag.dags.values()))

    assert awaited <= announced, "nobody announces what a DAG waits for"
    assert announced - awaited == {"marts"}
