"""Rules about plates: wells that exist and hold one sample, plates that are whole, days of runs."""

from collections.abc import Iterator

import polars as pl

from janus_warehouse.assays.gate.context import Context
from janus_warehouse.assays.gate.findings import Finding, counted, listed
from janus_warehouse.assays.gate.landed import PLACE, Landed

WELL = r"^[A-P](0?[1-9]|1[0-9]|2[0-4])$"
LEAST_OF_PLATE = 0.1
"""With fewer of a plate's samples back, the plate was hardly run: its codes are missing, and that
is told by itself."""


def judge_places(landed: Landed, context: Context) -> Iterator[Finding]:
    """Yield what is found about plates, wells and days of a return."""
    placed = landed.samples.filter(pl.col("well").is_not_null() | pl.col("plate_id").is_not_null())
    yield _impossible(placed)
    yield _shared(landed, placed)
    yield _cut(landed, context)
    yield _days(landed, context)


def _impossible(placed: pl.DataFrame) -> Finding:
    well = pl.col("well")
    bad = placed.filter(
        (well.is_not_null() & ~well.str.contains(WELL))
        | (well.is_not_null() & pl.col("plate_id").is_null())
    )
    named = bad.select(pl.concat_str(pl.col("plate_id").fill_null("no plate"),
                                     pl.lit(" "), well)).to_series().unique().sort()  # fmt: skip
    told = f"{counted(bad.height, 'sample')} in places that no plate has: {listed(named)}."
    return Finding("gate.places_possible", placed.height, bad.height, told,
                   {"samples": bad.select("row")})  # fmt: skip


def _shared(landed: Landed, placed: pl.DataFrame) -> Finding:
    """Return wells that hold two samples: whose the results are nobody can tell."""
    well = [*PLACE, "well"]
    full = placed.filter(pl.col("well").is_not_null(), pl.col("plate_id").is_not_null())
    shared = full.filter(pl.col("sample_code").n_unique().over(well) > 1)
    named = (
        shared.select(pl.concat_str("plate_id", "well", separator=" ")).to_series().unique().sort()
    )
    told = f"{counted(len(named), 'well')} with more than one sample: {listed(named)}."
    rows = {"samples": shared.select("row")}
    if landed.results is not None and shared.height:
        there = landed.results.join(shared.lazy(), on=well, how="semi", nulls_equal=True)
        rows["results"] = there.select("row").collect()
    return Finding("gate.places_used_once", full.height, shared.height, told, rows)


def _cut(landed: Landed, context: Context) -> Finding:
    """Return plates of the shipment of which the last wells, and no others, did not come back."""
    codes = landed.of_bank["sample_code"].unique()
    sent = context.expected(landed.form, codes).filter(
        pl.col("plate_id").is_not_null(), pl.col("well").str.contains(WELL)
    )
    explained = landed.of_bank.filter(pl.col("missing_reason").is_not_null())["sample_code"]
    there = pl.concat([landed.codes_with_results, context.came_back, explained])
    row = pl.col("well").str.head(1)
    column = pl.col("well").str.slice(1).cast(pl.Int32)
    laid = sent.with_columns(
        is_back=pl.col("study_code").is_in(there.implode()),
        by_row=pl.struct(row.alias("r"), column.alias("c")),
        by_column=pl.struct(column.alias("c"), row.alias("r")),
    )
    cut = []
    for order in ("by_row", "by_column"):
        # Of a plate cut short, the wells that came back are the first ones in either order.
        at = laid.with_columns(place=pl.col(order).rank("ordinal").over("shipment", "plate_id"))
        plates = at.group_by("shipment", "plate_id").agg(
            wells=pl.len(), back=pl.col("is_back").sum(),
            last=pl.col("place").filter("is_back").max(),
            last_well=pl.col("well").filter("is_back").sort_by(
                pl.col("place").filter("is_back")).last(),
        )  # fmt: skip
        cut.append(plates.filter(
            pl.col("back") < pl.col("wells"), pl.col("last") == pl.col("back"),
            pl.col("back") >= LEAST_OF_PLATE * pl.col("wells"),
        ))  # fmt: skip
    found = pl.concat(cut).unique(["shipment", "plate_id"], keep="first").sort("plate_id")
    told = "; ".join(
        f"plate {r['plate_id']}: {r['back']} of {r['wells']} samples came back, the last from "
        f"well {r['last_well']}"
        for r in found.iter_rows(named=True)
    )
    seen = sent.select("shipment", "plate_id").unique().height
    return Finding("gate.plates_whole", seen, found.height, f"Cut short: {told}.")


def _days(landed: Landed, context: Context) -> Finding:
    dated = landed.of_bank.filter(pl.col("run_date").is_not_null()).join(
        context.issued.select("study_code", "shipped_date"),
        left_on="sample_code", right_on="study_code", how="left",
    )  # fmt: skip
    bad = dated.filter(
        (pl.col("run_date") < pl.col("shipped_date"))
        | (pl.col("run_date") > pl.lit(landed.form.as_of))
    )
    early = bad.filter(pl.col("run_date") < pl.col("shipped_date")).height
    told = (
        f"{counted(bad.height, 'sample')} run on impossible days: {early:,} before they were "
        f"sent, {bad.height - early:,} after the return of {landed.form.as_of}."
    )
    return Finding("gate.run_dates_possible", dated.height, bad.height, told,
                   {"samples": bad.select("row")})  # fmt: skip
