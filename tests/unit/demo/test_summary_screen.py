"""The demo's last screen: what to open, what is red on purpose, and how to stop."""

from io import StringIO

import pytest
from rich.console import Console

from janus_warehouse.demo.answer_key import planted_refusals
from janus_warehouse.demo.summary import Summary, show

DOCUMENT = {
    "deliveries": [], "marts": {"dim_donors": 10}, "releases": [], "extracts": [],
    "checks": {"outcomes": []}, "seconds": {}, "airflow_share": None,
    "planted_refusals": ["lab/other-unit", "registry/cut-short"],
    "addresses": {"Catalogue": "file:///home/catalogue/index.html"},
}  # fmt: skip


def screen(unexpected) -> str:
    out = StringIO()
    show(Summary(DOCUMENT, unexpected), Console(file=out, width=110))
    return out.getvalue()


@pytest.mark.parametrize("unexpected", [[], ["lab/x is not in the ledger"]])
def test_the_screen_always_ends_with_how_to_stop(unexpected):
    assert "`make down` stops them" in screen(unexpected).splitlines()[-1]


def test_the_screen_tells_which_red_runs_are_planted_and_what_to_open():
    shown = screen([])

    assert "2 ingest runs are red in Airflow" in shown
    assert "lab/other-unit and registry/cut-short" in shown
    assert "Catalogue file:///home/catalogue/index.html" in shown


def test_the_screen_tells_what_waits_for_a_person_and_where_to_answer():
    held = {"delivery_id": "r-half", "folder": "registry/half", "state": "held",
            "reason": "cases: 5 fewer", "rows_received": 5, "rows_accepted": 0,
            "rows_quarantined": 0}  # fmt: skip
    out = StringIO()
    show(Summary({**DOCUMENT, "deliveries": [held]}, []), Console(file=out, width=110))

    assert "r-half: cases: 5 fewer" in out.getvalue()
    assert "`janus decide` shows what is asked" in out.getvalue()


def test_the_screen_names_the_largest_marts_and_tells_flags_and_merged_persons():
    marts = {f"fct_{n}": n for n in range(1, 33)}
    out = StringIO()
    document = {**DOCUMENT, "marts": marts, "person_decisions": {"merge": 3},
                "case_flags": {"d": {"a": 2, "b": 1}}}  # fmt: skip
    show(Summary(document, []), Console(file=out, width=300))

    shown = out.getvalue()
    assert "32 with 528 rows, the largest fct_32 32, " in shown and "fct_27" not in shown
    assert "3 flags of 2 rules on cancer cases" in shown
    assert "3 records made one person" in shown
    assert "Flags" not in screen([]) and "Persons" not in screen([])


def test_only_deliveries_made_to_be_refused_are_planted_refusals(tmp_path):
    key = tmp_path / "answer_key.yaml"
    key.write_text(
        "deliveries:\n- {folder: b/2, outcome: refused}\n- {folder: a/1, outcome: accepted}\n"
    )

    assert planted_refusals(key) == ["b/2"]
