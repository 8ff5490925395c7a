"""Rules about a matrix as a whole: sizes of its numbers, and who breaks the rules of its cells."""

from collections.abc import Iterator

import polars as pl

from janus_warehouse.assays.gate.agreed import Suspect, thousands_off
from janus_warehouse.assays.gate.context import Context
from janus_warehouse.assays.gate.findings import Finding, NotAsked, counted, listed
from janus_warehouse.assays.gate.landed import Landed
from janus_warehouse.assays.gate.values import judge_copied
from janus_warehouse.assays.lake.gist import SAMPLE, Gist
from janus_warehouse.assays.platforms import COUNTING

LEAST_DETECTED = 20
"""Of fewer samples the median of an analyte tells no size."""
LEAST_SAMPLES = 8
"""Among fewer samples none is called too large or too small."""

OF_CELLS = {
    "gate.values_not_negative": (("value_is_not_negative",), "below zero"),
    "gate.values_in_limits": (("value_in_limits",), "outside of what the platform can give"),
    "gate.values_whole": (("value_is_whole",), "that are no whole numbers"),
    "gate.status_fits_number": (
        ("status_fits_the_value",), "with a status that the number contradicts",
    ),
    "gate.cells_vary": (
        ("analyte_varies", "sample_varies"), "that are one number throughout",
    ),
}  # fmt: skip
"""Rule of the gate → rules of the contract whose cells it tells of, and what is wrong with them."""


def judge_matrix(landed: Landed, context: Context) -> Iterator[Finding | NotAsked]:
    """Yield what is found about the numbers of a return whose values are in a matrix."""
    gist, is_counting = landed.gist, landed.form.platform in COUNTING
    assert gist is not None
    yield _counts_of_usual_size(gist, context) if is_counting else _usual_sizes(gist, context)
    yield _sizes_of_samples(landed, _levels(gist, is_counting=is_counting))
    for rule_id, (rules, what) in OF_CELLS.items():
        yield _of_cells(rule_id, gist.broken.filter(pl.col("rule_id").is_in(rules)), landed, what)
    yield judge_copied(landed)


def _usual_sizes(gist: Gist, context: Context) -> Finding | NotAsked:
    """Return the analytes whose median lies about a factor of 1,000 off earlier returns'."""
    rule_id = "gate.units_plausible"
    both = (
        gist.analytes.filter(pl.col("n") >= LEAST_DETECTED)
        .join(context.of_matrices, on="analyte_code", suffix="_usual")
        .filter(pl.col("median") > 0, pl.col("median_usual") > 0)
        .sort("analyte_code")
    )
    if both.is_empty():
        return NotAsked(rule_id, "no earlier return of the platform tells what is usual")
    named = []
    for code, found, usual in both.select("analyte_code", "median", "median_usual").iter_rows():
        suspect = Suspect(is_asked=True, factor=thousands_off(found, usual))
        if suspect.factor is not None:
            named.append(f"{code}: the numbers look {suspect.words}")
    told = (
        f"{len(named):,} of {counted(both.height, 'analyte')} of another size than in earlier "
        f"returns: {listed(named)}."
    )
    return Finding(rule_id, both.height, len(named), told)


def _counts_of_usual_size(gist: Gist, context: Context) -> Finding | NotAsked:
    """Return whether samples count in all what they counted in earlier returns."""
    rule_id = "gate.units_plausible"
    totals = gist.samples.filter(pl.col("sample_kind") == "sample", pl.col("total") > 0)["total"]
    usual = context.total_of_samples
    if totals.is_empty() or usual is None or usual <= 0:
        return NotAsked(rule_id, "no earlier return of the platform tells what samples count")
    suspect = Suspect(is_asked=True, factor=thousands_off(float(totals.median()), usual))  # type: ignore[arg-type]
    seen = gist.samples.height
    told = f"What the samples count in all looks {suspect.words}, against earlier returns."
    return Finding(rule_id, seen, seen if suspect.factor is not None else 0, told)


def _levels(gist: Gist, *, is_counting: bool) -> pl.DataFrame:
    """Return sample_code, replicate, plate_id and level: the size of a sample's numbers against
    those of all.

    Of counts it is what was counted in all; otherwise the median over the telling analytes of
    what was detected, each against its own median.
    """
    if is_counting:
        known = gist.samples.filter(pl.col("sample_kind") == "sample", pl.col("total") > 0)
        return known.with_columns(level=pl.col("total") / pl.col("total").median())
    known = gist.cells.filter(
        pl.col("sample_kind") == "sample", pl.col("status_code") == "detected", "is_telling",
        pl.col("value") > 0,
    )  # fmt: skip
    against = pl.col("value") / pl.col("value").median().over("analyte_code")
    return (
        known.with_columns(against=against)
        .group_by(SAMPLE)
        .agg(pl.col("plate_id").first(), level=pl.col("against").median())
    )


def _sizes_of_samples(landed: Landed, levels: pl.DataFrame) -> Finding | NotAsked:
    rule_id = "gate.samples_sized"
    if levels.height < LEAST_SAMPLES:
        return NotAsked(rule_id, f"{counted(levels.height, 'sample')} with numbers to compare")
    off = [
        (code, replicate, plate, factor)
        for code, replicate, plate, level in levels.sort(SAMPLE)
        .select("sample_code", "replicate", "plate_id", "level")
        .iter_rows()
        if (factor := thousands_off(level, 1.0)) is not None
    ]
    named = [
        f"{code}{f' (plate {plate})' if plate else ''}: its numbers look "
        f"{Suspect(is_asked=True, factor=factor).words}"
        for code, _, plate, factor in off
    ]
    told = f"{counted(len(off), 'sample')} of another size than the others: {listed(named)}."
    keys = {"sample_code": [one[0] for one in off], "replicate": [one[1] for one in off]}
    bad = pl.DataFrame(keys, schema={"sample_code": pl.String, "replicate": pl.Int16})
    rows = landed.of_bank.with_columns(pl.col("replicate").cast(pl.Int16)).join(
        bad, on=["sample_code", "replicate"], how="semi"
    )
    return Finding(rule_id, levels.height, len(off), told, {"samples": rows.select("row")})


def _of_cells(rule_id: str, broken: pl.DataFrame, landed: Landed, what: str) -> Finding:
    """Return how many cells break a rule of the contract, with the analytes or samples that do.

    Whichever are fewer are named: of a sample that failed it, of an analyte that.
    """
    by_axis = {
        axis: broken.filter(axis=axis)
        .group_by("code").agg(pl.col("cells").sum())
        .sort("cells", "code", descending=[True, False])
        for axis in ("analyte", "sample")
    }  # fmt: skip
    cells = int(by_axis["analyte"]["cells"].sum())
    axis = min(by_axis, key=lambda one: by_axis[one].height)
    named = [f"{code} {n:,}" for code, n in by_axis[axis].select("code", "cells").iter_rows()]
    told = (
        f"{counted(cells, 'result')} {what}, of "
        f"{counted(by_axis[axis].height, axis)}: {listed(named)}."
    )
    return Finding(rule_id, landed.cells, cells, told)
