"""What a laboratory's file holds, in counts; and the same file as Parquet."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from janus_warehouse.assays.checksum import ValueChecksum
from janus_warehouse.assays.tables import VALUES, AssayFile
from janus_warehouse.errors import NotAvailableError

Moved = Callable[[int, int], None]
"""Told after each batch: values read so far, and how many there are at most."""

LEAST_SAMPLES = 5
TABLES = ("samples", "analytes", "values", "qc")


@dataclass(frozen=True)
class Figures:
    """The laboratory's figures of one name: how many, their median, the note if it is one row.

    Of fewer than `LEAST_SAMPLES` figures about samples no median is told.
    """

    scope: str
    metric: str
    rows: int
    median: float | None
    note: str | None


@dataclass(frozen=True)
class Summary:
    """What a file holds.

    Attributes:
        format: Name of its format.
        layout: Version of the layout.
        samples: Kind of sample → rows of the table of samples.
        sample_codes: Different codes of the kind sample.
        replicates: The largest number of a replicate.
        plates: Different plates.
        batches: Different batches.
        run_dates: First and last day of a run; empty when the file tells none.
        analytes: Rows of the table of analytes.
        panels: Panel → analytes; without those that have none.
        units: Unit → analytes; without those that have none.
        values: Cells.
        status: Status → cells.
        value_checksum: See `checksum.ValueChecksum`.
        qc: The laboratory's figures.
    """

    format: str
    layout: str
    samples: dict[str, int]
    sample_codes: int
    replicates: int
    plates: int
    batches: int
    run_dates: list[date]
    analytes: int
    panels: dict[str, int]
    units: dict[str, int]
    values: int
    status: dict[str, int]
    value_checksum: str
    qc: list[Figures] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """Return the summary as plain data, for JSON."""
        return asdict(self) | {"run_dates": [day.isoformat() for day in self.run_dates]}


def summarise(
    file: AssayFile, *, to: Path | None = None, moved: Moved = lambda _done, _most: None
) -> Summary:
    """Return what a file holds; its values are read by this, batch by batch.

    Args:
        file: As `reading.read_file` returns it.
        to: Folder that gets `samples`, `analytes`, `values` and `qc` as Parquet; all four or,
            when the file is refused on the way, none.
        moved: See `Moved`.

    Raises:
        DeliveryRefusedError: The values cannot be read to the end.
        NotAvailableError: The folder cannot be made.
    """
    checksum, status, values = ValueChecksum(file.samples, file.analytes), Counter[str](), 0
    at_most = file.samples.num_rows * file.analytes.num_rows
    with _parquet(file, to) as write:
        for batch in file.values:
            checksum.add(batch)
            values += batch.num_rows
            for counted in pc.value_counts(batch["status"]).to_pylist():
                status[counted["values"]] += counted["counts"]
            write(batch)
            moved(values, max(values, at_most))
    samples = pl.DataFrame(pl.from_arrow(file.samples))
    analytes = pl.DataFrame(pl.from_arrow(file.analytes))
    days = samples["run_date"].drop_nulls()
    return Summary(
        format=file.format, layout=file.layout,
        samples=_counts(samples["sample_kind"]),
        sample_codes=samples.filter(pl.col("sample_kind") == "sample")["sample_code"].n_unique(),
        replicates=int(samples["replicate"].cast(pl.Int64).max() or 0),  # type: ignore[arg-type]
        plates=samples["plate_id"].drop_nulls().n_unique(),
        batches=samples["batch_id"].drop_nulls().n_unique(),
        run_dates=[days.min(), days.max()] if len(days) else [],  # type: ignore[list-item]
        analytes=analytes.height, panels=_counts(analytes["panel"]),
        units=_counts(analytes["unit"]), values=values,
        status=dict(sorted(status.items())), value_checksum=checksum.hexdigest(),
        qc=_figures(file.qc),
    )  # fmt: skip


def _counts(column: pl.Series) -> dict[str, int]:
    return dict(column.drop_nulls().value_counts(name="n").sort(column.name).iter_rows())


def _figures(qc: pa.Table) -> list[Figures]:
    by_name = pl.DataFrame(pl.from_arrow(qc)).group_by("scope", "metric", maintain_order=True)
    note = pl.when(pl.len() == 1).then(pl.col("note").first())
    tells = (pl.col("scope").first() != "sample") | (pl.len() >= LEAST_SAMPLES)
    median = pl.when(tells).then(pl.col("value").median())
    found = by_name.agg(rows=pl.len(), median=median, note=note)
    return [Figures(**row) for row in found.iter_rows(named=True)]


@contextmanager
def _parquet(file: AssayFile, folder: Path | None) -> Iterator[Callable[[pa.RecordBatch], None]]:
    """Give what writes a batch of values; the tables stand in the folder when all is written."""
    if folder is None:
        yield lambda _batch: None
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotAvailableError(
            f"{folder}: the folder cannot be made ({error.strerror}); name another one"
        ) from None
    drafts = {name: folder / f".{name}.parquet.{os.getpid()}" for name in TABLES}
    with ExitStack() as stack:
        for draft in drafts.values():
            stack.callback(draft.unlink, missing_ok=True)
        for name in ("samples", "analytes", "qc"):
            pq.write_table(getattr(file, name), drafts[name])
        with pq.ParquetWriter(drafts["values"], VALUES) as writer:
            yield writer.write_batch
        for name, draft in drafts.items():
            draft.replace(folder / f"{name}.parquet")
