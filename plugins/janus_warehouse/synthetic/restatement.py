"""What the second linkage of the cancer registry makes of the first: the answer for the history.

Counted from the two tables as they are sent, without their planted rows, so nothing of it hangs
on the SQL that is to come to the same figures.
"""

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from janus_warehouse.synthetic.cancers import Tumours
from janus_warehouse.synthetic.streams import Bools, Ints, Stream

PLANTED_KEYS = "T9"
"""Rows with such numbers are faulty copies, and lie in quarantine."""

_NOT_FOLLOWED = ("person_number", "tumour_id", "vital_status_code", "follow_up_date")
_NOT_CONTENT = ("tumour_sequence",)
_SHARE_RENUMBERED = 0.0002


@dataclass(frozen=True)
class RestatementAnswer:
    """What must come out between two linkages of the same table, in tumours."""

    table: str
    first: int
    second: int
    new: int
    retracted: int
    renumbered: int
    changed: int
    unchanged: int
    changed_fields: dict[str, int] = field(default_factory=dict)
    """Tumours by the field that is otherwise; one tumour may have several."""


def renumbered(tumours: Tumours, seed: int) -> Bools:
    """Return which tumours had another number in 2020 and otherwise the same content."""
    can = tumours.in_2020 & tumours.in_2022 & (tumours.revision == 0)
    order = Stream(seed, "renumbered tumours").order(len(tumours))
    count = max(round(_SHARE_RENUMBERED * len(tumours)), 1)
    chosen = np.zeros(len(tumours), dtype=bool)
    chosen[order[can[order]][:count]] = True
    return chosen


def tumour_numbers(rank: Ints, had_another: Bools) -> Ints:
    """Return the registry's numbers of tumours, by their place among all there are."""
    return np.where(had_another, 200_000_000, 100_000_000) + rank * 7


def restatement(first: pl.DataFrame, second: pl.DataFrame) -> RestatementAnswer:
    """Return what the second linkage changes.

    Args:
        first: Rows of the earlier linkage, as sent.
        second: Rows of the later one.
    """
    before, after = (_followed(frame) for frame in (first, second))
    gone = before.join(after, on="tumour_id", how="anti")
    come = after.join(before, on="tumour_id", how="anti")
    fields = [name for name in before.columns if name not in ("tumour_id", "place")]
    content = [name for name in fields if name not in _NOT_CONTENT]
    both_ways = gone.join(come, on=["place", *content], how="inner", nulls_equal=True)
    kept = before.join(after, on="tumour_id", how="inner", suffix="_after")
    differs = {name: kept[name].ne_missing(kept[f"{name}_after"]) for name in fields}
    changed = pl.DataFrame(differs).select(pl.any_horizontal(pl.all())).to_series().sum()
    return RestatementAnswer(
        table="cancer_registry.cases",
        first=before.height,
        second=after.height,
        new=come.height - both_ways.height,
        retracted=gone.height - both_ways.height,
        renumbered=both_ways.height,
        changed=int(changed),
        unchanged=kept.height - int(changed),
        changed_fields={name: int(rows.sum()) for name, rows in differs.items() if rows.any()},
    )


def _followed(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that enter, without what moves every year; `place` pairs numbers."""
    clean = frame.filter(~pl.col("tumour_id").str.starts_with(PLANTED_KEYS))
    place = pl.col("tumour_id").str.slice(2)
    return clean.with_columns(place=place).drop(
        name for name in _NOT_FOLLOWED if name != "tumour_id"
    )
