"""Counting the rules of the contract over the staged cells of a return."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from janus_warehouse.assays.lake.alike import find_alike
from janus_warehouse.assays.lake.gathering import Gathering, Part
from janus_warehouse.assays.lake.gist import Gist
from janus_warehouse.assays.lake.groups import Group
from janus_warehouse.assays.lake.rules import BIT, RULES, Flags, Verdict, counted, flags_of, verdict
from janus_warehouse.assays.lake.workers import WORKERS
from janus_warehouse.assays.lake.writing import Columns


@dataclass(frozen=True)
class Judged:
    """How many cells break each rule, and the lines of the native files that have them.

    `gist` is what the gate asks of the matrix as a whole.
    """

    broken: dict[str, int]
    lines: dict[str, list[int]]
    gist: Gist


def flags_of_groups(groups: Sequence[Group]) -> list[Flags]:
    """Return the rules that whole samples and analytes break, for each group."""
    return [
        flags_of(group, *alike) for group, alike in zip(groups, find_alike(groups), strict=True)
    ]


def judge(groups: Sequence[Group], flags: Sequence[Flags], platform: str) -> Judged:
    """Return how the cells of a return keep the rules."""
    broken = np.zeros(len(RULES), np.int64)
    lines: dict[str, set[int]] = {rule: set() for rule in RULES}
    gathering = Gathering(groups, platform)
    for place, (group, flag) in enumerate(zip(groups, flags, strict=True)):
        columns = Columns(group, "")

        def look(bounds: tuple[int, int]) -> tuple[np.ndarray, dict[str, list[int]], Part]:
            block = group.block(*bounds)  # noqa: B023
            found = verdict(bounds, *block, platform, flag)  # noqa: B023
            gathered = gathering.look(place, bounds, *block, found)  # noqa: B023
            return counted(found), _lines_of(found, columns.lines(*bounds)), gathered  # noqa: B023

        with ThreadPoolExecutor(WORKERS) as pool:
            for counts, shown, gathered in pool.map(look, group.bounds()):
                gathering.keep(gathered)
                broken += counts
                for rule, some in shown.items():
                    lines[rule].update(some)
    return Judged(
        dict(zip(RULES, broken.tolist(), strict=True)),
        {rule: sorted(found) for rule, found in lines.items()},
        gathering.finish(),
    )


def _lines_of(found: Verdict | None, lines: npt.NDArray[np.int64]) -> dict[str, list[int]]:
    if found is None:
        return {}
    return {rule: np.unique(lines[(found & bit) > 0]).tolist() for rule, bit in BIT.items()}


def entering(height: int, failing: pl.Series) -> npt.NDArray[np.bool_]:
    """Return for each of `height` rows whether it enters, from the places of those that do not."""
    enters = np.full(height, True)
    inside = failing.filter(failing < height).to_numpy()
    enters[inside] = False
    return enters
