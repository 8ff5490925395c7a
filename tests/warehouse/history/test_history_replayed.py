"""Any sequence of linkages: the history says what replaying them one by one says.

The macro that builds the warehouse runs here on DuckDB, where a thousand sequences take seconds,
and on PostgreSQL, with the view that decides what a linkage is.
"""

from datetime import date
from functools import cache
from itertools import zip_longest
from pathlib import Path

import polars as pl
import psycopg
import pytest
from history_replay import FIELDS, Delivery, linkages_of, replay
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from jinja2 import Environment

from janus_warehouse.codes.models import run_model
from janus_warehouse.platform.settings import get_settings

MODEL = "int_history__cancer_registry__cases"
KEYS = ("T000000001", "T000000002", "T000000003")
SPAN = ("tumour_id", "known_from", "known_to", "change", "changed_fields", "delivery_id", *FIELDS)

contents = st.tuples(
    st.sampled_from(["D1", "D2"]), st.sampled_from([None, "1", "2"]), st.sampled_from([None, "9"])
)


@st.composite
def sequences(draw) -> list[Delivery]:
    """Draw up to six deliveries: late ones, repeated days, corrections, returns, quarantine."""
    count = draw(st.integers(1, 6))
    return [
        Delivery(
            name=f"d{number}",
            day=draw(st.integers(0, 5)),
            rows=tuple(draw(st.lists(st.tuples(st.sampled_from(KEYS), contents), max_size=4))),
            set_aside=frozenset(draw(st.sets(st.sampled_from(KEYS), max_size=2))),
            superseded=draw(st.integers(0, 5)) == 0,
        )
        for number in range(count)
    ]


def on_duckdb(deliveries: list[Delivery]) -> list[dict]:
    """Return the history of the deliveries, made by DuckDB."""
    lineage = {"collection_id": "janus", "source": "cancer_registry", "table_name": "cases"}
    linkages = [
        {**lineage, "delivery_id": d.name, "as_of": d.as_of, "linkage_number": number}
        for number, d in enumerate(linkages_of(deliveries), start=1)
    ]
    quarantined = [
        {**lineage, "delivery_id": d.name, "key": key} for d in deliveries for key in d.set_aside
    ]
    found = run_model(MODEL, {
        "ops.linkages": pl.DataFrame(linkages, schema={
            **dict.fromkeys([*lineage, "delivery_id"], pl.String), "as_of": pl.Date,
            "linkage_number": pl.Int32}),
        "ops.quarantined_keys": pl.DataFrame(
            quarantined, schema=dict.fromkeys([*lineage, "delivery_id", "key"], pl.String)),
        "ops.person_assignments": pl.DataFrame(
            schema=dict.fromkeys(["identifier_key", "donor_id"], pl.String)),
        "cancer_registry.cases": raw_rows(deliveries),
    })  # fmt: skip
    return found.select(SPAN).to_dicts()


def raw_rows(deliveries: list[Delivery]) -> pl.DataFrame:
    """Return the raw table: the rows of all deliveries side by side, whatever became of them."""
    rows = [
        {"delivery_id": d.name, "collection_id": "janus", "line_number": line, "tumour_id": key,
         **dict(zip(FIELDS, content, strict=True))}
        for d in deliveries for line, (key, content) in enumerate(d.rows, start=2)
    ]  # fmt: skip
    schema = dict.fromkeys(["delivery_id", "collection_id", "tumour_id", *FIELDS], pl.String)
    frame = pl.DataFrame(rows, schema={**schema, "line_number": pl.Int64})
    others = {
        "tumour_sequence": pl.Int16, "birth_date": pl.Date, "incidence_date": pl.Date,
        **dict.fromkeys(["identifier_key", "sex_code", "municipality_code",
                         "incidence_date_quality", "basis_code",
                         "topography_code", "morphology_code", "behaviour_code",
                         "laterality_code", "found_at_autopsy", "icd7_code"], pl.String),
    }  # fmt: skip
    return frame.with_columns(pl.lit(None, dtype=kind).alias(name) for name, kind in others.items())


def ordered(spans: list[dict]) -> list[dict]:
    spans = [{name: span[name] for name in SPAN} for span in spans]
    for span in spans:  # the tracked columns stand in the contract's order, the oracle's in its own
        names = sorted((span["changed_fields"] or "").split(","))
        span["changed_fields"] = ",".join(names) or None
    return sorted(spans, key=lambda span: (span["tumour_id"], span["known_from"]))


def as_known(spans: list[dict], day: date) -> dict:
    """Return what was known on a day, asked of a history."""
    return {
        span["tumour_id"]: tuple(span[name] for name in FIELDS)
        for span in spans
        if span["change"] != "retracted"
        and span["known_from"] <= day
        and (span["known_to"] is None or day < span["known_to"])
    }


CONTENT = ("D1", "1", None)
GONE_TWICE = [
    Delivery("a", 0, ((KEYS[0], CONTENT),)),
    Delivery("b", 1, ()),
    Delivery("c", 2, (), frozenset(KEYS[:1])),
    Delivery("d", 3, ()),
    Delivery("e", 4, ((KEYS[0], CONTENT),)),
]
"""Retracted, then in quarantine while retracted, then away again: one tombstone."""
SET_ASIDE_BEFORE_KNOWN = [
    Delivery("a", 0, (), frozenset(KEYS[:1])),
    Delivery("b", 1, ()),
    Delivery("c", 2, ((KEYS[0], CONTENT),)),
]


@given(sequences())
@example(GONE_TWICE)
@example(SET_ASIDE_BEFORE_KNOWN)
@settings(max_examples=60, deadline=None)
def test_a_history_is_what_replaying_the_linkages_says(deliveries):
    assert ordered(on_duckdb(deliveries)) == ordered(replay(deliveries).spans)


@given(sequences())
@example(GONE_TWICE)
@settings(max_examples=20, deadline=None)
def test_as_known_at_a_linkage_equals_loading_only_up_to_it(deliveries):
    spans = on_duckdb(deliveries)
    linkages = linkages_of(deliveries)

    for number, linkage in enumerate(linkages, start=1):
        assert as_known(spans, linkage.as_of) == replay(linkages[:number]).known
    if linkages:
        middle = linkages[: len(linkages) // 2 + 1]
        only = on_duckdb(middle)
        assert as_known(only, date.max) == as_known(spans, middle[-1].as_of)


@given(sequences())
@settings(max_examples=20, deadline=None)
def test_spans_of_a_key_lie_edge_to_edge_and_the_last_is_open(deliveries):
    spans = ordered(on_duckdb(deliveries))

    for before, after in zip_longest(spans, spans[1:]):
        if after is not None and after["tumour_id"] == before["tumour_id"]:
            assert before["known_to"] == after["known_from"] > before["known_from"]
        else:
            assert before["known_to"] is None


@cache
def rendered_for_postgresql() -> str:
    """Return the model as dbt would send it."""
    project = get_settings().dbt_project_dir
    names = {"ops": "ops.{}", "cancer_registry": "raw.cancer_registry__{}"}
    environment = Environment()
    environment.globals["source"] = lambda source, table: names[source].format(table)
    macros = "".join(
        (project / "macros" / name).read_text(encoding="utf-8")
        for name in ("persons.sql", "history.sql")
    )
    (model,) = Path(project / "models" / "_generated").rglob(f"{MODEL}.sql")
    return environment.from_string(macros + model.read_text(encoding="utf-8")).render()


@pytest.fixture
def emptied(warehouse):
    """Give a warehouse with raw tables, and a function that makes it hold given deliveries."""
    from janus_warehouse.contracts.sync import sync_contracts

    sync_contracts()
    return warehouse


def on_postgresql(warehouse, deliveries: list[Delivery]) -> list[dict]:
    """Return the history of the deliveries, made by PostgreSQL from its own ledgers."""
    with psycopg.connect(warehouse.url) as connection:
        for number, d in enumerate(deliveries):
            connection.execute(
                "insert into ops.deliveries (delivery_id, source, collection_id, kind, folder, "
                "as_of, content_sha256, state, settled_at) values (%s, 'cancer_registry', 'janus', "
                "'registry', '', %s, %s, %s, timestamptz '2030-01-01' + %s * interval '1 hour')",
                [d.name, d.as_of, d.name, "superseded" if d.superseded else "accepted", number],
            )
            connection.execute(
                "insert into ops.delivery_tables (delivery_id, source, table_name, path, "
                "contract_version, sha256, bytes, rows_declared) "
                "values (%s, 'cancer_registry', 'cases', '', '1.0.0', '', 0, 0)", [d.name],
            )  # fmt: skip
            for line, key in enumerate(sorted(d.set_aside), start=100):
                connection.execute(
                    "insert into quarantine.rows values (%s, 'cases', %s, '{x}', "
                    "jsonb_build_object('tumour_id', %s::text))", [d.name, line, key],
                )  # fmt: skip
            for line, (key, content) in enumerate(d.rows, start=2):
                connection.execute(
                    "insert into raw.cancer_registry__cases (delivery_id, collection_id, "
                    "line_number, tumour_id, donor_id, stage_code, grade_code) "
                    "values (%s, 'janus', %s, %s, %s, %s, %s)", [d.name, line, key, *content],
                )  # fmt: skip
        cursor = connection.execute(rendered_for_postgresql())
        names = [column.name for column in cursor.description or ()]
        found = [dict(zip(names, row, strict=True)) for row in cursor]
        connection.rollback()
    return found


@given(deliveries=sequences())
@example(deliveries=GONE_TWICE)
@example(deliveries=SET_ASIDE_BEFORE_KNOWN)
@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_postgresql_says_the_same_from_its_own_ledgers(emptied, deliveries):
    assert ordered(on_postgresql(emptied, deliveries)) == ordered(replay(deliveries).spans)
