"""The door for wide results: what load, check and settle do with a table that stays in the lake.

Its cells never land in PostgreSQL. They are staged beside the warehouse's other work, judged
there, and appended to the lake in the step that accepts the delivery; the ledger counts them as
it counts rows.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl
import psycopg

from janus_warehouse.assays.lake.appending import (
    Append,
    append_files,
    content_hash,
    standing_append,
)
from janus_warehouse.assays.lake.catalogue import ASSAY, QUARANTINE, open_lake, table_to_write
from janus_warehouse.assays.lake.errors import LakeError
from janus_warehouse.assays.lake.gist import Gist, gist_folder
from janus_warehouse.assays.lake.groups import Group, in_groups
from janus_warehouse.assays.lake.judging import Judged, entering, flags_of_groups, judge
from janus_warehouse.assays.lake.layout import tubes_of_codes
from janus_warehouse.assays.lake.ledger import note_append, note_summaries
from janus_warehouse.assays.lake.rules import Flags, require_known_rules
from janus_warehouse.assays.lake.staging import staged
from janus_warehouse.assays.lake.taking_in import TakenIn, Target, take_in
from janus_warehouse.assays.unpacking import place_of
from janus_warehouse.contracts import Contract
from janus_warehouse.deliveries import ledger, view
from janus_warehouse.deliveries.ledger import Delivery, DeliveryTable
from janus_warehouse.deliveries.rows import failing_rows_sql
from janus_warehouse.errors import DeliveryRefusedError
from janus_warehouse.platform.database import Role

_NAMING = ("samples", "analytes")
"""Tables of a return whose rows tell which columns and rows of the matrix enter."""


@dataclass(frozen=True)
class Cells:
    """A return's staged cells with what is known of its samples and analytes."""

    groups: list[Group]
    flags: list[Flags]
    platform: str


def is_staged(table: DeliveryTable) -> bool:
    """Tell whether the cells of a loaded table are all still staged."""
    return sum(stage.cells for stage in staged(place_of(table.sha256))) == table.rows_received


def check_cells(
    connection: psycopg.Connection,
    delivery: Delivery,
    table: DeliveryTable,
    contracts: dict[str, Contract],
    relation: Callable[[str], str],
) -> tuple[Judged, float]:
    """Return how a table's cells keep the rules of its contract, and the seconds it took.

    What the gate asks of them later is kept beside them.

    Raises:
        DeliveryRefusedError: The return lacks the tables that say whose the cells are.
        WarehouseError: The contract has a rule that nobody counts.
    """
    started = time.perf_counter()
    contract = contracts[table.table_name]
    require_known_rules(contract)
    failing = {}
    for sibling in _siblings(connection, delivery, table):
        rules = [r for r in contracts[sibling.table_name].rules if r.consequence != "warn"]
        query = failing_rows_sql(sibling, rules, relation)
        failing[sibling.table_name] = _places(
            connection, sibling, f"select line_number from ({query}) as failing"
        )
    cells = _cells(connection, delivery, table, failing)
    judged = judge(cells.groups, cells.flags, cells.platform)
    judged.gist.write(gist_folder(place_of(table.sha256), delivery.delivery_id))
    return judged, time.perf_counter() - started


def failing_lines(
    connection: psycopg.Connection,
    delivery: Delivery,
    table: DeliveryTable,
    contracts: dict[str, Contract],
    relation: Callable[[str], str],
) -> dict[str, list[int]]:
    """Return the lines of the native files whose cells break each rule."""
    judged, _ = check_cells(connection, delivery, table, contracts, relation)
    return judged.lines


def gist_of(
    connection: psycopg.Connection,
    delivery: Delivery,
    table: DeliveryTable,
    contracts: dict[str, Contract],
) -> Gist:
    """Return what the check kept of a table's cells for the gate; looked for again if it is gone.

    Args:
        connection: As loader.
        delivery: A checked delivery.
        table: Its table of cells, staged.
        contracts: Its contracts by table.
    """
    kept = Gist.read(gist_folder(place_of(table.sha256), delivery.delivery_id))
    if kept is not None:
        return kept
    tables = ledger.tables_of(connection, delivery.delivery_id)
    relation = view.relation_during_check(connection, tables, contracts, delivery)
    judged, _ = check_cells(connection, delivery, table, contracts, relation)
    return judged.gist


def enter_cells(
    connection: psycopg.Connection, delivery: Delivery, table: DeliveryTable
) -> tuple[int, int, dict[str, int]]:
    """Append a table's cells to the lake; return accepted and quarantined cells, and by rule.

    The lake's snapshot is made before the ledger's transaction ends. Until it has ended nobody
    reads the delivery's rows, because readers ask the ledger whose rows count.

    Args:
        connection: As loader, in the transaction that accepts the delivery, after the other
            tables of the return have entered.
        delivery: The delivery.
        table: Its table of cells.
    """
    failing = {
        sibling.table_name: _places(
            connection, sibling,
            "select line_number from quarantine.rows where delivery_id = "
            f"'{delivery.delivery_id}' and table_name = '{sibling.table_name}'",
        )
        for sibling in _siblings(connection, delivery, table)
    }  # fmt: skip
    cells = _cells(connection, delivery, table, failing)
    # One append at a time to one table; the lock goes with the transaction.
    connection.execute(
        "select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"lake {cells.platform}"]
    )
    content = _content(table, failing)
    with open_lake(Role.loader) as catalogue:
        assay, aside = (table_to_write(catalogue, cells.platform, n) for n in (ASSAY, QUARANTINE))
        prefix = f"data/{delivery.delivery_id}-{content[:12]}"
        target = Target(
            io=assay.io, delivery_id=delivery.delivery_id, platform=cells.platform,
            places=(f"{assay.location()}/{prefix}", f"{aside.location()}/{prefix}"),
            schemas=(assay.schema(), aside.schema()),
            tubes=tubes_of_codes(connection, delivery.collection_id),
        )  # fmt: skip
        taken = take_in(cells.groups, cells.flags, target)
        good, bad = _require_sum(table, taken)
        # A run that was killed may have put cells aside that enter now.
        if bad or standing_append(aside, delivery.delivery_id):
            append_files(aside, delivery.delivery_id, taken.quarantined, content)
        done = append_files(assay, delivery.delivery_id, taken.accepted, content)
    _note(connection, delivery, cells.platform, done, taken)
    return good, bad, taken.broken


def _note(
    connection: psycopg.Connection, delivery: Delivery, platform: str, done: Append, taken: TakenIn
) -> None:
    note_append(connection, delivery.delivery_id, platform, done)
    note_summaries(connection, delivery, taken.analytes, taken.samples)


def _require_sum(table: DeliveryTable, taken: TakenIn) -> tuple[int, int]:
    good, bad = taken.rows
    if good + bad != table.rows_received:
        raise LakeError(
            f"{table.table_name}: {table.rows_received:,} cells came, {good:,} would enter and "
            f"{bad:,} go to quarantine; nothing was kept"
        )
    return good, bad


def _siblings(
    connection: psycopg.Connection, delivery: Delivery, table: DeliveryTable
) -> list[DeliveryTable]:
    known = {t.table_name: t for t in ledger.tables_of(connection, delivery.delivery_id)}
    missing = [name for name in _NAMING if name not in known]
    if missing:
        raise DeliveryRefusedError(
            f"manifest: {table.table_name} is delivered without {', '.join(missing)}; write the "
            "manifest again with `janus deliver FOLDER`"
        )
    return [known[name] for name in _NAMING]


def _places(connection: psycopg.Connection, table: DeliveryTable, query: str) -> pl.Series:
    """Return the places of landed rows, from 0, from a query that gives their lines."""
    lines = [line for (line,) in connection.execute(query).fetchall()]  # type: ignore[call-overload]
    return pl.Series("place", lines, dtype=pl.Int64) - table.first_line


def _cells(
    connection: psycopg.Connection,
    delivery: Delivery,
    table: DeliveryTable,
    failing: dict[str, pl.Series],
) -> Cells:
    stages = staged(place_of(table.sha256))
    samples = entering(sum(stage.samples.height for stage in stages), failing["samples"])
    analytes = entering(sum(stage.analytes.height for stage in stages), failing["analytes"])
    groups = list(in_groups(stages, samples, analytes))
    platform = ledger.platform_of(connection, delivery.delivery_id)
    if platform is None:
        raise LakeError(f"{delivery.delivery_id}: no return is known of this delivery")
    return Cells(groups, flags_of_groups(groups), platform)


def _content(table: DeliveryTable, failing: dict[str, pl.Series]) -> str:
    """Return what tells the same cells of the same files from others."""
    parts: Sequence[str] = [table.sha256, str(table.rows_received)]
    kept_out = [f"{name} {sorted(places)}" for name, places in sorted(failing.items())]
    return content_hash([*parts, *kept_out])
