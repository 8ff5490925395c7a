"""What PostgreSQL keeps of the lake: which snapshot has which delivery, and summaries."""

import io

import polars as pl
import psycopg
from psycopg import sql

from janus_warehouse.assays.lake.appending import Append
from janus_warehouse.deliveries.ledger import Delivery

ANALYTES, SAMPLES = "laboratories__matrix_analytes", "laboratories__matrix_samples"
SUMMARIES = (f"raw.{ANALYTES}", f"raw.{SAMPLES}")
_OF_ANALYTE = (
    "analyte_code", "n_values", "n_detected", "n_below_lod", "n_missing", "mean", "sd", "median",
    "p25", "p75",
    *(f"{figure}_{of_what}" for of_what in ("within_plate", "between_plates", "controls")
      for figure in ("n", "df", "squares")),
    "n_plates", "plate_order_correlation", "change_per_plate", "largest_plate_deviation",
)  # fmt: skip
_OF_SAMPLE = ("sample_code", "n_values", "n_detected", "total")


def note_append(
    connection: psycopg.Connection, delivery_id: str, platform: str, done: Append
) -> None:
    """Record which snapshot of the lake has a delivery's rows."""
    connection.execute(
        "insert into ops.lake_appends (delivery_id, platform, snapshot_id, rows, content_sha256) "
        "values (%s, %s, %s, %s, %s)",
        [delivery_id, platform, done.snapshot_id, done.rows, done.content_sha256],
    )


def note_summaries(
    connection: psycopg.Connection,
    delivery: Delivery,
    analytes: pl.DataFrame,
    samples: pl.DataFrame,
) -> None:
    """Append what is told of each analyte and each sample of a return."""
    for table, columns, rows in ((ANALYTES, _OF_ANALYTE, analytes), (SAMPLES, _OF_SAMPLE, samples)):
        known = rows.select(
            pl.lit(delivery.delivery_id).alias("delivery_id"),
            pl.lit(delivery.collection_id).alias("collection_id"),
            *columns,
        ).with_columns(pl.col(pl.Float64).fill_nan(None))
        text = io.BytesIO()
        known.write_csv(text, include_header=False)
        copy_into = sql.SQL("copy {} ({}) from stdin (format csv)").format(
            sql.Identifier("raw", table), sql.SQL(", ").join(map(sql.Identifier, known.columns))
        )
        with connection.cursor() as cursor, cursor.copy(copy_into) as copy:
            copy.write(text.getvalue())
