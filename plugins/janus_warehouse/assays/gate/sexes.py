"""Markers of sex against the donors' sex: the other sign of exchanged plates. Counts only."""

from collections.abc import Iterator

import polars as pl

from janus_warehouse.assays.gate.context import Context
from janus_warehouse.assays.gate.findings import Finding, NotAsked, counted
from janus_warehouse.assays.gate.landed import Landed
from janus_warehouse.assays.platforms import COUNTING
from janus_warehouse.assays.sex_markers import name_of, sex_markers

LEAST_OF_EACH_SEX = 5
TOLD_APART_ABOVE = 0.75
"""Share of pairs of a man and a woman that a marker must put in the right order; a marker that
tells nothing puts half of them so."""

MANY_OF_OTHER_SEX = 0.2
NEAR_EXPECTED = 0.2
"""Donors who have any count of a marker may be so much fewer or more than those of its sex. Of a
marker that is read in few of them, or in everybody, a plate cannot be judged."""
_MALE, _FEMALE = "1", "2"


def judge_sexes(landed: Landed, context: Context) -> Iterator[Finding | NotAsked]:
    """Yield whether markers of sex fit the donors, plate by plate."""
    rules = ("gate.sexes_agree", "gate.marker_of_other_sex")
    measured = None if context.is_at_laboratory else _measured(landed, context)
    if measured is None:
        yield from (NotAsked(rule_id, "donors are not known here") for rule_id in rules)
    elif measured.is_empty():
        why = "no analyte of the return is a marker of sex"
        yield from (NotAsked(rule_id, why) for rule_id in rules)
    else:
        if landed.form.platform in COUNTING:
            measured = counted_markers(measured)
        apart, other = told_apart(measured), of_other_sex(measured)
        if apart.is_empty() and other.is_empty():
            why = (
                "a plate needs five donors of each sex and a marker that tells them apart, or a "
                "marker with a limit in its unit"
            )
            yield from (NotAsked(rule_id, why) for rule_id in rules)
        else:
            yield from _judged(apart, other)


def _judged(apart: pl.DataFrame, other: pl.DataFrame) -> Iterator[Finding]:
    bad = apart.filter(pl.col("share") < TOLD_APART_ABOVE)
    many = other.filter(pl.col("above") > MANY_OF_OTHER_SEX * pl.col("donors"))
    plates = pl.concat([bad["plate_id"], many["plate_id"]]).unique()
    told = [
        f"On {row['plate_id'] or 'samples without a plate'} {row['marker']} tells men from women "
        f"in {row['share']:.0%} of pairs only"
        for row in bad.sort("plate_id", "marker").iter_rows(named=True)
    ] + [
        f"on {row['plate_id'] or 'samples without a plate'} {row['above']:,} of "
        f"{counted(row['donors'], 'donor')} of the sex with hardly any {row['marker']} have much"
        for row in many.sort("plate_id", "marker").iter_rows(named=True)
    ]
    seen = pl.concat([apart["plate_id"], other["plate_id"]]).n_unique()
    yield Finding("gate.sexes_agree", seen, len(plates), f"{'; '.join(told)}.")
    by = other.group_by("marker").agg(pl.col("above", "donors").sum()).sort("marker")
    few = [f"{r['marker']} in {r['above']:,} of {r['donors']:,}" for r in by.iter_rows(named=True)]
    yield Finding(
        "gate.marker_of_other_sex", int(other["donors"].sum()), int(other["above"].sum()),
        f"Donors with much of a marker of the other sex: {', '.join(few)}.",
    )  # fmt: skip


def counted_markers(measured: pl.DataFrame) -> pl.DataFrame:
    """Return counts of markers, those of one chromosome added up, without markers that are seen
    in far fewer or far more donors than are of their sex.

    How many have any does not change when samples are exchanged, so it hides no exchange.
    """
    of_sample = ["sample_code", "plate_id", "sex_code", "marker", "high_sex"]
    whole = measured.group_by(of_sample).agg(
        pl.when(pl.col("amount").is_finite()).then("amount").otherwise(0.0).sum(),
        pl.col("other_sex_below").max(),
    )
    share = (pl.col("amount") > 0).sum() / (pl.col("sex_code") == pl.col("high_sex")).sum()
    return whole.filter(((share - 1).abs() <= NEAR_EXPECTED).over("marker"))


def told_apart(measured: pl.DataFrame) -> pl.DataFrame:
    """Return plate, marker and the share of pairs of a man and a woman in the right order.

    What is below the limit of detection is less than all that was detected. Plates with fewer
    than `LEAST_OF_EACH_SEX` of either sex are left out.
    """
    group = ["plate_id", "marker"]
    ranked = measured.with_columns(
        rank=pl.col("amount").rank("average").over(group),
        is_high=pl.col("sex_code") == pl.col("high_sex"),
    )
    counts = ranked.group_by(group).agg(
        high=pl.col("is_high").sum().cast(pl.Float64),
        low=(~pl.col("is_high")).sum().cast(pl.Float64),
        ranks=pl.col("rank").filter("is_high").sum(),
    )
    enough = (pl.col("high") >= LEAST_OF_EACH_SEX) & (pl.col("low") >= LEAST_OF_EACH_SEX)
    # The rank sum of Wilcoxon, as a share of all pairs.
    least = pl.col("high") * (pl.col("high") + 1) / 2
    return counts.filter(enough).with_columns(
        share=(pl.col("ranks") - least) / (pl.col("high") * pl.col("low"))
    )


def of_other_sex(measured: pl.DataFrame) -> pl.DataFrame:
    """Return plate, marker, donors of the sex that has hardly any, and how many have much."""
    low = measured.filter(
        pl.col("sex_code") != pl.col("high_sex"), pl.col("other_sex_below").is_not_null()
    )
    return low.group_by("plate_id", "marker").agg(
        donors=pl.len(), above=(pl.col("amount") > pl.col("other_sex_below")).sum()
    )


def _measured(landed: Landed, context: Context) -> pl.DataFrame:
    """Return plate, marker, amount and sex of every result of a marker."""
    markers = sex_markers(landed.form.platform)
    names, upper = markers["analyte_code"].unique(), name_of(pl.col("analyte_code"))
    by_protein = landed.analytes.filter(pl.col("uniprot").is_in(names.implode())).select(
        "analyte_code", protein="uniprot"
    ).unique("analyte_code")  # fmt: skip
    sexes = context.issued.filter(pl.col("sex_code").is_in([_MALE, _FEMALE])).select(
        "study_code", "sex_code"
    )
    found = (
        landed.measured.filter(
            upper.is_in(names.implode())
            | pl.col("analyte_code").is_in(by_protein["analyte_code"].implode())
        )
        .select("sample_code", "plate_id", "analyte_code", "unit", "value", "status_code")
        .collect()
        .join(by_protein, on="analyte_code", how="left")
        .with_columns(name=pl.coalesce("protein", upper))
        .join(sexes, left_on="sample_code", right_on="study_code")
    )
    # A limit holds in its unit alone; without one the marker still tells the sexes apart.
    exact = markers.filter(pl.col("unit").is_not_null())
    general = markers.unique("analyte_code", keep="first").select(
        name="analyte_code", marker="marker", high="higher_in"
    )
    amount = (
        pl.when(pl.col("status_code") == "below_lod").then(float("-inf"))
        .when(pl.col("status_code").is_in(["detected", "below_lloq", "above_uloq"])).then("value")
    )  # fmt: skip
    return (
        found.join(general, on="name")
        .join(
            exact.select(name="analyte_code", unit="unit", other_sex_below="other_sex_below"),
            on=["name", "unit"], how="left",
        )
        .with_columns(
            amount=amount,
            high_sex=pl.col("high").replace_strict({"male": _MALE, "female": _FEMALE}),
        )
        .filter(pl.col("amount").is_not_null())
    )  # fmt: skip
