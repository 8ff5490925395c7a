"""A count matrix of the size of the bank's RNA project through the gate into the lake, and back.

From the laboratory's file to the accepted delivery: read, staged, judged, summarised, sorted and
appended; against polars reading the same file and writing it as Parquet, each in a process of its
own. Then a slice of 100 RNAs with all samples and their donors against a bare filter of the same
Parquet files. JANUS_BENCH_SCALE=0.1 makes a smaller matrix; JANUS_BENCH_TENFOLD=1 also takes in
ten files of its size as one return, 640 million cells, for which it needs 12 GB of disk.
"""

import os
import shutil
from datetime import date
from pathlib import Path

import great_expectations  # noqa: F401 - its import is process start, not part of a figure
import numpy as np
import polars as pl
import pyiceberg.catalog.sql  # noqa: F401 - likewise
import yaml

from benchmarks.measure import in_new_process, record, timed
from benchmarks.own_home import own_home
from janus_warehouse.deliveries import ingest

SAMPLES, ANALYTES = 3_400, 18_791
SLICED = 100
ROUNDS = 3
"""Both ways take turns, and the better seconds of each count: another load on the machine then
falls on both, or on neither."""
FILES = 10
PROJECT, LABORATORY = "rna-before-cancer", "sequencing_lab"
PLATFORM = "small_rna_sequencing"


def records() -> list[dict]:
    """Return the figures: taking in at two sizes, memory, and the slice."""
    scale = float(os.environ.get("JANUS_BENCH_SCALE", "1"))
    with own_home() as home:
        _lay_bank(home)
        small = _take_in(home, round(ANALYTES * scale / 10), "tenth")
        whole = _take_in(home, round(ANALYTES * scale), "whole")
        ours, bare, rows = _slices()
        tenfold = []
        if os.environ.get("JANUS_BENCH_TENFOLD"):
            ten = _take_in(home, round(ANALYTES * scale), "tenfold", files=FILES, rounds=1)
            tenfold = [
                record("lake: ten such files in one return", ten.cells, ten.ours,
                       "one of them, ten times", FILES * whole.ours, target=1.2, peak=ten.peak)
            ]  # fmt: skip
    return [
        record("lake: a matrix from TSV through the gate", whole.cells, whole.ours,
               "polars.read_csv and write_parquet", whole.polars, target=3.0, peak=whole.peak),
        record("lake: ten times the matrix", whole.cells, whole.ours, "a tenth of it, ten times",
               10 * small.ours, target=1.2, peak=small.peak),
        record("lake: a slice with donors", rows, ours, "a bare Parquet filter", bare, target=2.0),
        *tenfold,
    ]  # fmt: skip


class Taken:
    """What taking in one matrix told."""

    def __init__(self, cells: int, ours: float, polars: float, peak: float) -> None:
        self.cells, self.ours, self.polars, self.peak = cells, ours, polars, peak


def _take_in(
    home: Path, analytes: int, name: str, *, files: int = 1, rounds: int = ROUNDS
) -> Taken:
    """Take in a new matrix again and again; return the better seconds of both ways."""
    ours, polars, peaks = [], [], []
    for number in range(rounds):
        delivery_id, natives = _lay_return(home, analytes, f"{name}-{number}", number, files)
        if files == 1:
            polars.append(in_new_process(_by_polars, natives[0], home / "reference.parquet")[0])
        seconds, peak = in_new_process(_ingest, delivery_id)
        ours.append(seconds)
        peaks.append(peak)
        shutil.rmtree(natives[0].parent.parent)
    return Taken(files * analytes * SAMPLES, min(ours), min(polars, default=0.0), max(peaks))


def _by_polars(native: Path, target: Path) -> None:
    pl.read_csv(native, separator="\t").write_parquet(target)


def _ingest(delivery_id: str) -> None:
    outcome = ingest(delivery_id)
    if outcome.state != "accepted":
        raise SystemExit(f"the benchmark's delivery was {outcome.state}: {outcome.reason}")


def _lay_bank(home: Path) -> None:
    from benchmarks.lake_bank import lay_bank

    _ingest(lay_bank(home / "landing", SAMPLES, PROJECT, LABORATORY))


def _lay_return(
    home: Path, analytes: int, name: str, seed: int, files: int = 1
) -> tuple[str, list[Path]]:
    """Lay a return of some matrices, each with RNAs of its own; return its id and its files."""
    from janus_warehouse.assays.packages import write_return_manifest
    from janus_warehouse.assays.unpacking import forget_unpacked
    from janus_warehouse.deliveries.manifest import read_manifest

    folder = home / "landing" / "laboratories" / name
    (folder / "returned").mkdir(parents=True)
    natives = [folder / "returned" / f"mirna-{name}-{number}.tsv" for number in range(files)]
    for number, native in enumerate(natives):
        _write_matrix(native, analytes, np.random.default_rng([analytes, files, seed, number]))
    (folder / "return.yaml").write_text(yaml.safe_dump({
        "project": PROJECT, "approval": "REK 2015/1", "laboratory": LABORATORY,
        "platform": PLATFORM, "platform_version": "HiSeq 2500", "method": "17 to 47 nucleotides",
        "format": "count_matrix",
    }))  # fmt: skip
    manifest = write_return_manifest(folder, collection="janus", as_of=date(2019, 6, 30))
    known = read_manifest(manifest.read_text(), str(manifest))
    # The laboratory's own check unpacked it; the warehouse begins with the file alone.
    forget_unpacked(known.files[0].sha256)
    return known.delivery_id, natives


def _write_matrix(native: Path, analytes: int, rng: np.random.Generator) -> None:
    from benchmarks.lake_bank import study_code

    level = np.exp(rng.normal(2.2, 1.8, analytes))
    ids = ["".join(row) for row in rng.choice(list("ACGT"), (analytes, 24))]
    with native.open("wb") as file:
        for first in range(0, analytes, 512):
            part = level[first : first + 512, None]
            numbers = rng.poisson(part * rng.lognormal(0, 0.8, (len(part), SAMPLES)))
            columns = {"ID": ids[first : first + 512]}
            columns |= {study_code(n): numbers[:, n] for n in range(SAMPLES)}
            block = pl.DataFrame(columns)
            block.write_csv(file, separator="\t", include_header=first == 0)


def _slices() -> tuple[float, float, int]:
    """Return the seconds of our slice and of a bare filter, and the rows of the slice."""
    from janus_warehouse.assays.lake.catalogue import open_lake, table_to_read
    from janus_warehouse.assays.lake.slices import data_files, held, slice_lake
    from janus_warehouse.platform.database import Role, connect

    with connect(Role.transformer) as connection, open_lake(Role.transformer) as catalogue:
        newest = held(connection, PLATFORM)[-1]
        files = data_files(table_to_read(catalogue, PLATFORM), {newest.delivery_id})
    codes = pl.scan_parquet(files).select(pl.col("analyte_code").unique()).collect().to_series()
    wanted = codes.sort().gather_every(max(1, len(codes) // SLICED))[:SLICED].to_list()
    rows = slice_lake(PLATFORM, wanted).num_rows

    def bare() -> pl.DataFrame:
        return pl.scan_parquet(files).filter(pl.col("analyte_code").is_in(wanted)).collect()

    if bare().height != rows:
        raise SystemExit(f"a bare filter gives {bare().height} rows, the slice {rows}")
    ours = min(timed(lambda: slice_lake(PLATFORM, wanted))[0] for _ in range(5))
    return ours, min(timed(bare)[0] for _ in range(5)), rows
