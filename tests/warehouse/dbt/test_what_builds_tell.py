"""What a build says and writes down: no values, and no check that silently did not run."""

import pytest

from janus_warehouse.warehouse.ledger import missing_checks
from janus_warehouse.warehouse.process import BuildEvent, without_values

MANIFEST = {
    "nodes": {
        "model.janus.dim_donors": {"resource_type": "model", "name": "dim_donors"},
        "test.janus.one": {"resource_type": "test", "name": "one"},
        "test.janus.two": {"resource_type": "test", "name": "two"},
    },
    "unit_tests": {"unit_test.janus.dim_donors.three": {"name": "three"}},
}
ALL_TESTS = ["test.janus.one", "test.janus.two", "unit_test.janus.dim_donors.three"]


@pytest.mark.parametrize(
    ("message", "told"),
    [
        pytest.param(
            'Database Error in model x (x.sql)\n  duplicate key value violates "x_pkey"\n'
            "  DETAIL:  Key (donor_id)=(D0123) already exists.\n  compiled code at /home/a/x.sql",
            'Database Error in model x (x.sql)\n  duplicate key value violates "x_pkey"',
            id="a key",
        ),
        pytest.param(
            'null value in column "sex_code" violates not-null constraint\n'
            "DETAIL:  Failing row contains (janus, D0123, null).",
            'null value in column "sex_code" violates not-null constraint',
            id="a failing row",
        ),
        pytest.param(
            'invalid input syntax for type date: "01018012345"\nLINE 3: from x',
            'invalid input syntax for type date: "…"',
            id="a value that does not read",
        ),
        pytest.param("", "", id="nothing"),
    ],
)
def test_database_messages_are_told_without_values(message, told):
    assert without_values(message) == told


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
