"""The history of delivered tables: one model for each contract that says what is followed."""

from itertools import groupby
from typing import Any

from janus_warehouse.contracts import Contract
from janus_warehouse.warehouse.dbt_sources import LINEAGE, WRITTEN_BY, document, escaped

WITH_KEYS_IN_QUARANTINE = frozenset({("cancer_registry", "cases")})
"""Tables whose keys the view `ops.quarantined_keys` tells of."""

_SPAN = {
    "known_from": "As-of date of the linkage that first said this.",
    "known_to": "As-of date of the linkage that no longer said it; missing while it holds.",
    "change": "new, changed, retracted or reinstated.",
    "changed_fields": "Columns that differ from the span before, separated by commas.",
    "delivery_id": "The delivery of the linkage that opened the span.",
}


def history_files(contracts: list[Contract], read: frozenset[str]) -> dict[str, str]:
    """Return the history models and their descriptions, one file of these per source.

    Args:
        contracts: All contracts; those without a history are passed over.
        read: Names of the histories that a model reads. The others become views: whoever asks
            gets the answer, and no build works it out for nobody.
    """
    followed = sorted(
        (c for c in contracts if c.history is not None), key=lambda c: (c.source, c.table)
    )
    files = {}
    for source, members in groupby(followed, key=lambda c: c.source):
        models = []
        for contract in members:
            files[f"history/{history_name(contract)}.sql"] = _sql(
                contract, is_read=history_name(contract) in read
            )
            models.append(_model(contract))
        files[f"history/{source}.yml"] = document(f"the contracts of {source}", {"models": models})
    return files


def history_name(contract: Contract) -> str:
    """Return the name of the history of a delivered table, `int_history__<source>__<table>`."""
    return f"int_history__{contract.source}__{contract.table}"


def _sql(contract: Contract, *, is_read: bool) -> str:
    history = contract.history
    assert history is not None
    origin = f"expectations/{contract.collection}/{contract.source}/{contract.table}.yaml"
    tracked = "".join(
        f"\n        {{'name': '{column.name}', 'sql': {_quoted(column.sql)}}},"
        if column.sql
        else f"\n        {{'name': '{column.name}'}},"
        for column in history.tracked
    )
    tracked += "\n    " if tracked else ""
    options = ""
    if history.latest is not None:
        options += f",\n    latest='{history.latest}'"
    if (contract.source, contract.table) in WITH_KEYS_IN_QUARANTINE:
        options += ",\n    set_aside=true"
    if contract.person is not None:
        options += (
            ",\n    donor=donor_today('delivered_rows')"
            ",\n    persons=join_persons_today('delivered_rows')"
        )
    config = "" if is_read else "{{ config(materialized='view') }}\n\n"
    return f"""-- One row per key and span of linkages: what {contract.source} said of it, and when.
-- {WRITTEN_BY.format(origin=origin, mark="--")}

{config}{{{{ history(
    '{contract.source}',
    '{contract.table}',
    key={list(history.key)},
    tracked=[{tracked}]{options}
) }}}}
"""


def _quoted(text: str | None) -> str:
    # Jinja reads a text in double quotes as it stands; SQL hardly has double quotes.
    return '"' + (text or "").replace('"', '\\"') + '"'


def _model(contract: Contract) -> dict[str, Any]:
    history = contract.history
    assert history is not None
    described = {column.name: column.description for column in contract.kept_columns}
    described = {**described, **LINEAGE, **_SPAN}
    tracked = [column.name for column in history.tracked]
    names = ["collection_id", *history.key, *_SPAN, *tracked]
    return {
        "name": history_name(contract),
        "description": escaped(
            f"One row per key and span of linkages. Rows of one linkage: "
            f"{contract.spec.description} A retracted span keeps what was last known."
        ),
        "columns": [
            {"name": name, "description": escaped(described.get(name, "Derived."))}
            for name in names
        ],
    }
