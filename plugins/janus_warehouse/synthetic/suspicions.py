"""Suspicious tumours: clean rows of the cancer registry made to break the rules over cases.

They enter the warehouse and must be flagged, by the rules that are planted and no other. The
same tumours are suspicious in both linkages, so that they are no changes between them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from janus_warehouse.synthetic.cancers import LINKAGE_2020, LINKAGE_2022, Tumours
from janus_warehouse.synthetic.dirt import RATES, SMALLEST_TABLE
from janus_warehouse.synthetic.streams import Ints
from janus_warehouse.synthetic.suspicious_kinds import KINDS, Suspicion
from janus_warehouse.synthetic.world import World

Flags = dict[str, list[str]]
_CERTAIN_DEATH_DAYS = 60
"""A death so long before the first linkage is the same in both, registered late or not."""


@dataclass(frozen=True)
class _Chosen:
    """Rows of the table that become suspicious in one way; `others` are of the same persons."""

    kind: Suspicion
    rows: Ints
    others: Ints


def plant_suspicions(frame: pl.DataFrame, world: World, rank: Ints) -> tuple[pl.DataFrame, Flags]:
    """Return the linkage with suspicious tumours in it, and the tumours of each flag.

    Args:
        frame: Clean rows of the linkage.
        world: Everything that is true.
        rank: Position of each row among all tumours of the world.
    """
    if frame.height < SMALLEST_TABLE:
        return frame, {}
    facts = frame.hstack(_facts(world, rank)).with_row_index("row")
    facts = _with_other_tumour(facts)
    chosen, taken = [], np.zeros(len(world.people), dtype=bool)
    settled = int((world.tumours.in_2020 & world.tumours.in_2022).sum())
    count = max(round(RATES.suspicious * settled), 1)
    for kind in KINDS:
        found = facts.filter(kind.where & ~pl.Series(taken[world.tumours.person[rank]]))
        found = found.filter("is_one_of_two" if kind.of_two else "is_alone").sort("priority")
        found = found.head(count)
        taken[found["person"].to_numpy()] = True
        others = found["other_row"].fill_null(0).to_numpy()
        chosen.append(_Chosen(kind, found["row"].to_numpy(), others))
    return _changed(frame, facts, chosen), _flags(frame["tumour_id"], chosen)


def _facts(world: World, rank: Ints) -> pl.DataFrame:
    """Return what a way of being suspicious may ask of a tumour besides its row."""
    tumours, people = world.tumours, world.people
    person = tumours.person[rank]
    of_person = np.bincount(tumours.person, minlength=len(people))[person]
    priority = np.empty(len(tumours), np.int64)
    priority[world.stream("suspicious tumours").order(len(tumours))] = np.arange(len(tumours))
    lives_on = (people.death > LINKAGE_2022) & (people.emigrated > LINKAGE_2022)
    dead_early = people.death < LINKAGE_2020 - _CERTAIN_DEATH_DAYS
    settled = _settled(tumours)
    return pl.DataFrame({
        "person": person,
        "priority": priority[rank],
        "born": pl.Series(people.birth[person].astype(np.int32)).cast(pl.Date),
        "found": pl.Series(tumours.incidence[rank].astype(np.int32)).cast(pl.Date),
        "lives_on": lives_on[person],
        "dead_early": dead_early[person],
        "is_alone": settled[person] & (of_person == 1),
        "is_one_of_two": settled[person] & (of_person == 2),
    })  # fmt: skip


def _settled(tumours: Tumours) -> np.ndarray:
    """Return which persons have the same tumours in both linkages, none of them changed."""
    unsettled = ~(tumours.in_2020 & tumours.in_2022) | (tumours.revision > 0)
    marked = np.bincount(tumours.person, weights=unsettled) > 0
    return ~marked


def _with_other_tumour(facts: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with the first tumour of the same person beside each second one."""
    first = facts.filter(pl.col("tumour_sequence") == "1")
    second = (pl.col("tumour_sequence") == "2") & pl.col("is_one_of_two")
    joined = facts.join(first, on="person", how="left", suffix="_first", maintain_order="left")
    return joined.rename({"row_first": "other_row"}).with_columns(
        is_one_of_two=second.fill_null(False)
    )


def _changed(frame: pl.DataFrame, facts: pl.DataFrame, chosen: list[_Chosen]) -> pl.DataFrame:
    """Return the rows in their order, the chosen ones changed."""
    source = np.arange(frame.height)
    parts, at = [frame], frame.height
    for one in chosen:
        rows = facts[one.rows].with_columns(**_expressions(one.kind.changes))
        parts.append(rows.select(frame.columns))
        source[one.rows] = np.arange(at, at + len(one.rows))
        at += len(one.rows)
    return pl.concat(parts)[source]


def _expressions(changes: Mapping[str, str | pl.Expr]) -> dict[str, pl.Expr]:
    return {
        name: pl.lit(change, dtype=pl.String) if isinstance(change, str) else change
        for name, change in changes.items()
    }


def _flags(tumours: pl.Series, chosen: list[_Chosen]) -> Flags:
    flags: Flags = {}
    for one in chosen:
        for rules, rows in ((one.kind.rules, one.rows), (one.kind.others, one.others)):
            for rule in rules:
                flags.setdefault(rule, []).extend(tumours.gather(rows).to_list())
    return {rule: sorted(listed) for rule, listed in sorted(flags.items()) if listed}
