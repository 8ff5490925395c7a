"""A return of two plates with blinded duplicates and controls, and its correction, as tables."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from tests.conftest import Warehouse
from tests.warehouse.assays.bank_of_returns import SENT, study_code

DUPLICATES = (2, 4, 6, 13, 15, 17, 19)
"""The 13th stands on the second plate and the 12th, whose tube it has, on the first."""
LEVELS = {"PFOA": 4.0, "PFOS": 12.0}
RERUN = 6
"""How many samples were measured once more, months later."""


@dataclass(frozen=True)
class Returned:
    """A warehouse that took in three returns, and what the corrected one holds."""

    warehouse: Warehouse
    first: str
    corrected: str
    rerun: str
    lines: pd.DataFrame


def measured() -> pd.DataFrame:
    """Return lines of two plates with controls; codes of one tube have about the same numbers."""
    rng = np.random.default_rng(11)
    lines = []
    for n in range(1, SENT + 1):
        tube = n - 1 if n in DUPLICATES else n
        lines.append((study_code(n), tube, 1 if n <= 12 else 2, f"A{(n - 1) % 12 + 1:02d}"))
    # Controls of unequal numbers, so that variances must be pooled by their degrees of freedom.
    lines += [("QC1", 0, plate, f"H{k:02d}") for plate in (1, 2) for k in (1, 2, 3)]
    lines += [("QC2", 0, plate, "H04") for plate in (1, 2)]
    rows = []
    for analyte, level in LEVELS.items():
        of_tube = level * np.exp(rng.normal(0, 0.5, SENT + 1))
        rows += [
            {"SampleID": code, "tube": tube, "Analyte": analyte,
             "Result": f"{of_tube[tube] * np.exp(rng.normal(0, 0.06)):.4f}", "Unit": "ng/mL",
             "LOD": "0.1", "Plate": f"P00{plate}", "Well": well,
             "RunDate": f"2019-03-0{plate + 3}", "SampleType": "control" if not tube else "sample"}
            for code, tube, plate, well in lines
        ]  # fmt: skip
    return pd.DataFrame(rows)


def as_file(lines: pd.DataFrame) -> str:
    return lines.drop(columns="tube").to_csv(index=False)


def correct(lines: pd.DataFrame) -> pd.DataFrame:
    """Return the lines with one number mended, one below the limit, and one left out."""
    mended = lines.copy()
    mended.loc[0, "Result"] = "5.5"
    mended.loc[1, "Result"] = "<0.1"
    left_out = mended[(mended.SampleID == study_code(22)) & (mended.Analyte == "PFOS")].index
    return mended.drop(left_out)


def geometric_cv(lines: pd.DataFrame, group: list[str]) -> tuple[int, float]:
    """Return repeated groups and the pooled coefficient, from sums of squares of logarithms."""
    groups = lines.groupby(group).log_value
    repeated = groups.count() > 1
    squares = ((lines.log_value - groups.transform("mean")) ** 2).sum()
    freedom = (groups.count() - 1).sum()
    return int(repeated.sum()), float(np.sqrt(np.exp(squares / max(freedom, 1)) - 1))
