"""What can be wrong with a delivery before a single row is judged, in the sender's words.

Every message names the file, says what was expected and what was found, and how to mend it.
None shows a value.
"""

import difflib
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from janus_warehouse.contracts import Contract
from janus_warehouse.deliveries.ledger import Delivery, DeliveryTable
from janus_warehouse.deliveries.readers import FileScan, explain_structure, scan_faults
from janus_warehouse.errors import DeliveryRefusedError

SHOWN_FAULTS = 20
"""How many places a message lists; the count is always given."""


def delivery_problems(
    connection: psycopg.Connection,
    delivery: Delivery,
    tables: list[DeliveryTable],
    contracts: dict[str, Contract],
) -> list[str]:
    """Return what is wrong with the manifest's claims."""
    problems = []
    today = datetime.now(UTC).date()
    if delivery.as_of is not None and delivery.as_of > today:
        problems.append(
            f"manifest: as_of is {delivery.as_of}, after today ({today}); give the day that the "
            "content describes"
        )
    for table in tables:
        contract = contracts[table.table_name]
        if table.contract_version != contract.version:
            problems.append(
                f"{table.path}: written for version {table.contract_version} of the contract, "
                f"the warehouse has {contract.version}; see docs/contracts for what changed"
            )
    if delivery.supersedes is not None:
        problems += _correction_problems(connection, delivery)
    return problems


def _correction_problems(connection: psycopg.Connection, delivery: Delivery) -> list[str]:
    corrected = connection.execute(
        "select source, collection_id, state, superseded_by from ops.deliveries "
        "where delivery_id = %s",
        [delivery.supersedes],
    ).fetchone()
    if corrected is None:
        return [
            f"manifest: supersedes {delivery.supersedes}, which the warehouse has never "
            "received; `janus deliveries` lists the ids"
        ]
    source, collection, _, successor = corrected
    if (source, collection) != (delivery.source, delivery.collection_id):
        return [
            f"manifest: supersedes {delivery.supersedes}, a delivery of {source} for "
            f"{collection}; a correction comes from the same source for the same collection"
        ]
    if successor not in (None, delivery.delivery_id):
        return [
            f"manifest: supersedes {delivery.supersedes}, which {successor} has already "
            "replaced; correct that one"
        ]
    return []


def file_problems(table: DeliveryTable, contract: Contract, found: FileScan) -> list[str]:
    """Return what one pass over a file proves to be wrong with it."""
    problems = []
    if found.bytes < table.bytes:
        problems.append(
            f"{table.path}: truncated: the manifest says {table.bytes:,} bytes, the file has "
            f"{found.bytes:,}; send it again"
        )
    elif found.sha256 != table.sha256:
        problems.append(
            f"{table.path}: the checksum differs from the manifest's; the file changed after "
            "the manifest was written. Send it again, or write the manifest again with "
            "`janus deliver FOLDER`"
        )
    faults = scan_faults(found, contract.format.model_dump())
    problems += [f"{table.path}, {fault}" for fault in faults[:SHOWN_FAULTS]]
    if faults or problems:
        return problems
    if found.data_rows == 0:
        problems.append(
            f"{table.path}: no data rows; a delivery that has nothing to say is not sent"
        )
    elif found.data_rows != table.rows_declared:
        problems.append(
            f"{table.path}: the manifest says {table.rows_declared:,} rows, the file has "
            f"{found.data_rows:,}; the file or the manifest is incomplete"
        )
    return problems


def match_columns(table: DeliveryTable, contract: Contract, found: list[str]) -> list[str]:
    """Return our name of each column of the file, in the file's order.

    Columns may come in any order, because each has its name. A column that the contract
    ignores is called `ignored_<n>`.

    Raises:
        DeliveryRefusedError: Columns are missing, doubled or not in the contract.
    """
    names = {column.physical_name: column.name for column in contract.columns}
    missing = [header for header in names if header not in found]
    extra = [header for header in found if header not in names]
    doubled = sorted({header for header in found if found.count(header) > 1})
    problems = []
    if missing:
        hints = [_hint(header, extra) for header in missing]
        problems.append(f"missing {', '.join(hints)}")
    if extra and contract.format.extra_columns == "refuse":
        problems.append(f"not in the contract: {', '.join(map(_shown, extra))}")
    if doubled:
        problems.append(f"named twice: {', '.join(map(_shown, doubled))}")
    if problems:
        raise DeliveryRefusedError(
            f"{table.path}, line 1: the columns differ from contract {contract.contract_id} "
            f"{contract.version}: {'; '.join(problems)}. Expected {len(names)} columns, found "
            f"{len(found)}"
        )
    return [names.get(header, f"ignored_{index}") for index, header in enumerate(found)]


def _hint(header: str, candidates: list[str]) -> str:
    close = difflib.get_close_matches(header, candidates, n=1, cutoff=0.6)
    return f"{header} (renamed to {_shown(close[0])}?)" if close else header


def _shown(header: str) -> str:
    """Return a header fit for a message: a file without its header has values in that place."""
    looks_like_name = header[:1].isalpha() and len(header) <= 40
    return header if looks_like_name else "(a header that is not a name)"


def explain_copy_failure(
    table: DeliveryTable,
    contract: Contract,
    path: Path,
    n_columns: int,
    line: int | None,
    error: psycopg.Error,
) -> str:
    """Return why the database could not read a file, with every place that is wrong."""
    file_format = contract.format.model_dump()
    width = n_columns
    if contract.format.kind == "fixed_width":
        width = max(column.position[1] for column in contract.columns if column.position)
    faults = []
    if contract.format.kind not in ("xpt", "parquet"):
        faults = explain_structure(path, file_format, width)
    if faults:
        listed = "\n".join(f"{table.path}, {fault}" for fault in faults[:SHOWN_FAULTS])
        more = len(faults) - SHOWN_FAULTS
        return listed + (f"\n{table.path}: and {more} more places" if more > 0 else "")
    where = f", line {line}" if line is not None else ""
    return f"{table.path}{where}: the row is not built as the contract says ({_kind(error)})"


def _kind(error: psycopg.Error) -> str:
    """Return the class of a database error, never its message: that quotes the row."""
    return type(error).__name__
