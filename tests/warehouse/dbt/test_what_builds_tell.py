"""What a build says and writes down: no values, and no check that silently did not run."""

from janus_warehouse.warehouse.ledger import missing_checks
from janus_warehouse.warehouse.process import BuildEvent

MANIFEST = {
    "nodes": {
        "model.janus.dim_donors": {"resource_type": "model", "name": "dim_donors"},
        "test.janus.one": {"resource_type": "test", "name": "one"},
        "test.janus.two": {"resource_type": "test", "name": "two"},
    },
    "unit_tests": {"unit_test.janus.dim_donors.three": {"name": "three"}},
}
ALL_TESTS = ["test.janus.one", "test.janus.two", "unit_test.janus.dim_donors.three"]


def test_a_declared_check_without_a_result_is_named():
    assert missing_checks(MANIFEST, None, ["test.janus.one"]) == ["three", "two"]


def test_checks_outside_the_selection_are_not_missed():
    selected = {"model.janus.dim_donors", "test.janus.two"}

    assert missing_checks(MANIFEST, selected, []) == ["two"]


def test_a_build_in_which_every_check_ran_misses_none():
    assert missing_checks(MANIFEST, None, ALL_TESTS) == []


def test_an_event_reads_as_one_line():
    event = BuildEvent("dim_donors", "model", "success", 3, 9, 0.52)

    assert str(event) == "[3/9] model dim_donors success in 0.5 s"
