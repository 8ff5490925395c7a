"""What the report of a return says: findings, counts and plates; no value of a sample."""

from typing import Any

import polars as pl

from janus_warehouse.assays.gate.findings import Finding, NotAsked
from janus_warehouse.assays.gate.landed import Landed

MOST_PLATES = 60


def make_document(
    landed: Landed, judged: list[tuple[Finding | NotAsked, float]], lines: pl.DataFrame
) -> dict[str, Any]:
    """Return what is kept for the report, in the order of weight."""
    return {
        "findings": [one.as_document() for one, _ in judged if isinstance(one, Finding)],
        "not_asked": [one.as_document() for one, _ in judged if isinstance(one, NotAsked)],
        "counts": _counts(landed),
        "statuses": _statuses(landed),
        "plates": _plates(landed, lines),
    }


def _counts(landed: Landed) -> dict[str, int]:
    kinds = landed.samples["sample_kind"]
    return {
        "files": landed.samples["native_file"].n_unique(),
        "codes": landed.of_bank["sample_code"].n_unique(),
        "samples": int((kinds == "sample").sum()),
        "controls": int((kinds != "sample").sum()),
        "analytes": landed.analytes["analyte_code"].n_unique(),
        "results": landed.cells,
    }


def _statuses(landed: Landed) -> dict[str, int]:
    """Return results by status: of the bank's samples only."""
    if landed.results is None:
        return {}
    by = landed.measured.group_by("status_code").len().sort("len", descending=True).collect()
    return dict(by.iter_rows())


def _plates(landed: Landed, lines: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the plates with, by well, whether it is in use and how many of its rows fail."""
    place = ("plate_id", "well")
    used = landed.samples.select(*place).drop_nulls().unique().with_columns(failing=pl.lit(0))
    parts = [used.cast({"failing": pl.Int64})]
    for table, frame in _located(landed).items():
        failing = lines.filter(table_name=table).select("line_number").unique()
        if failing.is_empty():
            continue
        numbered = frame.with_columns(line_number=pl.col("row") + landed.first_lines[table]).lazy()
        found = numbered.join(failing.lazy(), on="line_number", how="semi")
        parts.append(
            found.select(*place).drop_nulls().group_by(place)
            .agg(failing=pl.len().cast(pl.Int64)).collect()
        )  # fmt: skip
    wells = pl.concat(parts).group_by(place).agg(pl.col("failing").sum())
    by_plate = (
        wells.group_by("plate_id")
        .agg(pl.struct("well", "failing").sort_by("well").alias("wells"),
             total=pl.col("failing").sum())
        .sort("total", "plate_id", descending=[True, False])
    )  # fmt: skip
    return [
        {"plate": row["plate_id"], "failing": row["total"],
         "wells": {well["well"]: well["failing"] for well in row["wells"]}}
        for row in by_plate.head(MOST_PLATES).iter_rows(named=True)
    ]  # fmt: skip


def _located(landed: Landed) -> dict[str, pl.DataFrame | pl.LazyFrame]:
    tables: dict[str, pl.DataFrame | pl.LazyFrame] = {"samples": landed.samples}
    if landed.results is not None:
        tables["results"] = landed.results
    return {
        name: frame.with_columns(pl.col("row").cast(pl.Int64)) for name, frame in tables.items()
    }
