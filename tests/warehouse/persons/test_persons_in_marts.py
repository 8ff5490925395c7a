"""Marts, release and extract of a bank with a donor entered twice: merged, and taken back."""

import shutil

from tests.preloaded_dbt import without_unit_tests
from tests.warehouse.conftest import take_in_what_waits

from janus_warehouse.extracts import build_extract
from janus_warehouse.identity.history import list_decisions
from janus_warehouse.identity.persons import undo_decision
from janus_warehouse.platform.settings import get_settings
from janus_warehouse.releases import cut_release, verify_release
from janus_warehouse.warehouse import build, is_up_to_date

WITH_DONORS = """
select table_name from information_schema.columns
where table_schema = 'marts' and column_name = 'donor_id' order by 1
"""


def content(warehouse) -> dict[str, dict]:
    """Return every mart as a count of rows by donor."""
    return {
        table: dict(
            warehouse.query(f"select donor_id, count(*) from marts.{table} group by donor_id")
        )
        for (table,) in warehouse.query(WITH_DONORS)
    }


def extracted():
    extract = build_extract("smoking-lung-cancer", "2022.1")
    files = {path.name: path.read_bytes() for path in extract.folder.iterdir()}
    shutil.rmtree(extract.folder)
    return files


def test_a_donor_entered_twice_is_one_after_the_registers_have_told(made_up, made_up_bank):
    warehouse, totals = made_up, made_up_bank.totals
    apart = content(warehouse)
    assert len(apart["dim_donors"]) == totals["donors"] + totals["donors_registered_twice"]
    cut_release("2022.1")
    files = extracted()
    raw = warehouse.query("select * from raw.biobank__draws order by line_number")

    made_up_bank.lay_later(warehouse.landing)
    take_in_what_waits()
    assert not is_up_to_date()
    with without_unit_tests():
        built = build()

    assert "source:ops.person_assignments+" in built.selection.split()
    assert is_up_to_date()
    together = content(warehouse)
    [decision] = list_decisions()
    one, [other] = decision.donor_id, decision.other_donor_ids
    assert len(together["dim_donors"]) == totals["donors"]
    assert not any(other in donors for donors in together.values())
    for table in ("dim_draws", "dim_tubes"):
        assert together[table][one] == apart[table][one] + apart[table][other], table
        assert sum(together[table].values()) == sum(apart[table].values())
        unmoved = {k: v for k, v in apart[table].items() if k not in (one, other)}
        assert unmoved.items() <= together[table].items()
    answers = "fct_survey_answers"
    assert together[answers].get(one, 0) == apart[answers].get(one, 0)
    assert warehouse.query("select * from raw.biobank__draws order by line_number") == raw
    assert not verify_release("2022.1").problems
    assert extracted() == files

    assert warehouse.query(
        "select distinct table_schema from information_schema.columns "
        "where column_name = 'identifier_key' order by 1"
    ) == [("identity",), ("ops",), ("raw",)]

    undo_decision(decision.decision_id, reason="for the test")
    assert not is_up_to_date()
    with without_unit_tests():
        build()

    again = content(warehouse)
    assert len(again["dim_donors"]) == len(apart["dim_donors"])
    for table in ("dim_draws", "dim_tubes", "fct_survey_answers", "fct_measurements"):
        assert again[table] == apart[table], table


def test_no_model_names_the_key_of_an_identifier():
    dbt = get_settings().dbt_project_dir / "models"
    # A unit test gives rows of raw to a model; it makes no column.
    naming = {
        path.relative_to(dbt).parts[:2]
        for path in dbt.rglob("*")
        if path.is_file() and not path.name.endswith("_unit_tests.yml")
        and "identifier_key" in path.read_text(encoding="utf-8")
    }  # fmt: skip
    assert naming == {("_generated", "sources")}, "staging and histories go by the macro"
    for path in (dbt / "_generated" / "staging").rglob("*.yml"):
        assert "identifier_key" not in path.read_text(encoding="utf-8"), "a view must not show it"
