"""What a contract may say of the history of its table; mistakes are told with file and line."""

from pathlib import Path

import pytest

from janus_warehouse.contracts import load_contract, load_contracts
from janus_warehouse.errors import ContractError
from janus_warehouse.warehouse.history_sql import history_files

GOOD = """\
apiVersion: v3.1.0
kind: DataContract
id: janus.registry.events
name: Events
version: 1.0.0
status: active
domain: registry
dataProduct: janus
description: {purpose: For tests.}
customProperties:
  - {property: kind, value: registry}
schema:
  - name: events
    logicalType: object
    physicalName: raw.registry__events
    description: One row per event.
    customProperties:
      - {property: format, value: {kind: csv}}
      - {property: restatement, value: full}
      - {property: person, value: {column: number, system: national_number}}
      - property: history
        value:
          key: [event_id]
          latest: event_date
          tracked:
            - donor_id
            - {name: event_date, sql: "case when event_id > 'a' then event_date end"}
    properties:
      - {name: number, required: true, classification: identifier, description: Whose event.}
      - {name: event_id, description: Which event.}
      - {name: event_date, physicalType: date, description: Day of the event.}
"""

BROKEN = [
    ("unknown key", "key: [event_id]", "key: [evnt_id]", "no column that enters .*: evnt_id"),
    ("identifier", "key: [event_id]", "key: [number]", "no column that enters .*: number"),
    ("unknown tracked", "- donor_id\n", "- donor\n", "no column that enters .*: donor"),
    ("unknown latest", "latest: event_date", "latest: day", "no column that enters .*: day"),
    ("key tracked", "- donor_id\n", "- event_id\n", "history names event_id twice"),
    (
        "tracked twice",
        "- donor_id\n",
        "- donor_id\n            - donor_id\n",
        "history names donor_id twice",
    ),
    ("not restated", "value: full", "value: none", "history needs a table that each delivery rest"),
    ("no key", "key: [event_id]", "key: []", "history.key: Tuple should have at least 1"),
    ("misspelt", "latest:", "lattest:", "history.lattest: Extra inputs"),
    ("two statements", "event_date end", "event_date end; drop", "sql: String should match"),
]


def write(folder: Path, text: str) -> Path:
    path = folder / "expectations" / "janus" / "registry" / "events.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_history_names_its_key_and_what_is_tracked(tmp_path):
    history = load_contract(write(tmp_path, GOOD)).history

    assert history is not None
    assert history.key == ("event_id",)
    assert [column.name for column in history.tracked] == ["donor_id", "event_date"]
    assert [column.sql is None for column in history.tracked] == [True, False]


@pytest.mark.parametrize(
    ("old", "new", "message"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN]
)
def test_a_mistake_in_a_history_is_told_with_file_and_line(tmp_path, old, new, message):
    assert old in GOOD
    path = write(tmp_path, GOOD.replace(old, new, 1))

    with pytest.raises(ContractError, match=rf"{path}:2[0-9]: .*{message}"):
        load_contract(path)


def test_every_registry_that_restates_persons_or_tumours_is_followed():
    """Only a list of number changes has no history: it is one already."""
    restated = {
        f"{c.source}.{c.table}": c.history is not None
        for c in load_contracts()
        if c.kind == "registry" and c.restatement == "full" and c.person is not None
    }

    assert sorted(name for name, followed in restated.items() if not followed) == [
        "population_register.number_changes"
    ]
    assert len(restated) == 9


def test_everything_the_registry_says_of_a_tumour_is_tracked():
    (cases,) = [c for c in load_contracts() if f"{c.source}.{c.table}" == "cancer_registry.cases"]
    assert cases.history is not None
    delivered = {column.name for column in cases.kept_columns}
    tracked = {column.name for column in cases.history.tracked}

    assert delivered - tracked == {"tumour_id", "vital_status_code", "follow_up_date"}
    assert tracked - delivered == {"donor_id"}


def test_a_history_that_no_model_reads_is_a_view_and_costs_no_build_anything():
    read = "int_history__cause_of_death__deaths"
    files = history_files(load_contracts(), frozenset({read}))
    models = {path: text for path, text in files.items() if path.endswith(".sql")}

    tables = [path for path, text in models.items() if "materialized='view'" not in text]
    assert tables == [f"history/{read}.sql"]
    assert len(models) > 5
