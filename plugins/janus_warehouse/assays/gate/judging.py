"""All rules of the gate over one return; each leaves a finding, or says why it was not asked."""

import time
from collections.abc import Iterator

from janus_warehouse.assays.gate.codes import judge_codes
from janus_warehouse.assays.gate.context import Context
from janus_warehouse.assays.gate.duplicates import judge_duplicates
from janus_warehouse.assays.gate.files import judge_files
from janus_warehouse.assays.gate.findings import Finding, NotAsked
from janus_warehouse.assays.gate.forms import judge_form
from janus_warehouse.assays.gate.landed import Landed
from janus_warehouse.assays.gate.matrix import judge_matrix
from janus_warehouse.assays.gate.places import judge_places
from janus_warehouse.assays.gate.rules import OF_MATRICES, RULES, WEIGHT
from janus_warehouse.assays.gate.sexes import judge_sexes
from janus_warehouse.assays.gate.units import judge_units
from janus_warehouse.assays.gate.values import judge_values
from janus_warehouse.errors import WarehouseError

IN_MATRIX = "the values of the platform are in a matrix"
IN_ROWS = "the values of the platform are rows, of which other rules ask the same"


def judge(landed: Landed, context: Context) -> list[tuple[Finding | NotAsked, float]]:
    """Return what every rule found, in the order of weight, each with its seconds.

    Raises:
        WarehouseError: A rule left nothing. A check that did not run is a failure.
    """
    found: dict[str, tuple[Finding | NotAsked, float]] = {}
    started = time.perf_counter()
    for one in _all(landed, context):
        now = time.perf_counter()
        found[one.rule_id] = (one, now - started)
        started = now
    if landed.results is None:
        for rule in RULES:
            found.setdefault(rule.rule_id, (NotAsked(rule.rule_id, IN_MATRIX), 0.0))
    missing = [rule.rule_id for rule in RULES if rule.rule_id not in found]
    if missing:
        raise WarehouseError(
            f"{len(missing)} rules of the gate left no result, first {missing[0]}; a check that "
            "did not run is a failure"
        )
    return sorted(found.values(), key=lambda entry: WEIGHT[entry[0].rule_id])


def _all(landed: Landed, context: Context) -> Iterator[Finding | NotAsked]:
    yield from judge_form(landed, context)
    yield from judge_codes(landed, context)
    yield from judge_places(landed, context)
    if landed.gist is not None:
        yield from judge_matrix(landed, context)
    elif landed.results is not None:
        yield from (NotAsked(rule_id, IN_ROWS) for rule_id in OF_MATRICES)
        yield from judge_files(landed)
        yield from judge_units(landed, context)
        yield from judge_values(landed)
    if landed.cells:
        yield from judge_duplicates(landed, context)
        yield from judge_sexes(landed, context)
