"""Which columns of a block repeat one content, and in which order its plates were run."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
import psycopg

from janus_warehouse.assays.formats.tables import material
from janus_warehouse.assays.lake.groups import Group
from janus_warehouse.assays.lake.stage import sums_of_samples
from janus_warehouse.assays.lake.workers import WORKERS
from janus_warehouse.assays.platforms import COUNTING

Index = npt.NDArray[np.int64]
_SAMPLE = ["sample_code", "sample_kind", "replicate"]
_TUBES = """
select study_code, tube_barcode
from raw.biobank__shipments
where
    tube_barcode is not null
    and delivery_id in (
        select delivery_id from ops.current_tables
        where source = 'biobank' and table_name = 'shipments' and collection_id = %s
    )
"""


@dataclass(frozen=True)
class Repeats:
    """Columns that hold one content, next to each other.

    Attributes:
        columns: Places in a block.
        starts: Where among them each content begins.
        sizes: How many columns each content has.
        within: Which content of a wider kind each is of (the tube of a tube on a plate), in
            order; empty where there is none.
    """

    columns: Index
    starts: Index
    sizes: Index
    within: Index


@dataclass(frozen=True)
class Plates:
    """Columns of the bank's samples by plate, plates of one size next to each other.

    Attributes:
        columns: Places in a block.
        by_size: Wells in use on each plate of a size, and which plates these are in the order of
            the runs, from 0.
    """

    columns: Index
    by_size: tuple[tuple[int, Index], ...]

    @property
    def n(self) -> int:
        """How many plates there are."""
        return sum(len(places) for _, places in self.by_size)


@dataclass(frozen=True)
class Layout:
    """What is known of the columns of a group's blocks.

    Attributes:
        of_bank: Which of them are samples of the bank.
        tubes: The bank's tubes that stand in several columns, plate by plate.
        controls: Controls that stand in several columns.
        plates: Where the bank's samples stood.
        log_depth: Logarithm of what each column counted in all, 0 where nothing is counted;
            twice as many reads of everything are no more of anything.
    """

    of_bank: npt.NDArray[np.bool_]
    tubes: Repeats
    controls: Repeats
    plates: Plates
    log_depth: npt.NDArray[np.float64]


def tubes_of_codes(connection: psycopg.Connection, collection_id: str) -> pl.DataFrame:
    """Return the tube of each study code that the bank issued."""
    rows = connection.execute(_TUBES, [collection_id]).fetchall()
    found = pl.DataFrame(
        rows, schema={"study_code": pl.String, "tube_barcode": pl.String}, orient="row"
    )
    return found.unique("study_code", keep="first")


def lay_out(groups: Sequence[Group], tubes: pl.DataFrame, platform: str) -> list[Layout]:
    """Return the layout of each group.

    Args:
        groups: Of one return.
        tubes: As `tubes_of_codes`.
        platform: Its numbers are counts or not.
    """
    depths = _log_depths(groups) if platform in COUNTING else [
        np.zeros(group.samples.height) for group in groups
    ]  # fmt: skip
    return [_of_group(group, tubes, depth) for group, depth in zip(groups, depths, strict=True)]


def _of_group(group: Group, tubes: pl.DataFrame, log_depth: npt.NDArray[np.float64]) -> Layout:
    columns = (
        group.samples.select("study_code", *_SAMPLE, "plate_id", "run_date", "enters")
        .with_row_index("column")
        .with_columns(pl.col("column").cast(pl.Int64))
        .join(tubes, on="study_code", how="left", maintain_order="left")
    )
    entering = columns.filter("enters")
    samples, controls = (entering.filter(sample_kind=kind) for kind in ("sample", "control"))
    return Layout(
        of_bank=(columns["sample_kind"] == "sample").to_numpy(),
        tubes=_tubes(samples.filter(pl.col("tube_barcode").is_not_null())),
        controls=_repeats(controls.with_columns(material=material("sample_code")), ["material"]),
        plates=_plates(samples.filter(pl.col("plate_id").is_not_null())),
        log_depth=log_depth,
    )


def _plates(samples: pl.DataFrame) -> Plates:
    """Return the plates; those of one day are in the order of their names."""
    plates = (
        samples.group_by("plate_id")
        .agg("column", pl.col("run_date").min(), size=pl.len())
        .sort("run_date", "plate_id", nulls_last=True)
        .with_row_index("place")
        .sort("size", "place")
    )
    by_size = plates.group_by("size", maintain_order=True).agg("place")
    return Plates(
        columns=plates["column"].explode(empty_as_null=False).to_numpy().astype(np.int64),
        by_size=tuple(
            (size, np.array(places, np.int64)) for size, places in by_size.iter_rows()
        ),
    )  # fmt: skip


def _tubes(samples: pl.DataFrame) -> Repeats:
    """Return the tubes that stand more than once; on several plates each plate by itself."""
    return _repeats(
        samples.filter(pl.len().over("tube_barcode") > 1), ["tube_barcode", "plate_id"], least=1
    )


def _repeats(samples: pl.DataFrame, key: list[str], least: int = 2) -> Repeats:
    contents = (
        samples.group_by(key)
        .agg("column")
        .filter(pl.col("column").list.len() >= least)
        .sort(key, nulls_last=True)
    )
    sizes = contents["column"].list.len().to_numpy().astype(np.int64)
    within = np.zeros(0, np.int64)
    if len(key) > 1:
        # A tube without a plate is no repetition on another plate: each of them stands alone.
        alone = -1 - pl.int_range(pl.len(), dtype=pl.Int64)
        wider = pl.col(key[0]).rank("dense").cast(pl.Int64)
        within = contents.select(
            pl.when(pl.col(key[1]).is_null()).then(alone).otherwise(wider)
        ).to_series().to_numpy()  # fmt: skip
    columns = contents["column"].explode().to_numpy().astype(np.int64) if len(sizes) else sizes
    return Repeats(columns, np.cumsum(sizes) - sizes, sizes, within)


def _log_depths(groups: Sequence[Group]) -> list[npt.NDArray[np.float64]]:
    """Return the logarithm of each column's total over all groups, NaN where it counted nothing."""
    listed = []
    for place, group in enumerate(groups):
        with ThreadPoolExecutor(WORKERS) as pool:
            parts = list(pool.map(lambda bounds: _totals(group, bounds), group.bounds()))  # noqa: B023
        total = np.sum(parts, axis=0) if parts else np.zeros(group.samples.height)
        listed.append(group.samples.select(_SAMPLE).with_columns(group=pl.lit(place), total=total))
    known = pl.concat(listed).with_columns(pl.col("total").sum().over(_SAMPLE))
    made = []
    for place in range(len(groups)):
        total = known.filter(pl.col("group") == place)["total"].to_numpy()
        made.append(np.log(np.where(total > 0, total, np.nan)))
    return made


def _totals(group: Group, bounds: tuple[int, int]) -> npt.NDArray[np.float64]:
    numbers, _ = group.block(*bounds)
    return sums_of_samples(numbers)
