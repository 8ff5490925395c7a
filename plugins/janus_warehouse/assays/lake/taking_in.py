"""One pass over a return's cells: judged, summarised and written, block by block."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
from pyiceberg.io import FileIO
from pyiceberg.schema import Schema

from janus_warehouse.assays.lake.groups import Group
from janus_warehouse.assays.lake.layout import Layout, lay_out
from janus_warehouse.assays.lake.row_groups import encode
from janus_warehouse.assays.lake.rules import RULES, Flags, Verdict, counted, verdict
from janus_warehouse.assays.lake.stage import UNSEEN
from janus_warehouse.assays.lake.summaries import BlockSummary, summarise
from janus_warehouse.assays.lake.workers import WORKERS
from janus_warehouse.assays.lake.writing import (
    Columns,
    LakeFile,
    as_stored,
    reasons,
)

FILE_CELLS = 1 << 24
"""Cells in one file, about 23 MB of counts: files are what a cluster and threads share out."""


@dataclass(frozen=True)
class Target:
    """Where cells go.

    Attributes:
        io: How files are written.
        places: Folder of the accepted cells' files and of those in quarantine.
        schemas: Of the two tables.
        delivery_id: Whose cells.
        platform: What they were measured with.
        tubes: Which study codes are of one tube.
    """

    io: FileIO
    places: tuple[str, str]
    schemas: tuple[Schema, Schema]
    delivery_id: str
    platform: str
    tubes: pl.DataFrame


@dataclass(frozen=True)
class TakenIn:
    """What became of a return's cells."""

    accepted: tuple[LakeFile, ...]
    quarantined: tuple[LakeFile, ...]
    broken: dict[str, int]
    analytes: pl.DataFrame
    samples: pl.DataFrame

    @property
    def rows(self) -> tuple[int, int]:
        """Rows that enter, and rows in quarantine."""
        return sum(f.rows for f in self.accepted), sum(f.rows for f in self.quarantined)


def take_in(groups: Sequence[Group], flags: Sequence[Flags], target: Target) -> TakenIn:
    """Write a return's cells into files that no table knows yet, and return what became of them.

    The names of the files follow from the target, so that another run writes over them.
    """
    layouts = lay_out(groups, target.tubes, target.platform)
    tasks = [
        (number, group, (flag, layout), part)
        for number, (group, flag, layout) in enumerate(zip(groups, flags, layouts, strict=True))
        for part in _parts(group)
    ]
    with ThreadPoolExecutor(WORKERS) as pool:
        done = list(pool.map(lambda task: _write_part(task[1], task[2], task[3], target,
                                                      f"{task[0]:02d}"), tasks))  # fmt: skip
    samples = [
        task[1]
        .samples.select("sample_code", "sample_kind")
        .with_columns(
            n_values=part.of_samples[0], n_detected=part.of_samples[1], total=part.of_samples[2]
        )
        for task, part in zip(tasks, done, strict=True)
    ]
    analytes = pl.concat([part.analytes for part in done])
    return TakenIn(
        accepted=tuple(part.files[0] for part in done if part.files[0].rows),
        quarantined=tuple(part.files[1] for part in done if part.files[1].rows),
        broken=dict(zip(RULES, sum(part.broken for part in done).tolist(), strict=True)),  # type: ignore[union-attr]
        analytes=analytes.filter(pl.col("n_values") > 0).unique("analyte_code", keep="first"),
        samples=pl.concat(samples)
        .group_by("sample_code")
        .agg(pl.col("n_values", "n_detected").sum().cast(pl.Int64), pl.col("total").sum())
        .filter(pl.col("n_values") > 0),
    )


@dataclass(frozen=True)
class _Part:
    files: tuple[LakeFile, LakeFile]
    broken: npt.NDArray[np.int64]
    analytes: pl.DataFrame
    of_samples: npt.NDArray[np.float64]


def _parts(group: Group) -> list[list[tuple[int, int]]]:
    """Return the blocks of a group in runs, each of which becomes a file."""
    bounds = group.bounds()
    cells = max(1, group.samples.height * (bounds[0][1] - bounds[0][0])) if bounds else 1
    run = max(1, min(FILE_CELLS // cells, -(-len(bounds) // WORKERS)))
    return [bounds[first : first + run] for first in range(0, len(bounds), run)]


def _write_part(
    group: Group,
    known: tuple[Flags, Layout],
    bounds: list[tuple[int, int]],
    target: Target,
    name: str,
) -> _Part:
    flags, layout = known
    columns = Columns(group, target.delivery_id)
    broken = np.zeros(len(RULES), np.int64)
    made: list[BlockSummary] = []
    name = f"{name}-{bounds[0][0]:06d}.parquet"
    with (
        LakeFile(target.io, f"{target.places[0]}-{name}", target.schemas[0]) as accepted,
        LakeFile(target.io, f"{target.places[1]}-{name}", target.schemas[1]) as aside,
    ):
        for first, last in bounds:
            numbers, statuses = group.block(first, last)
            found = verdict((first, last), numbers, statuses, target.platform, flags)
            enters = _entering(statuses, found)
            if found is not None and found.any():
                bad = found > 0
                rows = columns.chosen(first, as_stored(numbers, target.schemas[1]), statuses, bad)
                lines = columns.lines(first, last)[bad].astype(np.int32)
                rows |= {"line": pa.array(lines), "rule_ids": reasons(found[bad])}
                aside.write(encode(rows, aside.schema))
            stored = as_stored(numbers, target.schemas[0])
            codes = group.codes(first, last)
            made.append(summarise(codes, stored, statuses, enters, layout))
            if enters is None and stored.size:
                accepted.write(*columns.cells(first, stored, statuses, accepted.schema))
            elif enters is not None and enters.any():
                rows = columns.chosen(first, stored, statuses, enters)
                accepted.write(encode(rows, accepted.schema))
            broken += counted(found)
    return _Part(
        (accepted, aside), broken, pl.concat([part.analytes for part in made]),
        np.sum([part.of_samples for part in made], axis=0),
    )  # fmt: skip


def _entering(
    statuses: npt.NDArray[np.uint8], found: Verdict | None
) -> npt.NDArray[np.bool_] | None:
    """Return which cells of a block enter, or None when all do."""
    if found is None and (not statuses.size or statuses.max() != UNSEEN):
        return None
    seen = statuses != UNSEEN
    return seen if found is None else seen & (found == 0)
