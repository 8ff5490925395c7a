"""Verify and load: a delivery's files, proven whole, into landing tables with line numbers.

Everything a sender can get wrong about the file itself is found here, before any row is
judged. The landing tables are unlogged and rebuilt after a crash; the ledger is not.
"""

import re
from collections.abc import Callable
from pathlib import Path

import psycopg
from psycopg import sql

from janus_warehouse.contracts import Contract
from janus_warehouse.contracts.sql import landed_type
from janus_warehouse.deliveries import ledger, structure
from janus_warehouse.deliveries.gate_lines import drop_lines
from janus_warehouse.deliveries.landing import local_folder, require_stillness
from janus_warehouse.deliveries.ledger import Delivery, DeliveryTable
from janus_warehouse.deliveries.manifest import MANIFEST
from janus_warehouse.deliveries.readers import CopyStream, multiline_offsets, open_stream, scan
from janus_warehouse.deliveries.readers.source import fingerprint
from janus_warehouse.errors import DeliveryRefusedError

LANDING = "landing"
OnProgress = Callable[[str, int, int], None]
_CHANGED = "its content is not yet what the manifest says"
_COPY_LINE = re.compile(r"COPY \S+, line (\d+)")


def verify_and_load(
    connection: psycopg.Connection,
    delivery: Delivery,
    contracts: dict[str, Contract],
    on_progress: OnProgress,
) -> None:
    """Bring a delivery from `received` to `loaded`, in one transaction.

    Args:
        connection: As loader.
        delivery: The delivery, in a state before `loaded` or with its landed rows lost.
        contracts: Its contracts by table.
        on_progress: Called with a step's name, bytes done and bytes in all.

    Raises:
        DeliveryRefusedError: Every problem of the files, as the sender reads it.
        DeliveryNotReadyError: A file is still being copied.
    """
    folder = local_folder(delivery)
    tables = ledger.tables_of(connection, delivery.delivery_id)
    problems = structure.delivery_problems(connection, delivery, tables, contracts)
    scans = {}
    # The largest first: what is unpacked for its sake holds the others.
    for table in sorted(tables, key=lambda table: table.rows_declared, reverse=True):
        path = folder / table.path
        if not path.exists():
            # Some programs copy the manifest before the files.
            require_stillness(folder / MANIFEST, f"{table.path} is missing")
            problems.append(structure.missing_file(table))
            continue
        on_progress(f"verify {table.table_name}", 0, table.bytes)
        try:
            found = scan(path, _format(contracts[table.table_name]))
        except DeliveryRefusedError as error:
            sha256, size = fingerprint(path)
            if sha256 != table.sha256:
                require_stillness(path, _CHANGED)
            problems += structure.unreadable_file(table, size, sha256, error)
            continue
        if found.sha256 != table.sha256:
            require_stillness(path, _CHANGED)
        scans[table.table_name] = found
        problems += structure.file_problems(
            table,
            contracts[table.table_name],
            found,
            may_be_empty=(
                contracts[table.table_name].restatement == "full"
                and any(other.rows_declared for other in tables)
            ),
        )
    if problems:
        # Tables read from one file have its problems in common.
        raise DeliveryRefusedError("\n".join(dict.fromkeys(problems)))
    with connection.transaction():
        ledger.change_state(connection, delivery, "verified")
        received = 0
        for table in tables:
            contract, path = contracts[table.table_name], folder / table.path
            if contract.is_in_lake:
                # Its cells were staged when they were counted; they never land here.
                rows, first_line = scans[table.table_name].data_rows, 1
            else:
                rows, first_line = _load_table(connection, table, contract, path, on_progress)
            _require_every_row(table, rows, scans[table.table_name].data_rows)
            if scans[table.table_name].breaks_in_quotes:
                _correct_line_numbers(connection, table, contract, path, first_line)
            connection.execute(
                "update ops.delivery_tables set rows_received = %s, first_line = %s "
                "where delivery_id = %s and table_name = %s",
                [rows, first_line, delivery.delivery_id, table.table_name],
            )
            received += rows
        ledger.change_state(connection, delivery, "loaded", rows_received=received)


def is_landed(
    connection: psycopg.Connection, tables: list[DeliveryTable], contracts: dict[str, Contract]
) -> bool:
    """Tell whether the landed rows are all still there; a crash of the server empties them."""
    for table in tables:
        if contracts[table.table_name].is_in_lake:
            from janus_warehouse.assays.lake.door import is_staged

            if not is_staged(table):
                return False
            continue
        name = f"{LANDING}.{table.landing_name}"
        known = connection.execute("select to_regclass(%s)", [name]).fetchone()
        if known is None or known[0] is None:
            return False
        counted = connection.execute(f"select count(*) from {name}").fetchone()
        if counted is None or counted[0] != table.rows_received:
            return False
    return True


def drop_landed(connection: psycopg.Connection, tables: list[DeliveryTable]) -> None:
    """Remove the landing tables of a settled delivery, with their check views."""
    for table in tables:
        connection.execute(f"drop table if exists {LANDING}.{table.landing_name} cascade")
    for delivery_id in {table.delivery_id for table in tables}:
        drop_lines(connection, delivery_id)


def _format(contract: Contract) -> dict:
    return contract.format.model_dump()


def _load_table(
    connection: psycopg.Connection,
    table: DeliveryTable,
    contract: Contract,
    path: Path,
    on_progress: OnProgress,
) -> tuple[int, int]:
    stream = open_stream(path, _format(contract), contract)
    columns = structure.match_columns(table, contract, stream.columns)
    _create_landing_table(connection, table, contract, stream, columns)
    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    # An empty cell is a missing one, quoted or not.
    target = sql.SQL("copy {} ({}) from stdin with ({}, force_null ({}))").format(
        sql.Identifier(LANDING, table.landing_name),
        listed,
        sql.SQL(stream.copy_options),  # type: ignore[arg-type]
        listed,
    )
    step, done = f"load {table.table_name}", 0
    try:
        with connection.transaction(), connection.cursor() as cursor:
            with cursor.copy(target) as copy:
                for chunk in stream.chunks:
                    copy.write(chunk)
                    done += len(chunk)
                    on_progress(step, done, max(done, table.bytes))
            rows = cursor.rowcount
    except (psycopg.DataError, psycopg.errors.ProgramLimitExceeded) as error:
        found = _COPY_LINE.search(error.diag.context or "")
        line = stream.first_line + int(found.group(1)) - 1 if found else None
        raise DeliveryRefusedError(
            structure.explain_copy_failure(table, contract, path, len(columns), line, error)
        ) from None
    return rows, stream.first_line


def _create_landing_table(
    connection: psycopg.Connection,
    table: DeliveryTable,
    contract: Contract,
    stream: CopyStream,
    columns: list[str],
) -> None:
    name = sql.Identifier(LANDING, table.landing_name)
    # Numbers are cached in blocks, or the sequence would cost more than the row.
    numbered = sql.SQL(
        "line_number bigint generated by default as identity (start with {} minvalue 0 cache 10000)"
    ).format(sql.Literal(stream.first_line))
    connection.execute(sql.SQL("drop table if exists {} cascade").format(name))
    types = {column.name: landed_type(column.spec, contract.spec) for column in contract.columns}
    cells = [
        sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(types.get(column, "text")))  # type: ignore[arg-type]
        for column in columns
    ]
    connection.execute(
        sql.SQL("create unlogged table {} ({}) with (autovacuum_enabled = off)").format(
            name, sql.SQL(", ").join([numbered, *cells])
        )
    )


def _require_every_row(table: DeliveryTable, rows: int, counted: int) -> None:
    if rows != counted:
        raise DeliveryRefusedError(
            f"{table.path}: the file has {counted:,} rows and the database read {rows:,}; a line "
            "with only `\\.` or a quote that is not closed ends the data early; mend the line "
            "and send the file again"
        )


def _correct_line_numbers(
    connection: psycopg.Connection,
    table: DeliveryTable,
    contract: Contract,
    path: Path,
    first_line: int,
) -> None:
    """Shift line numbers where quoted cells hold line breaks; then records and lines differ."""
    offsets = multiline_offsets(path, _format(contract))
    connection.execute("create temp table shifts (record bigint, extra bigint) on commit drop")
    with connection.cursor() as cursor, cursor.copy("copy shifts from stdin") as copy:
        for offset in offsets:
            copy.write_row(offset)
    connection.execute(
        sql.SQL(
            """
            with spans as (
                select
                    record + {first} - 1 as from_line,
                    lead(record + {first} - 1) over (order by record) as until_line,
                    extra
                from shifts
            )
            update {landed} as landed
            set line_number = landed.line_number + spans.extra
            from spans
            where
                landed.line_number >= spans.from_line
                and (spans.until_line is null or landed.line_number < spans.until_line)
            """
        ).format(first=sql.Literal(first_line), landed=sql.Identifier(LANDING, table.landing_name))
    )
    connection.execute("drop table shifts")
