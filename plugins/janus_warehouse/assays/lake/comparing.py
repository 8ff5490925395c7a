"""What differs between two returns in the lake, cell by cell: counted, in little memory.

Both are read as they stood when each was accepted, some analytes at a time: files of the lake are
sorted by analyte, so that a range of them reads little else.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl
import psycopg

from janus_warehouse.assays.lake.catalogue import open_lake, table_to_read
from janus_warehouse.assays.lake.slices import data_files
from janus_warehouse.platform.database import Role, connect
from janus_warehouse.platform.storage import polars_options

CELLS_AT_ONCE = 1 << 19
"""Of one return. Measured on 16 million cells of each: 0.42 GB at the most, with twice as many at
once 0.53 GB and more time."""
_KEY = ["sample_code", "sample_kind", "replicate", "analyte_code"]
_COLUMNS = [*_KEY, "value", "status"]
_KINDS = (
    pl.when(pl.col("status").is_null()).then(pl.lit("added"))
    .when(pl.col("status_after").is_null()).then(pl.lit("removed"))
    .when(pl.col("value").ne_missing(pl.col("value_after"))).then(pl.lit("value"))
    .when(pl.col("status") != pl.col("status_after")).then(pl.lit("status"))
)  # fmt: skip


@dataclass(frozen=True)
class Changes:
    """Cells that differ, counted; most first.

    Attributes:
        analytes: analyte_code, change_kind, cells, samples.
        samples: sample_code, change_kind, cells.
    """

    analytes: pl.DataFrame
    samples: pl.DataFrame


@dataclass(frozen=True)
class _Side:
    platform: str
    delivery_id: str
    snapshot_id: int
    rows: int


def changes_between(corrected: str, delivery_id: str) -> Changes | None:
    """Return what a return in the lake changes against the one that it corrects.

    A cell is of a sample, its kind, its replicate and an analyte. Its change is `added`,
    `removed`, `value` (another number) or `status` (the same number, another status).

    Args:
        corrected: The earlier return, superseded.
        delivery_id: The return that corrects it.

    Returns:
        The counts; None when the lake has not both.
    """
    with connect(Role.transformer) as connection:
        sides = [_side(connection, one) for one in (corrected, delivery_id)]
        before, after = sides
        if before is None or after is None or before.platform != after.platform:
            return None
        cuts = _cuts(connection, max(before, after, key=lambda side: side.rows))
    with open_lake(Role.transformer) as catalogue:
        table = table_to_read(catalogue, after.platform)
        earlier, later = (
            data_files(table, {side.delivery_id}, snapshot_id=side.snapshot_id)
            for side in (before, after)
        )
    parts = [_compare(earlier, later, *bounds) for bounds in _ranges(cuts)]
    return Changes(
        pl.concat([analytes for analytes, _ in parts]).sort(
            "cells", "analyte_code", "change_kind", descending=[True, False, False]
        ),
        pl.concat([samples for _, samples in parts])
        .group_by("sample_code", "change_kind")
        .agg(pl.col("cells").sum())
        .sort("cells", "sample_code", "change_kind", descending=[True, False, False]),
    )


def _side(connection: psycopg.Connection, delivery_id: str) -> _Side | None:
    row = connection.execute(
        "select platform, delivery_id, snapshot_id, rows from ops.lake_appends "
        "where delivery_id = %s",
        [delivery_id],
    ).fetchone()
    return _Side(*row) if row else None


def _cuts(connection: psycopg.Connection, side: _Side) -> list[str]:
    """Return the analytes that part a return in ranges of about `CELLS_AT_ONCE` cells."""
    rows = connection.execute(
        "select analyte_code from raw.laboratories__matrix_analytes where delivery_id = %s",
        [side.delivery_id],
    )
    # In the order of the files, which is not that of the database.
    codes = sorted(code for (code,) in rows)
    ranges = -(-side.rows // CELLS_AT_ONCE)
    step = max(1, -(-len(codes) // max(1, ranges)))
    return codes[step::step]


def _ranges(cuts: list[str]) -> Iterator[tuple[str | None, str | None]]:
    """Yield first and last (exclusive) analyte of each range; all analytes are in one of them."""
    yield from zip([None, *cuts], [*cuts, None], strict=True)


def _compare(
    before: list[str], after: list[str], first: str | None, last: str | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the changes of a range of analytes, counted by analyte and by sample."""
    left, right = (_cells(files, first, last) for files in (before, after))
    if left.select(_KEY).equals(right.select(_KEY)):
        # The same cells in the same order, as most corrections have them: no need to look for
        # each other's.
        beside = right.select("value", "status").rename(lambda name: f"{name}_after")
        joined = pl.concat([left, beside], how="horizontal")
    else:
        joined = left.join(right, on=_KEY, how="full", coalesce=True, suffix="_after")
    changed = joined.select(*_KEY, change_kind=_KINDS).filter(pl.col("change_kind").is_not_null())
    return (
        changed.group_by("analyte_code", "change_kind").agg(
            cells=pl.len().cast(pl.Int64), samples=pl.col("sample_code").n_unique().cast(pl.Int64)
        ),
        changed.group_by("sample_code", "change_kind").agg(cells=pl.len().cast(pl.Int64)),
    )


def _cells(files: list[str], first: str | None, last: str | None) -> pl.DataFrame:
    cells = pl.scan_parquet(files, storage_options=polars_options(files[0]) or None)
    if first is not None:
        cells = cells.filter(pl.col("analyte_code") >= first)
    if last is not None:
        cells = cells.filter(pl.col("analyte_code") < last)
    return cells.select(_COLUMNS).collect()
