"""What the gate asks of a matrix, in little: some telling analytes in all samples, and sizes.

It is gathered while the rules of the cells are counted and lies beside the staged cells, because
the gate may ask in another process.
"""

import os
import shutil
from dataclasses import dataclass, fields
from pathlib import Path

import polars as pl

SAMPLE = ["sample_code", "sample_kind", "replicate"]


@dataclass(frozen=True)
class Gist:
    """A matrix in little.

    Attributes:
        cells: Cells of the analytes that differ most between samples, and of markers of sex:
            sample_code, sample_kind, replicate, plate_id, analyte_code, uniprot, status_code,
            value (as reported), amount (of counts: per million of the sample's; otherwise the
            value) and is_telling (chosen because it differs).
        samples: sample_code, sample_kind, replicate, plate_id, total (of all its numbers).
        analytes: analyte_code, n and median of what was detected in some of the bank's samples;
            empty where the platform counts.
        broken: rule_id, axis (`analyte` or `sample`), code and how many of its cells break the
            rule of the contract.
    """

    cells: pl.DataFrame
    samples: pl.DataFrame
    analytes: pl.DataFrame
    broken: pl.DataFrame

    def write(self, folder: Path) -> None:
        """Write the tables into a folder, in the place of what is there."""
        draft = folder.with_name(f".{folder.name}.{os.getpid()}")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        for field in fields(self):
            getattr(self, field.name).write_parquet(draft / f"{field.name}.parquet")
        shutil.rmtree(folder, ignore_errors=True)
        draft.replace(folder)

    @classmethod
    def read(cls, folder: Path) -> "Gist | None":
        """Return what lies in a folder; None if it is not there."""
        if not folder.exists():
            return None
        return cls(*(pl.read_parquet(folder / f"{field.name}.parquet") for field in fields(cls)))


def gist_folder(place: Path, delivery_id: str) -> Path:
    """Return where the gist of a delivery lies, beside what else is unpacked of its files."""
    return place / f"gist-{delivery_id}"
