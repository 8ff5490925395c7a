"""Settle: accept a checked delivery, with its failing rows in quarantine, or refuse it.

One transaction: a delivery has entered wholly or not at all, and its rows add up.
"""

from collections.abc import Callable

import psycopg

from janus_warehouse.contracts import Contract, Rule, sql
from janus_warehouse.deliveries import ledger, quarantine, view
from janus_warehouse.deliveries.ledger import Delivery, DeliveryTable
from janus_warehouse.deliveries.load import LANDING, drop_landed
from janus_warehouse.deliveries.order import in_reference_order, lake_last, leans_on_siblings
from janus_warehouse.deliveries.rows import failing_rules, rules_to_apply
from janus_warehouse.deliveries.structure import already_corrected
from janus_warehouse.deliveries.tolerance import require_tolerable
from janus_warehouse.errors import DeliveryRefusedError, WarehouseError
from janus_warehouse.identity import vault
from janus_warehouse.identity.decisions import alone_in_the_vault
from janus_warehouse.platform.database import Role, connect

OnProgress = Callable[[str, int, int], None]


def accept(
    connection: psycopg.Connection,
    delivery: Delivery,
    contracts: dict[str, Contract],
    on_progress: OnProgress,
) -> None:
    """Bring a delivery from `checked` to `accepted`.

    Raises:
        DeliveryRefusedError: A rule is over its tolerance; names rules, counts and tolerances.
        ComparisonOutdatedError: Another linkage entered since this one was compared.
    """
    from janus_warehouse.linkages.holding import require_same_comparison

    tables = in_reference_order(ledger.tables_of(connection, delivery.delivery_id), contracts)
    tables = lake_last(tables, contracts)
    with connection.transaction():
        # Two deliveries that name the same new person would each make a donor of their own.
        alone_in_the_vault(connection)
        require_same_comparison(connection, delivery, contracts)
        require_tolerable(connection, delivery, contracts)
        failing = failing_rules(connection, delivery)
        accepted = quarantined = 0
        for done, table in enumerate(tables):
            on_progress("accept", done, len(tables))
            contract = contracts[table.table_name]
            if contract.is_in_lake:
                good, bad = _enter_lake(connection, delivery, table, contract)
            else:
                failed = failing.get(table.table_name, set())
                leans = leans_on_siblings(table, tables, contracts)
                rules = rules_to_apply(contract, failed, leans_on_siblings=leans)
                good, bad = _enter_table(connection, delivery, table, contract, rules)
            if good + bad != table.rows_received:
                raise WarehouseError(
                    f"{table.table_name}: {table.rows_received:,} rows came, {good:,} would "
                    f"enter and {bad:,} go to quarantine; nothing was kept"
                )
            connection.execute(
                "update ops.delivery_tables set rows_accepted = %s, rows_quarantined = %s "
                "where delivery_id = %s and table_name = %s",
                [good, bad, delivery.delivery_id, table.table_name],
            )
            accepted, quarantined = accepted + good, quarantined + bad
        _supersede(connection, delivery)
        ledger.change_state(
            connection, delivery, "accepted",
            rows_accepted=accepted, rows_quarantined=quarantined, reason=None,
        )  # fmt: skip
        drop_landed(connection, tables)
    on_progress("accept", len(tables), len(tables))


def _enter_table(
    connection: psycopg.Connection,
    delivery: Delivery,
    table: DeliveryTable,
    contract: Contract,
    rules: list[Rule],
) -> tuple[int, int]:
    """Bring a landed table into raw and quarantine; return how many rows went to each."""
    view.create(connection, table, contract)
    quarantine.put_aside(connection, delivery, table, contract, rules)
    _register_persons(connection, delivery, table, contract)
    bad = quarantine.settle_counts(connection, delivery, table, contract, rules)
    return _enter_raw(connection, delivery, table, contract), bad


def _enter_lake(
    connection: psycopg.Connection, delivery: Delivery, table: DeliveryTable, contract: Contract
) -> tuple[int, int]:
    """Append a staged table to the lake; return how many cells entered and how many did not."""
    from janus_warehouse.assays.lake.door import enter_cells

    good, bad, broken = enter_cells(connection, delivery, table)
    quarantine.bring_in_line(connection, delivery, table, contract, broken)
    return good, bad


def refresh_statistics(contracts: list[Contract]) -> None:
    """Let the server look at the tables that have just grown.

    It plans as if they were as before until it does so by itself, minutes later, and a plan
    for a small table took minutes on a large one. The tables are the administrator's.
    """
    with connect(Role.admin, autocommit=True) as connection:
        for contract in contracts:
            for table in _grown(contract):
                connection.execute(f"analyze {table}")
        if any(contract.person is not None for contract in contracts):
            connection.execute("analyze identity.identifiers")


def _grown(contract: Contract) -> tuple[str, ...]:
    if not contract.is_in_lake:
        return (contract.raw_table,)
    from janus_warehouse.assays.lake.ledger import SUMMARIES

    return SUMMARIES


def refuse(connection: psycopg.Connection, delivery: Delivery, error: DeliveryRefusedError) -> None:
    """Bring a delivery to `refused`; nothing of it stays but the ledger and its report."""
    reason = str(error)
    with connection.transaction():
        if isinstance(error, quarantine.RuleBrokenError):
            quarantine.record_count(connection, delivery, error)
        current = ledger.get(connection, delivery.delivery_id)
        if not current.is_settled:
            ledger.change_state(
                connection, current, "refused",
                reason=reason, rows_refused=current.rows_received,
                rows_accepted=0, rows_quarantined=0,
            )  # fmt: skip
        drop_landed(connection, ledger.tables_of(connection, delivery.delivery_id))


def _register_persons(
    connection: psycopg.Connection, delivery: Delivery, table: DeliveryTable, contract: Contract
) -> None:
    """Enter the persons of the clean rows, and put aside those that lead to nobody after all."""
    vault.register_persons(
        connection, contract, landed=f"{LANDING}.{view.name_of(table)}",
        clean=quarantine.clean_rows(connection, delivery, table),
        delivery_id=delivery.delivery_id,
    )  # fmt: skip
    if contract.registers_what_it_looks_up:
        quarantine.put_aside_unknown(connection, delivery, table, contract)


def _enter_raw(
    connection: psycopg.Connection, delivery: Delivery, table: DeliveryTable, contract: Contract
) -> int:
    """Append the clean rows to raw and return how many."""
    clean = quarantine.clean_rows(connection, delivery, table)
    targets = ["delivery_id", "collection_id", "line_number"]
    values = [sql.literal(delivery.delivery_id), sql.literal(delivery.collection_id)]
    values.append("t.line_number")
    join = ""
    if contract.person is not None:
        targets += ["donor_id", "identifier_key"]
        values += ["i.donor_id", "i.identifier_key"]
        join = (
            f"inner join identity.identifiers as i on i.system = "
            f"{sql.literal(contract.person.system)} "
            f"and i.value = t.{sql.quoted(contract.person.column)}"
        )
    targets += [sql.quoted(column.name) for column in contract.kept_columns]
    values += [sql.accepted(column.spec, contract.spec) for column in contract.kept_columns]
    return connection.execute(
        f"insert into {contract.raw_table} ({', '.join(targets)}) "
        f"select {', '.join(values)} from {LANDING}.{table.landing_name} as t {join} "
        f"where {clean}"
    ).rowcount


def _supersede(connection: psycopg.Connection, delivery: Delivery) -> None:
    if delivery.supersedes is None:
        return
    corrected = ledger.get(connection, delivery.supersedes, for_update=True)
    if corrected.superseded_by not in (None, delivery.delivery_id):
        # Both corrections were verified before either entered.
        raise DeliveryRefusedError(
            already_corrected(delivery.supersedes, str(corrected.superseded_by))
        )
    if corrected.state == "accepted":
        ledger.change_state(connection, corrected, "superseded", superseded_by=delivery.delivery_id)
    elif corrected.state == "held":
        # Nobody has to decide about it any more: the correction stands for it.
        ledger.change_state(
            connection, corrected, "superseded", superseded_by=delivery.delivery_id,
            rows_refused=corrected.rows_received,
        )  # fmt: skip
        drop_landed(connection, ledger.tables_of(connection, corrected.delivery_id))
    else:
        # It was refused. Its successor is noted, so that it cannot be taken up again later.
        ledger.note_successor(connection, corrected, delivery.delivery_id)
