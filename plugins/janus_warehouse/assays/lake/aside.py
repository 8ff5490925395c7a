"""The cells of a return that broke a rule: whose they are, on which line, by which rule.

They stand in `quarantine.<platform>` of the lake; their values are not read here.
"""

from dataclasses import dataclass

import polars as pl
import psycopg
from pyiceberg.exceptions import NoSuchTableError

from janus_warehouse.assays.lake.catalogue import QUARANTINE, open_lake
from janus_warehouse.assays.lake.slices import data_files
from janus_warehouse.assays.platforms import IN_LAKE
from janus_warehouse.platform.database import Role
from janus_warehouse.platform.storage import polars_options

FIRST_LINES = 8
_COLUMNS = ("sample_code", "replicate", "analyte_code", "line", "rule_ids")


@dataclass(frozen=True)
class Aside:
    """Cells in quarantine.

    Attributes:
        by_rule: rule_id, cells, lines (the first, each once); most cells first. A cell that
            breaks two rules is told under both.
        cells: sample_code, replicate, analyte_code, line, rule_ids (with a blank between), in the
            order of the lines; as many as were asked for.
        n_cells: How many there are.
    """

    by_rule: pl.DataFrame
    cells: pl.DataFrame
    n_cells: int


def cells_put_aside(
    connection: psycopg.Connection, delivery_id: str, most: int | None = None
) -> Aside | None:
    """Return the cells of an accepted return that are in quarantine; None if it has none.

    Args:
        connection: As loader.
        delivery_id: The return.
        most: How many cells are listed; all when it is left out.
    """
    row = connection.execute(
        "select platform from ops.returns where delivery_id = %s", [delivery_id]
    ).fetchone()
    files = _files(row[0], delivery_id) if row and row[0] in IN_LAKE else []
    if not files:
        return None
    cells = pl.scan_parquet(files, storage_options=polars_options(files[0]) or None)
    of_rules = cells.select("line", rule_id=pl.col("rule_ids").str.split(" ")).explode("rule_id")
    by_rule = of_rules.group_by("rule_id").agg(
        cells=pl.len(), lines=pl.col("line").unique().bottom_k(FIRST_LINES).sort()
    )
    listed = cells.select(_COLUMNS).sort("line", "analyte_code", "sample_code", "replicate")
    return Aside(
        by_rule.sort("cells", "rule_id", descending=[True, False]).collect(engine="streaming"),
        (listed if most is None else listed.head(most)).collect(engine="streaming"),
        int(cells.select(pl.len()).collect().item()),
    )


def _files(platform: str, delivery_id: str) -> list[str]:
    """Return the addresses of the files that have a delivery's cells."""
    with open_lake(Role.loader) as catalogue:
        try:
            table = catalogue.load_table((QUARANTINE, platform))
        except NoSuchTableError:
            return []
        return data_files(table, {delivery_id})
