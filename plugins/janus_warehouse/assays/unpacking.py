"""A return's native files, unpacked once into the canonical tables that the contracts describe.

The native files stay as they came. What is unpacked lies beside the warehouse's other work,
under the hash of the folder, and can be made again at any time.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

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

Part = Callable[[Path, Path], None]


def unpacked_part(folder: Path, part: str) -> Path:
    """Return the Parquet file of one canonical table of a return, made if it is not there.

    Args:
        folder: The folder `returned/` of native files, with `samples.csv` and `analytes.csv`
            where the laboratory sends them.
        part: `results`, `samples`, `analytes` or `qc`.

    Raises:
        DeliveryRefusedError: A file that no reader knows, or that is not laid out as it should
            be; or a sheet that contradicts the files.
    """
    target = _place(fingerprint(folder)[0]) / f"{part}.parquet"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            _PARTS[part](folder, draft)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    return target


def forget_unpacked(sha256: str) -> None:
    """Remove what was unpacked of the return whose folder has this hash."""
    shutil.rmtree(_place(sha256), ignore_errors=True)


def native_files(folder: Path) -> Iterator[tuple[str, AssayFile]]:
    """Yield name and content of each native file of a return, in the order of the names.

    Samples and analytes are completed from the sheets.

    Raises:
        DeliveryRefusedError: See `unpacked_part`.
    """
    sheets = Sheets.read(folder)
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and not sheets.is_sheet(p))
    if not paths:
        raise DeliveryRefusedError(
            f"{folder.name}: no file of results; lay the laboratory's files into this folder as "
            "they are"
        )
    for path in paths:
        yield path.relative_to(folder).as_posix(), sheets.complete(read_file(path))


def _place(sha256: str) -> Path:
    return get_settings().home / "incoming" / f"returned-{sha256[:16]}"


def _write_samples(folder: Path, target: Path) -> None:
    sheets, made = Sheets.read(folder), []
    for name, file in native_files(folder):
        made.append(_with_study_code(pl.DataFrame(pl.from_arrow(file.samples)), name))
    known = pl.concat(made)
    known = pl.concat([known, _with_study_code(sheets.without_result(known), sheets.SAMPLES)])
    _write(target, known, pa.schema([_NATIVE, _STUDY_CODE, *SAMPLES]))


def _with_study_code(samples: pl.DataFrame, native_file: str) -> pl.DataFrame:
    """Return the samples with the study code, which is the code of a sample of the bank."""
    code = pl.when(pl.col("sample_kind") == "sample").then("sample_code")
    return samples.with_columns(native_file=pl.lit(native_file), study_code=code)


def _write_named(table: str, schema: pa.Schema) -> Part:
    def write(folder: Path, target: Path) -> None:
        made = [
            pl.DataFrame(pl.from_arrow(getattr(file, table))).with_columns(native_file=pl.lit(name))
            for name, file in native_files(folder)
        ]
        _write(target, pl.concat(made), pa.schema([_NATIVE, *schema]))

    return write


def _write(target: Path, frame: pl.DataFrame, schema: pa.Schema) -> None:
    pq.write_table(frame.select(schema.names).to_arrow().cast(schema), target)


def _write_results(folder: Path, target: Path) -> None:
    with pq.ParquetWriter(target, RESULTS) as writer:
        for name, file in native_files(folder):
            samples = _with_study_code(pl.DataFrame(pl.from_arrow(file.samples)), name)
            analytes = pl.DataFrame(pl.from_arrow(file.analytes))
            for batch in file.values:
                cells = _as_results(pl.DataFrame(pl.from_arrow(batch)), samples, analytes)
                writer.write_table(cells.select(RESULTS.names).to_arrow().cast(RESULTS))


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


_PARTS: dict[str, Part] = {
    "results": _write_results,
    "samples": _write_samples,
    "analytes": _write_named("analytes", ANALYTES),
    "qc": _write_named("qc", QC),
}
