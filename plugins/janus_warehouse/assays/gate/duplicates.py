"""Blinded duplicates that disagree: a plate turned, exchanged with another, or shifted.

Each result is replaced by its rank among all samples, between 0 and 1, so that neither unit nor
scale matters. The concordance of pairs is 1 − mean(d²) / (2·var), where d is the difference of a
pair's ranks: 1 when pairs agree, about 0 when they are no pairs.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from janus_warehouse.assays.gate.context import Context
from janus_warehouse.assays.gate.findings import Finding, NotAsked, counted
from janus_warehouse.assays.gate.landed import Landed
from janus_warehouse.assays.gate.places import WELL

DISAGREE_BELOW = 0.35
"""Pairs of the poorest assay in use agree better; pairs that are none hardly ever do."""

EXPLAINED_ABOVE = 0.7
LEAST_PAIRS = 3
LEAST_SAMPLES = 8
_RANK_VARIANCE = 1 / 12


@dataclass(frozen=True)
class Ranked:
    """Results as ranks, and where each sample stood.

    Attributes:
        cells: code, analyte, rank (0 to 1).
        places: code, plate, well (A01), each code once.
        pairs: first, second: codes of one tube.
    """

    cells: pl.DataFrame
    places: pl.DataFrame
    pairs: pl.DataFrame


def judge_duplicates(landed: Landed, context: Context) -> Iterator[Finding | NotAsked]:
    """Yield whether blinded duplicates agree, plate by plate."""
    rule_id = "gate.duplicates_agree"
    if context.is_at_laboratory:
        yield NotAsked(rule_id, "which samples are duplicates is not known here")
        return
    ranked = Ranked(ranks(landed.measured), _places(landed), _pairs(landed, context))
    judged = disagreeing(ranked)
    if judged.is_empty():
        yield NotAsked(
            rule_id,
            f"{counted(ranked.pairs.height, 'pair')} of duplicates, and a plate needs "
            f"{LEAST_PAIRS} to be judged",
        )
        return
    bad = judged.filter(pl.col("concordance") < DISAGREE_BELOW).sort("plate")
    told = []
    for row in bad.iter_rows(named=True):
        cause = likely_cause(ranked, row["plate"], bad["plate"].to_list())
        told.append(
            f"On {row['plate'] or 'the plates together'} the {row['pairs']} pairs of blinded "
            f"duplicates do not agree (concordance {row['concordance']:.2f}"
            + (f"): {cause}." if cause else ").")
        )
    yield Finding(rule_id, judged.height, bad.height, " ".join(told))


def ranks(measured: pl.LazyFrame) -> pl.DataFrame:
    """Return code, analyte and rank of every detected result, one for each code and analyte."""
    analyte = pl.concat_str(pl.col("analyte_code"), pl.col("panel").fill_null(""), separator="|")
    return (
        measured.filter(pl.col("status_code") == "detected", pl.col("value").is_finite())
        .group_by(code=pl.col("sample_code"), analyte=analyte)
        .agg(pl.col("value").mean())
        .with_columns(n=pl.len().over("analyte"))
        .filter(pl.col("n") >= LEAST_SAMPLES)
        .with_columns(rank=(pl.col("value").rank("average").over("analyte") - 0.5) / pl.col("n"))
        .select("code", "analyte", "rank")
        .collect()
    )


def concordance(ranked: Ranked) -> pl.DataFrame:
    """Return plate, pairs and concordance; pairs across two plates count on both.

    Plates with too few pairs of their own are taken together, as plate null.
    """
    sides = ranked.pairs.join(ranked.cells, left_on="first", right_on="code").join(
        ranked.cells, left_on=["second", "analyte"], right_on=["code", "analyte"], suffix="_other"
    )
    of_pair = sides.group_by("first", "second").agg(
        n=pl.len(), squared=((pl.col("rank") - pl.col("rank_other")) ** 2).sum()
    )
    plate_of = ranked.places.select("code", "plate")
    on = pl.concat([
        of_pair.join(plate_of, left_on=side, right_on="code").select(
            "first", "second", "n", "squared", "plate"
        )
        for side in ("first", "second")
    ]).unique(["first", "second", "plate"])  # fmt: skip
    enough = pl.len().over("plate") >= LEAST_PAIRS
    grouped = on.with_columns(plate=pl.when(enough).then("plate")).unique(
        ["first", "second", "plate"]
    )
    return (
        grouped.group_by("plate")
        .agg(
            pairs=pl.len(),
            concordance=1 - pl.col("squared").sum() / pl.col("n").sum() / (2 * _RANK_VARIANCE),
        )
        .filter(pl.col("pairs") >= LEAST_PAIRS)
    )


def disagreeing(ranked: Ranked) -> pl.DataFrame:
    """Return the concordance of every plate that can be judged."""
    if ranked.pairs.is_empty() or ranked.cells.is_empty():
        return pl.DataFrame(
            schema={"plate": pl.String, "pairs": pl.UInt32, "concordance": pl.Float64}
        )
    return concordance(ranked)


def likely_cause(ranked: Ranked, plate: str | None, others: list[str | None]) -> str:
    """Return what would make the duplicates of a plate agree, in words; empty if nothing does."""
    if plate is None:
        return ""
    tried = {"turned by 180 degrees, they do": (turned(ranked.places, plate), {plate})}
    for step, words in ((1, "one place further on"), (-1, "one place before")):
        moves = shifted(ranked.places, plate, step)
        tried[f"with each result moved to {words}, they do"] = (moves, {plate})
    known = sorted(set(ranked.places["plate"].drop_nulls()) - {plate})
    # Plates that were exchanged disagree both, and agree both when they are exchanged again.
    for other in [name for name in known if name in others]:
        moves = exchanged(ranked.places, plate, other)
        tried[f"exchanged with plate {other}, they do"] = (moves, {plate, other})
    best, words = EXPLAINED_ABOVE, ""
    for explanation, (moves, plates) in tried.items():
        found = concordance(Ranked(moved(ranked, moves), ranked.places, ranked.pairs))
        agree = found.filter(pl.col("plate").is_in(plates))["concordance"]
        if len(agree) == len(plates) and (least := min(agree)) > best:
            best, words = least, explanation
    return words


def moved(ranked: Ranked, moves: pl.DataFrame) -> pl.DataFrame:
    """Return the cells with the results of each place given to the sample of another.

    Args:
        ranked: As it was reported.
        moves: plate, well, to_plate, to_well; places that are not named stay.
    """
    of_place = ranked.places.join(moves, on=["plate", "well"], how="left").with_columns(
        pl.coalesce("to_plate", "plate").alias("to_plate"),
        pl.coalesce("to_well", "well").alias("to_well"),
    )
    goes_to = of_place.join(
        ranked.places.rename({"code": "to_code"}), left_on=["to_plate", "to_well"],
        right_on=["plate", "well"],
    )  # fmt: skip
    cells = ranked.cells.join(goes_to.select("code", "to_code"), on="code")
    return cells.select(code="to_code", analyte="analyte", rank="rank")


def turned(places: pl.DataFrame, plate: str) -> pl.DataFrame:
    """Return the moves of a plate that is turned by 180 degrees."""
    wells = _on(places, plate)
    is_large = ((wells["r"] > 7) | (wells["c"] > 12)).any()
    rows, columns = (16, 24) if is_large else (8, 12)
    return wells.select(
        "plate", "well", to_plate=pl.col("plate"),
        to_well=_name(rows - 1 - pl.col("r"), columns + 1 - pl.col("c")),
    )  # fmt: skip


def shifted(places: pl.DataFrame, plate: str, step: int) -> pl.DataFrame:
    """Return the moves of a plate whose results slid by one place, row by row."""
    wells = _on(places, plate).sort("r", "c")
    return wells.select("plate", "well", to_plate=pl.col("plate"),
                        to_well=pl.col("well").shift(-step)).drop_nulls()  # fmt: skip


def exchanged(places: pl.DataFrame, first: str, second: str) -> pl.DataFrame:
    """Return the moves of two plates that were taken for each other."""
    moves = [
        _on(places, a).select("plate", "well", to_plate=pl.lit(b), to_well=pl.col("well"))
        for a, b in ((first, second), (second, first))
    ]
    return pl.concat(moves)


def _on(places: pl.DataFrame, plate: str) -> pl.DataFrame:
    return places.filter(plate=plate).with_columns(
        r=pl.col("well").str.head(1).replace_strict(
            {letter: at for at, letter in enumerate("ABCDEFGHIJKLMNOP")},
            return_dtype=pl.Int32,
        ),
        c=pl.col("well").str.slice(1).cast(pl.Int32),
    )  # fmt: skip


def _name(row: pl.Expr, column: pl.Expr) -> pl.Expr:
    letters = dict(enumerate("ABCDEFGHIJKLMNOP"))
    letter = row.replace_strict(letters, return_dtype=pl.String, default="?")
    return pl.concat_str(letter, column.cast(pl.String).str.zfill(2))


def _places(landed: Landed) -> pl.DataFrame:
    return (
        landed.of_bank.filter(pl.col("well").str.contains(WELL), pl.col("plate_id").is_not_null())
        .select(
            code="sample_code", plate="plate_id",
            well=pl.col("well").str.head(1) + pl.col("well").str.slice(1).str.zfill(2),
        )
        .unique("code", keep="first", maintain_order=True)
    )  # fmt: skip


def _pairs(landed: Landed, context: Context) -> pl.DataFrame:
    """Return the codes of each tube that was sent twice, as pairs with the first of them."""
    sent = context.sent(landed.form).filter(pl.col("tube_barcode").is_not_null())
    codes = sent.sort("study_code").with_columns(
        first=pl.col("study_code").first().over("shipment", "tube_barcode")
    )
    return codes.filter(pl.col("first") != pl.col("study_code")).select(
        "first", second="study_code"
    )
