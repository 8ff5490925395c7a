"""Settle: accept a checked delivery, with its failing rows in quarantine, or refuse it.

One transaction: a delivery has entered wholly or not at all, and its rows add up.
"""

from collections.abc import Callable

import psycopg

from janus_warehouse.contracts import Contract, Rule, sql
from janus_warehouse.contracts.rules import RELATIONAL
from janus_warehouse.deliveries import ledger, view
from janus_warehouse.deliveries.ledger import Delivery, DeliveryTable
from janus_warehouse.deliveries.load import LANDING, drop_landed
from janus_warehouse.deliveries.rows import failing_rows_sql, rules_to_apply
from janus_warehouse.deliveries.structure import already_corrected
from janus_warehouse.deliveries.tolerance import SHOWN_LINES, over_tolerance, require_tolerable
from janus_warehouse.errors import DeliveryRefusedError, WarehouseError
from janus_warehouse.identity import vault
from janus_warehouse.platform.locks import AdvisoryLock

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
    """
    tables = _in_reference_order(ledger.tables_of(connection, delivery.delivery_id), contracts)
    with connection.transaction():
        _one_at_a_time_in_the_vault(connection)
        require_tolerable(connection, delivery, contracts)
        failing = _failing_rules(connection, delivery)
        accepted = quarantined = 0
        for done, table in enumerate(tables):
            on_progress("accept", done, len(tables))
            contract = contracts[table.table_name]
            view.create(connection, table, contract)
            failed = failing.get(table.table_name, set())
            rules = rules_to_apply(contract, failed, leans_on_siblings=len(tables) > 1)
            bad = _quarantine(connection, delivery, table, contract, rules)
            good = _enter_raw(connection, delivery, table, contract, bad)
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


def refuse(connection: psycopg.Connection, delivery: Delivery, reason: str) -> None:
    """Bring a delivery to `refused`; nothing of it stays but the ledger and its report."""
    with connection.transaction():
        current = ledger.get(connection, delivery.delivery_id)
        if not current.is_settled:
            ledger.change_state(
                connection, current, "refused",
                reason=reason, rows_refused=current.rows_received,
                rows_accepted=0, rows_quarantined=0,
            )  # fmt: skip
        drop_landed(connection, ledger.tables_of(connection, delivery.delivery_id))


def _one_at_a_time_in_the_vault(connection: psycopg.Connection) -> None:
    """Wait for other deliveries that are entering, until the end of the transaction.

    Two that name the same new person would each make a donor of their own.
    """
    connection.execute("select pg_advisory_xact_lock(%s)", [AdvisoryLock.vault])


def _failing_rules(connection: psycopg.Connection, delivery: Delivery) -> dict[str, set[str]]:
    failing: dict[str, set[str]] = {}
    for table, rule in connection.execute(
        "select subject, rule_id from ops.check_results where run_kind = 'delivery' "
        "and run_id = %s and rows_failing > 0 and consequence <> 'warn'",
        [delivery.delivery_id],
    ):
        failing.setdefault(table, set()).add(rule)
    return failing


def _in_reference_order(
    tables: list[DeliveryTable], contracts: dict[str, Contract]
) -> list[DeliveryTable]:
    """Return the tables so that those who make persons and keys known come first."""
    waiting, ordered = list(tables), []
    while waiting:
        names = {(table.source, table.table_name) for table in waiting}
        ready = [
            t for t in waiting if not _depends_on(contracts[t.table_name], names, t, contracts)
        ]
        # A circle of references cannot be ordered; the rules then judge what has entered.
        chosen = ready or waiting[:1]
        ordered += chosen
        waiting = [table for table in waiting if table not in chosen]
    return ordered


def _depends_on(
    contract: Contract,
    names: set[tuple[str, str]],
    own: DeliveryTable,
    contracts: dict[str, Contract],
) -> bool:
    others = names - {(own.source, own.table_name)}
    if any((r.source, r.table) in others for r in contract.references):
        return True
    person = contract.person
    if person is None or person.mode == "register":
        return False
    return any(person.system in _registers(contracts[table]) for _, table in others)


def _registers(contract: Contract) -> set[str]:
    if contract.person is None:
        return set()
    systems = {also.system for also in contract.person.also}
    return systems | ({contract.person.system} if contract.person.mode == "register" else set())


def _quarantine(
    connection: psycopg.Connection,
    delivery: Delivery,
    table: DeliveryTable,
    contract: Contract,
    rules: list[Rule],
) -> int:
    """Put the failing rows of a table aside and return how many there are."""
    if not rules:
        return 0
    hidden = [column.name for column in contract.columns if column.is_identifier]
    hidden_sql = "{" + ",".join(hidden) + "}"
    relation = view.relation_when_settling(table, delivery.collection_id)
    judged = failing_rows_sql(table, rules, relation)
    connection.execute(
        f"""
        insert into quarantine.rows (delivery_id, table_name, line_number, rule_ids, content)
        select {sql.literal(delivery.delivery_id)}, {sql.literal(table.table_name)},
            failing.line_number, failing.rule_ids,
            to_jsonb(landed) - 'line_number' - '{hidden_sql}'::text[]
        from ({judged}) as failing
        inner join {LANDING}.{table.landing_name} as landed
            on landed.line_number = failing.line_number
        """
    )
    return _settle_counts(connection, delivery, table, contract, rules)


def _settle_counts(
    connection: psycopg.Connection,
    delivery: Delivery,
    table: DeliveryTable,
    contract: Contract,
    rules: list[Rule],
) -> int:
    """Bring the ledger's counts in line with the quarantine and return the rows in it.

    Rules about the row alone must agree with what Great Expectations counted; rules about other
    tables may have more failing rows now, and are judged by their tolerance again.
    """
    counted: dict[str, int] = dict(
        connection.execute(
            "select rule_id, count(*) from quarantine.rows, unnest(rule_ids) as rule_id "
            "where delivery_id = %s and table_name = %s group by rule_id",
            [delivery.delivery_id, table.table_name],
        ).fetchall()
    )
    for rule in rules:
        now = counted.get(rule.rule_id, 0)
        before = connection.execute(
            "select rows_failing from ops.check_results where run_kind = 'delivery' "
            "and run_id = %s and subject = %s and rule_id = %s",
            [delivery.delivery_id, table.table_name, rule.rule_id],
        ).fetchone()
        if before is not None and before[0] == now:
            continue
        if rule.kind not in RELATIONAL:
            raise WarehouseError(
                f"{table.table_name}: rule {rule.rule_id} failed on {before and before[0]} rows "
                f"when checked and on {now} when settled; nothing was kept"
            )
        tolerable = rule.tolerance.allows(now, table.rows_received)
        connection.execute(
            "update ops.check_results set rows_failing = %s, outcome = %s "
            "where run_kind = 'delivery' and run_id = %s and subject = %s and rule_id = %s",
            [now, "quarantined" if tolerable else "refused", delivery.delivery_id,
             table.table_name, rule.rule_id],
        )  # fmt: skip
        if not tolerable:
            raise DeliveryRefusedError(
                over_tolerance(
                    table, contract, rule, now, _first_lines(connection, delivery, table, rule)
                )
                + ". Rows that lean on failing rows of the other files count as well"
            )
    found = connection.execute(
        "select count(*) from quarantine.rows where delivery_id = %s and table_name = %s",
        [delivery.delivery_id, table.table_name],
    ).fetchone()
    return found[0] if found else 0


def _first_lines(
    connection: psycopg.Connection, delivery: Delivery, table: DeliveryTable, rule: Rule
) -> list[int]:
    rows = connection.execute(
        "select line_number from quarantine.rows where delivery_id = %s and table_name = %s "
        "and %s = any (rule_ids) order by line_number limit %s",
        [delivery.delivery_id, table.table_name, rule.rule_id, SHOWN_LINES],
    )
    return [line for (line,) in rows]


def _enter_raw(
    connection: psycopg.Connection,
    delivery: Delivery,
    table: DeliveryTable,
    contract: Contract,
    quarantined: int,
) -> int:
    """Register persons and append the clean rows to raw; return how many."""
    clean = "true"
    if quarantined:
        clean = (
            "t.line_number not in (select line_number from quarantine.rows "
            f"where delivery_id = {sql.literal(delivery.delivery_id)} "
            f"and table_name = {sql.literal(table.table_name)})"
        )
    vault.register_persons(
        connection, contract, landed=f"{LANDING}.{view.name_of(table)}", clean=clean,
        delivery_id=delivery.delivery_id,
    )  # fmt: skip
    targets = ["delivery_id", "collection_id", "line_number"]
    values = [sql.literal(delivery.delivery_id), sql.literal(delivery.collection_id)]
    values.append("t.line_number")
    join = ""
    if contract.person is not None:
        targets.append("donor_id")
        values.append("i.donor_id")
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
