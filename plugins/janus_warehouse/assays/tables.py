"""The four tables that every laboratory's file becomes, whatever its layout.

The tables point at each other by row number, so that sixty million values do not repeat
their sample's and analyte's names.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

Status = Literal[
    "detected", "below_lod", "below_lloq", "above_uloq", "missing", "qc_failed", "excluded"
]
"""What is known of a number beside the number; the codelist `measurement_status` has the words."""

STATUSES: tuple[str, ...] = get_args(Status)

SampleKind = Literal["sample", "control", "calibrator", "blank"]
"""A control is of known content (or a pool) and is measured to judge the run."""

TEXT = pa.string()

SAMPLES = pa.schema([
    pa.field("sample_code", TEXT, nullable=False),
    pa.field("sample_kind", TEXT, nullable=False),
    pa.field("replicate", pa.int16(), nullable=False),
    pa.field("plate_id", TEXT),
    pa.field("well", TEXT),
    pa.field("batch_id", TEXT),
    pa.field("run_date", pa.date32()),
    pa.field("qc_status", TEXT),
    pa.field("volume_used_ul", pa.float64()),
    pa.field("thaws_after", pa.int16()),
    pa.field("missing_reason", TEXT),
])  # fmt: skip
"""One row per sample as it stood in a well: the code as the file writes it, what kind of sample,
the number of the replicate (from 1), and `qc_status` passed, warned, failed or null when the
file does not say. A sample run on two plates or with two panels is two rows."""

ANALYTES = pa.schema([
    pa.field("analyte_code", TEXT, nullable=False),
    pa.field("analyte_name", TEXT),
    pa.field("panel", TEXT),
    pa.field("unit", TEXT),
    pa.field("lod", pa.float64()),
    pa.field("lloq", pa.float64()),
    pa.field("uloq", pa.float64()),
    pa.field("method_version", TEXT),
    pa.field("uniprot", TEXT),
    pa.field("olink_id", TEXT),
    pa.field("seq_id", TEXT),
    pa.field("cas_number", TEXT),
    pa.field("hmdb", TEXT),
])  # fmt: skip
"""One row per analyte and panel: the code by which the laboratory names it (the most stable one
the file has), its unit as written, limits that hold in the whole file, and identifiers."""

VALUES = pa.schema([
    pa.field("sample_row", pa.int32(), nullable=False),
    pa.field("analyte_row", pa.int32(), nullable=False),
    pa.field("value", pa.float64()),
    pa.field("value_text", TEXT),
    pa.field("status", TEXT, nullable=False),
    pa.field("lod", pa.float64()),
    pa.field("lloq", pa.float64()),
    pa.field("uloq", pa.float64()),
    pa.field("line", pa.int64(), nullable=False),
])  # fmt: skip
"""One row per cell: rows of its sample and analyte in those tables (from 0), the number as
reported, the text where the cell holds no number (`<0.05`, `ND`, `NaN`), a `Status`, limits
where they differ by plate or sample, and the line of the file (the row of a sheet, from 1)."""

QC = pa.schema([
    pa.field("scope", TEXT, nullable=False),
    pa.field("plate_id", TEXT),
    pa.field("sample_code", TEXT),
    pa.field("analyte_code", TEXT),
    pa.field("metric", TEXT, nullable=False),
    pa.field("value", pa.float64()),
    pa.field("note", TEXT),
])  # fmt: skip
"""One row per figure or remark of the laboratory about a `file`, `plate`, `sample` or
`analyte`."""


NO_NUMBER = np.iinfo(np.int32).min
"""Stands for an empty cell among whole numbers; among others it is NaN."""
_DETECTED, _BELOW_LOD, _MISSING = (
    STATUSES.index(name) for name in ("detected", "below_lod", "missing")
)


def statuses_of_counts(counts: npt.NDArray[np.int32]) -> npt.NDArray[np.uint8]:
    """Return the places in `STATUSES` that follow from counts of reads.

    A count of 0 means that nothing was seen: below the limit of detection.
    """
    statuses = np.where(counts > 0, np.uint8(_DETECTED), np.uint8(_BELOW_LOD))
    if counts.size and counts.min() == NO_NUMBER:
        statuses[counts == NO_NUMBER] = _MISSING
    return statuses


@dataclass(frozen=True)
class Block:
    """Some analytes of a count matrix in all samples, in the order of the file.

    Attributes:
        names: The analytes, as they are called in the file.
        counts: int32, a row for each analyte and a column for each sample; `NO_NUMBER` where the
            file has none.
        line: Line of the first analyte; the others follow line by line.
    """

    names: pl.Series
    counts: npt.NDArray[np.int32]
    line: int


@dataclass(frozen=True)
class AssayFile:
    """A laboratory's file, read.

    Attributes:
        format: Name of the format, a key of `formats.FORMATS`.
        layout: Version of its layout, as the format's module names it.
        samples: As `SAMPLES`.
        analytes: As `ANALYTES`.
        qc: As `QC`.
        values: Batches as `VALUES`, read as they are asked for, once; together one row for
            every cell of every sample and analyte that the file has a place for.
    """

    format: str
    layout: str
    samples: pa.Table
    analytes: pa.Table
    qc: pa.Table
    values: Iterator[pa.RecordBatch]


@dataclass(frozen=True)
class CountMatrix:
    """A matrix of counts that is read in one pass: many times faster for tens of millions.

    Attributes:
        samples: As `SAMPLES`; the columns of the matrix.
        blocks: All cells, read as they are asked for, once. The status of each follows from its
            count.
        described: Returns the file without its values, from the names of all analytes; refuses
            names that no file may have.
    """

    samples: pa.Table
    blocks: Iterator[Block]
    described: Callable[[pl.Series], AssayFile]
