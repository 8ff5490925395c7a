"""Rules about numbers: finite, possible for the platform, fitting their status, not made up."""

from collections.abc import Iterator
from typing import Any

import polars as pl

from janus_warehouse.assays.gate.findings import Finding, counted, listed
from janus_warehouse.assays.gate.landed import Landed
from janus_warehouse.assays.platforms import IN_LAKE, platform_limits

ENOUGH_ALIKE = 10
"""So many detected results of an analyte are never all the same by chance."""

ENOUGH_COPIED = 4
"""So many detected results of two samples are never the same by chance; the duplicates that the
bank hides are measured twice and differ in their last digits."""

_NOT_FINITE = r"(?i)^[+-]?(nan|inf|infinity)$"


def judge_values(landed: Landed) -> Iterator[Finding]:
    """Yield what is found about the numbers of a return that has results."""
    assert landed.results is not None
    limits = platform_limits().get(landed.form.platform)
    value, status = pl.col("value"), pl.col("status_code")
    lowest = limits.lowest if limits else float("-inf")
    highest = limits.highest if limits else float("inf")
    negative = (value < 0) if limits and not limits.may_be_negative else pl.lit(False)
    infinite = value.is_nan() | value.is_infinite() | pl.col("value_text").str.contains(_NOT_FINITE)
    unfitting = (
        ((status == "detected") & ((value < pl.col("lod")) | (value > pl.col("uloq"))))
        | ((status == "below_lod") & (value >= pl.col("lod")))
        | ((status == "below_lloq") & (value >= pl.col("lloq")))
        | ((status == "above_uloq") & (value <= pl.col("uloq")))
    )
    # All are asked in one scan.
    judged = landed.results.select(
        "row", "sample_kind", "analyte_code", "status_code",
        negative=negative,
        outside=((value < lowest) | (value > highest)) & ~negative,
        infinite=infinite, unfitting=unfitting,
    ).filter(pl.any_horizontal("negative", "outside", "infinite", "unfitting"))  # fmt: skip
    seen = landed.results.select(pl.len()).collect().item()
    yield from _told(judged.collect(engine="streaming"), seen, lowest, highest)
    yield _alike(landed)
    yield judge_copied(landed)


def _told(judged: pl.DataFrame, seen: int, lowest: float, highest: float) -> Iterator[Finding]:
    words = {
        "negative": ("gate.values_not_negative", "below zero"),
        "outside": ("gate.values_in_limits", f"outside {lowest:g} to {highest:g}"),
        "unfitting": ("gate.status_fits_number", "with a status that number and limits contradict"),
        "infinite": ("gate.values_finite", "that are NaN or infinite"),
    }
    for column, (rule_id, what) in words.items():
        bad = judged.filter(column)
        by = (
            bad.group_by("analyte_code").len().sort("len", "analyte_code", descending=[True, False])
        )
        named = [f"{name} {n:,}" for name, n in by.iter_rows()]
        told = f"{counted(bad.height, 'result')} {what}: {listed(named)}."
        yield Finding(rule_id, seen, bad.height, told, {"results": bad.select("row")})


def _alike(landed: Landed) -> Finding:
    """Return analytes of which every detected result is one number, in the return or on a plate.

    Counts may well all be alike: an RNA that nobody has, or once each.
    """
    rule_id, analytes = "gate.values_differ", landed.analytes["analyte_code"].n_unique()
    if landed.form.platform in IN_LAKE:
        return Finding(rule_id, analytes, 0)
    detected = landed.measured.filter(pl.col("status_code") == "detected", pl.col("value") != 0)
    per_plate = (
        detected.group_by("analyte_code", "panel", "plate_id")
        .agg(n=pl.len(), kinds=pl.col("value").n_unique(), one=pl.col("value").first())
        .collect()
    )
    whole = per_plate.group_by("analyte_code", "panel").agg(
        n=pl.col("n").sum(), most=pl.col("kinds").max(), ones=pl.col("one").n_unique()
    )
    throughout = whole.filter(
        pl.col("n") >= ENOUGH_ALIKE, pl.col("most") == 1, pl.col("ones") == 1
    )["analyte_code"].unique().sort()  # fmt: skip
    on_plates = per_plate.filter(
        pl.col("n") >= ENOUGH_ALIKE, pl.col("kinds") == 1,
        ~pl.col("analyte_code").is_in(throughout.implode()),
    ).sort("analyte_code", "plate_id")  # fmt: skip
    told = []
    if len(throughout):
        told.append(f"One number for all samples: {listed(throughout)}")
    if len(on_plates):
        named = [
            f"{row['analyte_code']} on {row['plate_id']}" for row in on_plates.iter_rows(named=True)
        ]
        told.append(f"One number for a whole plate: {listed(named)}")
    failing = len(throughout) + on_plates["analyte_code"].n_unique()
    return Finding(rule_id, analytes, failing, "; ".join(told) + ".")


def judge_copied(landed: Landed) -> Finding:
    """Return codes whose detected results are, analyte by analyte, those of another code."""
    rule_id = "gate.values_not_copied"
    cell: Any = pl.struct("analyte_code", "panel", "value", "replicate").hash(7)
    vectors = (
        landed.measured.filter(pl.col("status_code") == "detected", pl.col("value") != 0)
        .group_by("sample_code")
        .agg(
            n=pl.len(), kinds=pl.col("value").n_unique(),
            first=cell.sum(), second=cell.bitwise_xor(),
        )
        .collect()
    )  # fmt: skip
    is_alike = pl.len().over("n", "first", "second") > 1
    same = vectors.filter(pl.col("kinds") >= ENOUGH_COPIED).filter(is_alike)
    pairs = same.group_by("n", "first", "second").agg(pl.col("sample_code").sort()).sort(
        pl.col("sample_code").list.first()
    )  # fmt: skip
    named = [" = ".join(codes) for codes in pairs["sample_code"]]
    told = f"{counted(same.height, 'code')} with the very results of another: {listed(named)}."
    return Finding(rule_id, vectors.height, same.height, told)
