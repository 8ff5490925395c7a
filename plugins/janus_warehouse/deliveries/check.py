"""Check: every rule of the contracts, counted by Great Expectations over the landed rows."""

import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
import sqlalchemy as sa

from janus_warehouse.contracts import Contract, Rule, sql
from janus_warehouse.deliveries import ledger, view
from janus_warehouse.deliveries.data_docs import write_table_page
from janus_warehouse.deliveries.ledger import Delivery, DeliveryTable
from janus_warehouse.deliveries.load import LANDING
from janus_warehouse.deliveries.order import lake_last
from janus_warehouse.errors import WarehouseError
from janus_warehouse.platform.database import Role, sqlalchemy_url

_INSERT = """
insert into ops.check_results (run_kind, run_id, subject, rule_id, dimension, rows_seen,
    rows_failing, tolerance, consequence, outcome, seconds)
values ('delivery', %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


@dataclass(frozen=True)
class RuleResult:
    """How many rows a rule saw and how many broke it."""

    table: str
    rule: Rule
    seen: int
    failing: int
    seconds: float

    @property
    def outcome(self) -> str:
        """`passed`, `warned`, `quarantined`, or `refused` when over the tolerance."""
        if self.failing == 0:
            return "passed"
        if self.rule.consequence == "warn":
            return "warned"
        if not self.rule.tolerance.allows(self.failing, self.seen):
            return "refused"
        return "quarantined"


def check_delivery(
    connection: psycopg.Connection,
    delivery: Delivery,
    contracts: dict[str, Contract],
    on_progress: Callable[[str, int, int], None],
) -> list[RuleResult]:
    """Bring a delivery from `loaded` to `checked`; every declared rule leaves a ledger row.

    Raises:
        WarehouseError: A rule could not be counted. A check that could not run is a failure.
    """
    tables = lake_last(ledger.tables_of(connection, delivery.delivery_id), contracts)
    with connection.transaction():
        for table in tables:
            if not contracts[table.table_name].is_in_lake:
                view.create(connection, table, contracts[table.table_name])
    relation = view.relation_during_check(connection, tables, contracts, delivery)
    results: list[RuleResult] = []
    for done, table in enumerate(tables):
        on_progress("check", done, len(tables))
        if contracts[table.table_name].is_in_lake:
            results += _check_cells(connection, delivery, table, contracts, relation)
            continue
        results += _check_table(connection, delivery, table, contracts[table.table_name], relation)
    on_progress("check", len(tables), len(tables))
    with connection.transaction():
        _write(connection, delivery, results)
        ledger.change_state(connection, delivery, "checked")
    return results


def _check_cells(
    connection: psycopg.Connection,
    delivery: Delivery,
    table: DeliveryTable,
    contracts: dict[str, Contract],
    relation: Callable[[str], str],
) -> list[RuleResult]:
    """Return the results of a table whose cells are staged and not landed."""
    from janus_warehouse.assays.lake.door import check_cells

    judged, seconds = check_cells(connection, delivery, table, contracts, relation)
    rules = contracts[table.table_name].rules
    return [
        RuleResult(table.table_name, rule, table.rows_received,
                   judged.broken.get(rule.rule_id, 0), seconds / len(rules))
        for rule in rules
    ]  # fmt: skip


def _check_table(
    connection: psycopg.Connection,
    delivery: Delivery,
    table: DeliveryTable,
    contract: Contract,
    relation: Callable[[str], str],
) -> list[RuleResult]:
    started = time.perf_counter()
    name = f"{LANDING}.{view.name_of(table)}"
    conditions = {
        rule.rule_id: sql.resolve(rule.failing, name, relation) for rule in contract.rules
    }
    try:
        validation = _validate(view.name_of(table), contract.rules, conditions)
    except Exception as error:
        # What the libraries say quotes statements and values; only its kind is passed on.
        connection.execute("select 1")  # raises when it was the server that went away
        raise WarehouseError(
            f"{contract.contract_id}: Great Expectations could not look at the landed table "
            f"({type(error).__name__}); `janus doctor` tells whether it works at all"
        ) from None
    counts = _counts(connection, validation, contract.contract_id)
    write_table_page(delivery.delivery_id, table.table_name, validation)
    seconds = (time.perf_counter() - started) / max(len(contract.rules), 1)
    missing = [rule.rule_id for rule in contract.rules if rule.rule_id not in counts]
    if missing:
        raise WarehouseError(
            f"{contract.contract_id}: {len(missing)} of {len(contract.rules)} rules left no "
            f"result, first {missing[0]}; a check that did not run is a failure"
        )
    return [
        RuleResult(table.table_name, rule, *counts[rule.rule_id], seconds)
        for rule in contract.rules
    ]


def _validate(view_name: str, rules: tuple[Rule, ...], conditions: dict[str, str]) -> Any:
    """Return Great Expectations' result of all rules, counted in one query."""
    gx = _great_expectations()
    from janus_warehouse.deliveries.gx_rule import ExpectRowsToKeepRule

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    source = context.data_sources.add_postgres(
        "warehouse",
        connection_string=_landing_address(),
        create_temp_table=False,
    )
    asset = source.add_table_asset("landed", table_name=view_name)
    batch = asset.add_batch_definition_whole_table("all").get_batch()
    suite = gx.ExpectationSuite(
        name=view_name.removesuffix("__v"),
        expectations=[
            ExpectRowsToKeepRule(
                rule_id=rule.rule_id, failing=conditions[rule.rule_id], claim=rule.description,
                limit=rule.tolerance.limit, unit=rule.tolerance.unit,
            )
            for rule in rules
        ],
    )  # fmt: skip
    try:
        return batch.validate(suite, result_format={"result_format": "BASIC"})
    finally:
        source.get_engine().dispose()


def _landing_address() -> str:
    """Return the loader's address with the landing schema as its only one."""
    address = sa.make_url(sqlalchemy_url(Role.loader))
    searched = address.update_query_dict({"options": f"-csearch_path={LANDING}"}, append=True)
    return searched.render_as_string(hide_password=False)


def _counts(
    connection: psycopg.Connection, validation: Any, contract_id: str
) -> dict[str, tuple[int, int]]:
    """Return rows seen and rows failing by rule id."""
    counts = {}
    for result in validation.results:
        kwargs = result.expectation_config.kwargs
        if result.exception_info.get("raised_exception") or not result.result:
            connection.execute("select 1")  # raises when it was the server that went away
            raise WarehouseError(
                f"{contract_id}: rule {kwargs['rule_id']} could not be counted: its condition "
                "does not run on the landed columns; correct the contract"
            )
        counts[kwargs["rule_id"]] = (
            result.result["element_count"],
            result.result["unexpected_count"],
        )
    return counts


def _great_expectations() -> Any:
    """Import Great Expectations, with its usage statistics and progress bars off."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx

    # Its logger quotes statements; ours says what matters.
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    return gx


def _write(connection: psycopg.Connection, delivery: Delivery, results: list[RuleResult]) -> None:
    connection.execute(
        "delete from ops.check_results where run_kind = 'delivery' and run_id = %s",
        [delivery.delivery_id],
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            _INSERT,
            [
                (delivery.delivery_id, r.table, r.rule.rule_id, r.rule.dimension, r.seen,
                 r.failing, str(r.rule.tolerance), r.rule.consequence, r.outcome, r.seconds)
                for r in results
            ],
        )  # fmt: skip
