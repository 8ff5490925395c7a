"""Figures of analytes and samples from the lake's own rows, on one machine or on a cluster.

What the settling pass noted in PostgreSQL is counted here again, from the files: so it shows
whether the lake still has what was accepted. Only expressions of Daft are sent to a cluster; its
machines need Daft and the files, and nothing of ours.
"""

from collections.abc import Callable, Collection, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import polars as pl
import psycopg
from psycopg import sql

from janus_warehouse.assays.lake.catalogue import open_lake, table_to_read
from janus_warehouse.assays.lake.errors import NothingInTheLakeError
from janus_warehouse.assays.lake.ledger import ANALYTES, SAMPLES
from janus_warehouse.assays.lake.runner import RAY, use_runner
from janus_warehouse.assays.lake.slices import held
from janus_warehouse.platform.database import Role, connect
from janus_warehouse.platform.storage import daft_config

if TYPE_CHECKING:
    from daft import DataFrame

Of = Literal["analytes", "samples"]
FIGURES = (
    "n_values", "n_detected", "n_below_lod", "n_missing", "mean", "sd", "median", "p25", "p75",
    "total",
)  # fmt: skip
Piece = tuple[str | None, str | None]
_EVERYTHING: Piece = (None, None)
_QUARTILES = {"p25": 0.25, "median": 0.5, "p75": 0.75}
_CODE = {"analytes": "analyte_code", "samples": "sample_code"}
_NOTED = {"analytes": (ANALYTES, FIGURES[:-1]), "samples": (SAMPLES, (*FIGURES[:2], "total"))}
PIECE_CELLS = 1 << 23
"""Cells that one machine counts at once. Quartiles need all numbers of a group side by side:
64 million cells in one piece took 12 GiB (measured). A cluster shares them out itself."""

_CLOSE = 1e-9
"""Sums of floating numbers differ in their last digits with the order of the numbers."""


def figures(
    platform: str,
    of: Of = "analytes",
    deliveries: Collection[str] | None = None,
    *,
    snapshot_id: int | None = None,
    together: bool = False,
) -> pl.DataFrame:
    """Return what the lake's rows say of each analyte, or of each sample, of accepted returns.

    Args:
        platform: Whose table.
        of: Of analytes, over the samples of the bank; or of samples, controls among them.
        deliveries: Accepted returns; all of the platform when it is left out.
        snapshot_id: The state of the table to read; the latest otherwise.
        together: One row over all deliveries instead of one for each.

    Returns:
        Delivery (unless together), code and `FIGURES`, sorted. Mean, standard deviation (of a
        sample, empty below two numbers) and quartiles are of the numbers that are there.

    Raises:
        NothingInTheLakeError: No such table or snapshot, or a delivery not accepted in it.
    """
    with connect(Role.transformer) as connection, open_lake(Role.transformer) as catalogue:
        table = table_to_read(catalogue, platform)
        if snapshot_id is not None and table.snapshot_by_id(snapshot_id) is None:
            raise NothingInTheLakeError(
                f"{platform}: its table has no snapshot {snapshot_id}: `janus assay lake list` "
                "names the snapshot of each return"
            )
        wanted = _require_accepted(
            platform, {one.delivery_id for one in held(connection, platform)}, deliveries
        )
        pieces = _pieces(connection, wanted, of) if use_runner() != RAY else [_EVERYTHING]
        import daft

        cells = daft.read_iceberg(table, snapshot_id=snapshot_id, io_config=daft_config())
        cells = cells.where(daft.col("delivery_id").is_in(sorted(wanted)))
        if of == "analytes":
            cells = cells.where("sample_kind = 'sample'")
        keys = [_CODE[of]] if together else ["delivery_id", _CODE[of]]
        return pl.concat(
            figures_of_cells(_between(cells, _CODE[of], piece), keys) for piece in pieces
        ).sort(keys)


def figures_of_cells(cells: "DataFrame", keys: Sequence[str]) -> pl.DataFrame:
    """Return the figures of each group of cells, sorted.

    Args:
        cells: Rows with the keys, `value` and `status`.
        keys: What names a group.
    """
    found = pl.DataFrame(pl.from_arrow(_summed(cells, [*keys]).to_arrow()))
    spread = pl.when(pl.col("n") > 1).then((pl.col("squares") / (pl.col("n") - 1)).sqrt())
    found = found.with_columns(pl.col("total").fill_null(0), sd=spread)
    return found.select(*keys, *FIGURES).sort(keys)


def _pieces(connection: psycopg.Connection, wanted: Collection[str], of: Of) -> list[Piece]:
    """Return ranges of codes, each of about `PIECE_CELLS` cells, that together have every code.

    What was noted says where to cut, and not what there is: a code that only the lake has falls
    into one of them too.
    """
    query = sql.SQL(
        """
        with counted as (
            select {code} collate "C" as code, sum(n_values) as cells
            from raw.{noted}
            where delivery_id = any(%s)
            group by 1
        ),
        numbered as (
            select code, div(sum(cells) over (order by code), %s) as piece from counted
        )
        select max(code) from numbered group by piece order by piece
        """
    ).format(code=sql.Identifier(_CODE[of]), noted=sql.Identifier(_NOTED[of][0]))
    rows = connection.execute(query, [sorted(wanted), PIECE_CELLS]).fetchall()
    cuts = [None, *(code for (code,) in rows[:-1]), None]
    return list(pairwise(cuts))


def _between(cells: "DataFrame", code: str, piece: Piece) -> "DataFrame":
    """Return the cells whose code is after the first and not after the second."""
    import daft

    first, last = piece
    codes: Any = daft.col(code)  # see `_summed`
    if first is not None:
        cells = cells.where(codes > first)
    return cells if last is None else cells.where(codes <= last)


def differences(found: pl.DataFrame, of: Of) -> pl.DataFrame:
    """Return the rows of figures, by delivery, that differ from what was noted at the acceptance.

    A row that only one side has is among them.
    """
    table, compared = _NOTED[of]
    keys = ["delivery_id", _CODE[of]]
    deliveries = found["delivery_id"].unique().to_list()
    query = sql.SQL("select {} from {} where delivery_id = any(%s)").format(
        sql.SQL(", ").join(map(sql.Identifier, [*keys, *compared])), sql.Identifier("raw", table)
    )
    with connect(Role.transformer) as connection:
        rows = connection.execute(query, [deliveries]).fetchall()
    schema = {name: found.schema[name] for name in (*keys, *compared)}
    noted = pl.DataFrame(rows, schema=schema, orient="row")
    both = found.join(noted, on=keys, how="full", suffix="_noted", coalesce=True)
    return both.filter(~pl.all_horizontal(_is_close(name) for name in compared)).select(keys)


def _is_close(name: str) -> pl.Expr:
    ours, theirs = pl.col(name), pl.col(f"{name}_noted")
    apart = (ours - theirs).abs() <= _CLOSE * pl.max_horizontal(ours.abs(), theirs.abs())
    return pl.when(ours.is_null() | theirs.is_null()).then(
        ours.is_null() & theirs.is_null()
    ).otherwise(apart)  # fmt: skip


def _require_accepted(
    platform: str, accepted: set[str], deliveries: Collection[str] | None
) -> set[str]:
    wanted = accepted if deliveries is None else set(deliveries)
    unknown = sorted(wanted - accepted)
    if unknown or not wanted:
        raise NothingInTheLakeError(
            f"{platform}: expected accepted returns, found "
            f"{', '.join(unknown) or 'none'}; accepted are {', '.join(sorted(accepted)) or 'none'}"
        )
    return wanted


def _summed(cells: "DataFrame", keys: list[str]) -> "DataFrame":
    """Return the figures of each group of cells.

    Deviations are taken from the mean of their group, which a first pass finds: Daft's own
    standard deviation is that of squares less the square, and loses its digits where a number is
    large beside its spread.
    """
    import daft

    whole = daft.DataType.int64()
    # Any: what mypy takes for a comparison of Daft's columns is a truth value.
    col: Callable[[str], Any] = daft.col
    value, status = col("value").cast(daft.DataType.float64()), col("status")
    detected = (status == "detected") & col("value").not_null() & (col("value") != 0)
    means = cells.groupby(*keys).agg(
        value.mean().alias("mean"), value.count().cast(whole).alias("n")
    )
    apart = value - col("mean")
    return (
        cells.join(means, on=[*keys])
        .with_column("squared", apart * apart)
        .groupby(*keys)
        .agg(
            status.count("all").cast(whole).alias("n_values"),
            detected.cast(whole).sum().alias("n_detected"),
            (status == "below_lod").cast(whole).sum().alias("n_below_lod"),
            (status == "missing").cast(whole).sum().alias("n_missing"),
            col("mean").any_value().alias("mean"),
            col("n").any_value().alias("n"),
            col("squared").sum().alias("squares"),
            value.sum().alias("total"),
            *(value.percentile(share).alias(name) for name, share in _QUARTILES.items()),
        )
    )
