"""What the fill colours of a Biocrates export mean."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

from janus_warehouse.assays.formats.cells import told_lines
from janus_warehouse.assays.formats.grid import stacked
from janus_warehouse.errors import DeliveryRefusedError

OUTSIDE = "outside"
"""Below the lower or above the upper limit of quantification: one colour for both."""

COLOURS: Mapping[str, str] = {
    "00CD66": "detected", "B9DE83": "detected",
    "87CEEB": OUTSIDE, "B2D1DC": OUTSIDE, "7FB2C5": OUTSIDE,
    "6A5ACD": "below_lod", "A28BA3": "below_lod", "BBA7B9": "below_lod",
    # Internal standard out of its range; invalid; incomplete.
    "FFF099": "qc_failed", "FFFF33": "qc_failed", "FFFFCC": "qc_failed",
    "CBD2D7": "qc_failed", "FFCCCC": "qc_failed",
}  # fmt: skip
"""Fill colour → status, in the colours of MetIDQ as far as they are known."""

MEANINGS: Mapping[str, str] = {
    "< lod": "below_lod", "< lloq": OUTSIDE, "> uloq": OUTSIDE, "< loq": OUTSIDE,
    "valid": "detected", "istd out": "qc_failed", "invalid": "qc_failed", "incomplete": "qc_failed",
}  # fmt: skip
"""Beginning of a line of the sheet's legend → status; a colour that the legend shows goes first."""

LEGEND = "color code"
"""What the cell above the legend begins with."""


def legend(texts: pl.DataFrame, fills: pl.DataFrame, height: int) -> dict[str, str]:
    """Return colour → status as the legend above the samples shows them."""
    found, is_in = {}, False
    for row, colours in zip(texts.slice(1, height).iter_rows(),
                            fills.slice(1, height).iter_rows(), strict=True):  # fmt: skip
        is_in = is_in or (row[0] or "").lower().startswith(LEGEND)
        told = " ".join(text for text in row[1:6] if text).lower()
        meaning = next((s for start, s in MEANINGS.items() if told.startswith(start)), None)
        if is_in and colours[0] and meaning:
            found[colours[0]] = meaning
    return found


def colour_status(
    path: Path, body: pl.DataFrame, fills: pl.DataFrame, columns: list[str],
    colours: Mapping[str, str],
) -> pl.Series:  # fmt: skip
    """Return the status of each cell by its colour, in the order of `grid.stacked`.

    Raises:
        DeliveryRefusedError: A cell with a value has a colour that nobody has explained.
    """
    fill, cells = stacked(fills, columns), stacked(body, columns)
    status = fill.replace_strict(colours, default=None, return_dtype=pl.String)
    lines = pl.concat([body["line"].cast(pl.Int64)] * len(columns))
    bad = cells.is_not_null() & status.is_null()
    if bad.any():
        counts = fill.filter(bad).fill_null("no colour").value_counts(sort=True)
        told = ", ".join(f"{name}: {n:,}" for name, n in counts.iter_rows())
        raise DeliveryRefusedError(
            f"{path.name}: {int(bad.sum()):,} cells have a fill colour whose meaning is not known "
            f"({told}; {told_lines(lines.filter(bad).unique().sort())}); the colours carry the "
            "status: send the sheet as MetIDQ exported it, with its legend"
        )
    return status


def told_apart(
    status: pl.Series, value: pl.Series, analytes: pl.DataFrame, height: int
) -> tuple[pl.Series, pl.DataFrame]:
    """Return statuses in which below the lower and above the upper limit are told apart.

    What is valid lies between the limits; so a number outside them that is higher than every valid
    one of the same metabolite is above the upper limit. Any other is taken to be below the lower
    one. How many of those the valid ones do not confirm is the second thing returned, a figure of
    quality for each metabolite. A sum or ratio, which has no unit, has no limits of its own.
    """
    cells = pl.DataFrame({"status": status, "value": value}).with_columns(
        column=pl.int_range(pl.len()) // height,
        has_unit=analytes["unit"].is_not_null().gather(np.repeat(np.arange(len(analytes)), height)),
    )
    valid = pl.col("value").filter(pl.col("status") == "detected")
    is_above = (pl.col("value") > valid.max().over("column")) & pl.col("has_unit")
    cells = cells.with_columns(
        is_outside=(pl.col("status") == OUTSIDE).fill_null(False),
        is_above=is_above.fill_null(False),
        is_below=(pl.col("value") < valid.min().over("column")).fill_null(False),
    )
    unclear = (
        cells.filter("is_outside", ~pl.col("is_above") & ~pl.col("is_below"))
        .group_by("column", maintain_order=True)
        .len()
    )
    figures = analytes[unclear["column"]].select("analyte_code").with_columns(
        scope=pl.lit("analyte"), metric=pl.lit("outside_limits_unclear"),
        value=unclear["len"].cast(pl.Float64),
    )  # fmt: skip
    outside = pl.when("is_above").then(pl.lit("above_uloq")).otherwise(pl.lit("below_lloq"))
    told = cells.select(pl.when("is_outside").then(outside).otherwise("status").alias("status"))
    return told.to_series(), figures
