"""A return's native files, unpacked once into the canonical tables that the contracts describe.

The native files stay as they came. What is unpacked lies beside the warehouse's other work,
under the hash of the folder, and can be made again at any time.
"""

import functools
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from janus_warehouse.assays.lake.ahead import read_ahead
from janus_warehouse.assays.lake.staging import INDEX, stage_matrix, staged
from janus_warehouse.assays.reading import read_file
from janus_warehouse.assays.sheets import Sheets
from janus_warehouse.assays.tables import ANALYTES, QC, SAMPLES, TEXT, AssayFile
from janus_warehouse.deliveries.readers.source import fingerprint
from janus_warehouse.errors import DeliveryRefusedError
from janus_warehouse.platform.settings import get_settings

_NATIVE = pa.field("native_file", TEXT, nullable=False)
_STUDY_CODE = pa.field("study_code", TEXT)
_OF_SAMPLE = ("sample_code", "sample_kind", "replicate", "plate_id", "well", "batch_id", "run_date")
_OF_ANALYTE = ("panel", "analyte_code", "unit", "method_version")
_LIMITS = ("lod", "lloq", "uloq")
RESULTS = pa.schema([
    _NATIVE,
    pa.field("line", pa.int64(), nullable=False),
    _STUDY_CODE,
    *(SAMPLES.field(name) for name in _OF_SAMPLE),
    *(ANALYTES.field(name) for name in ("panel", "analyte_code")),
    pa.field("value", pa.float64()),
    pa.field("value_text", TEXT),
    ANALYTES.field("unit"),
    pa.field("status_code", TEXT, nullable=False),
    *(ANALYTES.field(name) for name in _LIMITS),
    ANALYTES.field("method_version"),
])  # fmt: skip
"""One row per cell of all files of a return, with what its sample and its analyte say."""

_UNPACKED = "returned-"
NAMING = ("samples", "analytes", "qc")
"""Parts that say whose and what the cells are."""
_WITH = {"results": ("results", *NAMING), "matrix": ("matrix",)}
"""What is written along with a part: to say what names the cells may take a look at every line of
the files, and whoever reads all cells has done so."""


def unpacked_part(folder: Path, part: str) -> Path:
    """Return the file of one canonical table of a return, made if it is not there.

    It is Parquet, but for the cells of a matrix: there it is the list of what is staged.

    Args:
        folder: The folder `returned/` of native files, with `samples.csv` and `analytes.csv`
            where the laboratory sends them.
        part: `results`, `samples`, `analytes`, `qc` or `matrix`.

    Raises:
        DeliveryRefusedError: A file that no reader knows, or that is not laid out as it should
            be; or a sheet that contradicts the files.
    """
    place = place_of(folder_fingerprint(folder)[0])
    target = _file_of(place, part)
    if target.exists():
        return target
    place.mkdir(parents=True, exist_ok=True)
    drafts = {
        p: place / f".{_file_of(place, p).name}.{os.getpid()}" for p in _WITH.get(part, NAMING)
    }
    try:
        if part == "matrix":
            stage_matrix(folder, drafts[part])
        else:
            _write_tables(folder, place, drafts)
        for name, draft in drafts.items():
            draft.replace(_file_of(place, name))
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)
    return target


def folder_fingerprint(folder: Path) -> tuple[str, int]:
    """Return hash and size of a folder of native files; not read again while nothing changes."""
    return _fingerprint(folder, tuple(
        (p.as_posix(), s.st_size, s.st_mtime_ns, s.st_ctime_ns, s.st_ino)
        for p in sorted(folder.rglob("*")) if p.is_file() and (s := p.stat())
    ))  # fmt: skip


@functools.lru_cache(maxsize=16)
def _fingerprint(folder: Path, seen: tuple[tuple[str | int, ...], ...]) -> tuple[str, int]:
    return fingerprint(folder)


def _file_of(place: Path, part: str) -> Path:
    return place / (INDEX if part == "matrix" else f"{part}.parquet")


def forget_unpacked(sha256: str) -> None:
    """Remove what was unpacked of the return whose folder has this hash."""
    shutil.rmtree(place_of(sha256), ignore_errors=True)


def native_files(folder: Path) -> Iterator[tuple[str, AssayFile]]:
    """Yield name and content of each native file of a return, in the order of the names.

    Samples and analytes are completed from the sheets.

    Raises:
        DeliveryRefusedError: See `unpacked_part`.
    """
    sheets = Sheets.read(folder)
    for path in native_paths(folder):
        yield path.relative_to(folder).as_posix(), sheets.complete(read_file(path))


def native_paths(folder: Path) -> list[Path]:
    """Return the laboratory's files of results, in the order of their names.

    Raises:
        DeliveryRefusedError: There is none.
    """
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and not Sheets.is_sheet(p))
    if not paths:
        raise DeliveryRefusedError(
            f"{folder.name}: no file of results; lay the laboratory's files into this folder as "
            "they are"
        )
    return paths


def place_of(sha256: str) -> Path:
    """Return where what is unpacked of the return whose folder has this hash lies."""
    return get_settings().home / "incoming" / f"{_UNPACKED}{sha256[:16]}"


def places() -> list[Path]:
    """Return where returns lie unpacked at the moment, whosever they are."""
    return sorted((get_settings().home / "incoming").glob(f"{_UNPACKED}*"))


def _write_tables(folder: Path, place: Path, targets: dict[str, Path]) -> None:
    """Write what a return says of its samples, analytes and quality; and its cells if asked to."""
    made: dict[str, list[pl.DataFrame]] = {part: [] for part in NAMING}
    with _writer(targets.get("results")) as write:
        for name, tables, values in _described(folder, place, may_be_staged=write is None):
            samples = _with_study_code(tables["samples"], name)
            made["samples"].append(samples)
            for part in ("analytes", "qc"):
                made[part].append(tables[part].with_columns(native_file=pl.lit(name)))
            if write is not None:
                for batch in read_ahead(values):
                    cells = pl.DataFrame(pl.from_arrow(batch))
                    write(_as_results(cells, samples, made["analytes"][-1]))
    samples = pl.concat(made["samples"])
    only_in_sheet = _with_study_code(Sheets.read(folder).without_result(samples), Sheets.SAMPLES)
    _write(targets["samples"], pl.concat([samples, only_in_sheet]),
           pa.schema([_NATIVE, _STUDY_CODE, *SAMPLES]))  # fmt: skip
    _write(targets["analytes"], pl.concat(made["analytes"]), pa.schema([_NATIVE, *ANALYTES]))
    _write(targets["qc"], pl.concat(made["qc"]), pa.schema([_NATIVE, *QC]))


def _described(
    folder: Path, place: Path, *, may_be_staged: bool
) -> Iterator[tuple[str, dict[str, pl.DataFrame], Iterator[pa.RecordBatch]]]:
    """Yield name, tables and values of each native file.

    Of files that are staged the tables are there, so they are not read a second time.
    """
    stages = staged(place) if may_be_staged else []
    for stage in stages:
        yield stage.native_file, {part: getattr(stage, part) for part in NAMING}, iter(())
    if not stages:
        for name, file in native_files(folder):
            tables = {part: pl.DataFrame(pl.from_arrow(getattr(file, part))) for part in NAMING}
            yield name, tables, file.values


@contextmanager
def _writer(target: Path | None) -> Iterator[Callable[[pl.DataFrame], None] | None]:
    """Give what writes cells into a file, batch by batch; nothing where no file is asked for."""
    if target is None:
        yield None
        return
    with pq.ParquetWriter(target, RESULTS) as writer:
        yield lambda cells: writer.write_table(cells.select(RESULTS.names).to_arrow().cast(RESULTS))


def _with_study_code(samples: pl.DataFrame, native_file: str) -> pl.DataFrame:
    """Return the samples with the study code, which is the code of a sample of the bank."""
    code = pl.when(pl.col("sample_kind") == "sample").then("sample_code")
    return samples.with_columns(native_file=pl.lit(native_file), study_code=code)


def _write(target: Path, frame: pl.DataFrame, schema: pa.Schema) -> None:
    pq.write_table(frame.select(schema.names).to_arrow().cast(schema), target)


def _as_results(
    values: pl.DataFrame, samples: pl.DataFrame, analytes: pl.DataFrame
) -> pl.DataFrame:
    """Return cells with what their sample and analyte say; a limit of the cell comes first."""
    of_sample = samples.select("native_file", "study_code", *_OF_SAMPLE)[values["sample_row"]]
    of_analyte = analytes.select(*_OF_ANALYTE, *(pl.col(n).alias(f"{n}_file") for n in _LIMITS))
    limits = [pl.coalesce(name, f"{name}_file").alias(name) for name in _LIMITS]
    return pl.concat(
        [
            values.select("line", "value", "value_text", *_LIMITS, status_code="status"),
            of_sample,
            of_analyte[values["analyte_row"]],
        ],
        how="horizontal",
    ).with_columns(limits)
