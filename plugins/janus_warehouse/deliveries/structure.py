"""What can be wrong with a delivery before a single row is judged, in the sender's words.

Every message names the file, says what was expected and what was found, and how to mend it.
None shows a value.
"""

import difflib
import re
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from janus_warehouse.contracts import Contract
from janus_warehouse.deliveries.ledger import Delivery, DeliveryTable
from janus_warehouse.deliveries.readers import (
    FileScan,
    StructureFault,
    explain_structure,
    scan_faults,
)
from janus_warehouse.errors import DeliveryRefusedError

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,39}")

_WRITE_AGAIN = "write the file again as its contract says"
_MENDS = {
    "blank line": "remove the line",
    "columns": "a delimiter inside a text needs quotes around the text",
    "encoding": "write the file in the encoding of the contract",
    "end marker": "remove the line",
    "long line": "look for a line break gone missing",
    "nul": "write the file again as plain text",
    "quotes": "close it, or double a quote that belongs to the text",
    "short line": "write every line in full length",
}
"""What a sender does about each kind of fault."""

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
        if contract.restatement == "none" and (held := _same_file(connection, delivery, table)):
            problems.append(
                f"{table.path}: the same file is already in, with {held}; each delivery of "
                f"{table.source} adds to the others, so its rows would count twice. Leave it "
                "out, or name the delivery that it corrects under supersedes"
            )
        if table.contract_version != contract.version:
            problems.append(
                f"{table.path}: written for version {table.contract_version} of the contract, "
                f"the warehouse has {contract.version}; see docs/contracts for what changed"
            )
    if delivery.supersedes is not None:
        problems += _correction_problems(connection, delivery)
    return problems


def _same_file(
    connection: psycopg.Connection, delivery: Delivery, table: DeliveryTable
) -> str | None:
    """Return the accepted delivery that has the very same file for this table, if there is one."""
    found = connection.execute(
        "select t.delivery_id from ops.delivery_tables as t "
        "inner join ops.deliveries as d on t.delivery_id = d.delivery_id "
        "where d.state = 'accepted' and d.collection_id = %s and t.source = %s "
        "and t.table_name = %s and t.sha256 = %s and d.delivery_id not in (%s, %s) "
        "order by t.delivery_id limit 1",
        [delivery.collection_id, table.source, table.table_name, table.sha256,
         delivery.delivery_id, delivery.supersedes or ""],
    ).fetchone()  # fmt: skip
    return str(found[0]) if found else None


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
        return [already_corrected(str(delivery.supersedes), successor)]
    return []


def already_corrected(delivery_id: str, successor: str) -> str:
    """Return the sentence for a correction that comes after another of the same delivery."""
    return (
        f"manifest: supersedes {delivery_id}, which {successor} has already replaced; "
        "correct that one"
    )


def missing_file(table: DeliveryTable) -> str:
    """Return the sentence for a file that the manifest names and the folder has not."""
    return (
        f"{table.path}: the manifest names this file and it is not there; send it, or write the "
        "manifest again with `janus deliver FOLDER`"
    )


def _wholeness_problems(table: DeliveryTable, size: int, sha256: str) -> list[str]:
    if size < table.bytes:
        return [
            f"{table.path}: truncated: the manifest says {table.bytes:,} bytes, the file has "
            f"{size:,}; send it again"
        ]
    if sha256 != table.sha256:
        return [
            f"{table.path}: the checksum differs from the manifest's; the file changed after "
            "the manifest was written. Send it again, or write the manifest again with "
            "`janus deliver FOLDER`"
        ]
    return []


def unreadable_file(
    table: DeliveryTable, size: int, sha256: str, error: DeliveryRefusedError
) -> list[str]:
    """Return why a file could not even be read through: cut off on its way, or damaged before."""
    return _wholeness_problems(table, size, sha256) or [str(error)]


def file_problems(
    table: DeliveryTable, contract: Contract, found: FileScan, *, may_be_empty: bool = False
) -> list[str]:
    """Return what one pass over a file proves to be wrong with it.

    Args:
        table: What the manifest says of the file.
        contract: Its contract.
        found: What the file is.
        may_be_empty: Whether a header alone says something: that a table which restates
            everything has nothing in it, beside other tables of the delivery that have.
    """
    problems = _wholeness_problems(table, found.bytes, found.sha256)
    faults = scan_faults(found, contract.format.model_dump())
    problems += _listed(table, faults)
    if problems:
        return problems
    if found.bytes == 0:
        problems.append(
            f"{table.path}: the file is empty (0 bytes); send it again, or leave it out of the "
            "delivery if there is nothing to say"
        )
    elif found.data_rows == 0 and not (may_be_empty and table.rows_declared == 0):
        problems.append(
            f"{table.path}: no data rows; a table that has nothing to say is left out of the "
            "delivery"
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
        # Most names unknown: line 1 may be a row of data, so nothing of it is shown.
        extra_shown = extra if 2 * len(missing) <= len(names) else []
        problems.append(f"missing {', '.join(_hint(header, extra_shown) for header in missing)}")
    if extra and contract.format.extra_columns == "refuse":
        if missing and 2 * len(missing) > len(names):
            problems.append(f"{len(extra)} that are not in the contract (is line 1 the header?)")
        else:
            problems.append(f"not in the contract: {', '.join(map(_shown, extra))}")
    if doubled and not (missing and 2 * len(missing) > len(names)):
        problems.append(f"named twice: {', '.join(map(_shown, doubled))}")
    if problems:
        raise DeliveryRefusedError(
            f"{table.path}, line 1: expected the {len(names)} columns of contract "
            f"{contract.contract_id} {contract.version}, found {len(found)} columns: "
            f"{'; '.join(problems)}. Name the columns as the contract does, in any order"
        )
    return [names.get(header, f"ignored_{index}") for index, header in enumerate(found)]


def _hint(header: str, candidates: list[str]) -> str:
    close = difflib.get_close_matches(header, candidates, n=1, cutoff=0.6)
    return f"{header} (renamed to {_shown(close[0])}?)" if close else header


def _shown(header: str) -> str:
    """Return a header fit for a message: in its place may stand what is no name of a column."""
    return header if _NAME.fullmatch(header) else "(a header that is not a name)"


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
        return "\n".join(_listed(table, faults))
    where = f", line {line}" if line is not None else ""
    return (
        f"{table.path}{where}: the row is not built as the contract says "
        f"({_kind(error)}); compare it with the lines around it"
    )


def _listed(table: DeliveryTable, faults: list[StructureFault]) -> list[str]:
    """Return a sentence for each place, with what mends it; one for a kind of fault in a line."""
    places = {(fault.line, fault.kind): fault for fault in reversed(faults)}
    ordered = sorted(places.values(), key=lambda fault: fault.line)
    listed = [
        f"{table.path}, {fault}; {_MENDS.get(fault.kind, _WRITE_AGAIN)}"
        for fault in ordered[:SHOWN_FAULTS]
    ]
    if (more := len(ordered) - SHOWN_FAULTS) > 0:
        listed.append(f"{table.path}: and {more} or more places like these")
    return listed


def _kind(error: psycopg.Error) -> str:
    """Return the class of a database error, never its message: that quotes the row."""
    return type(error).__name__
