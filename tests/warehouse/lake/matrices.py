"""Count matrices as a laboratory returns them, made for the small bank's tubes."""

import numpy as np
import numpy.typing as npt
from tests.conftest import Warehouse
from tests.warehouse.assays.bank_of_returns import LABORATORY, PROJECT, SENT, lay_return, study_code

PLATFORM = "small_rna_sequencing"
FORM = {
    "project": PROJECT, "laboratory": LABORATORY, "platform": PLATFORM,
    "platform_version": "HiSeq 2500", "method": "Reads of 17 to 47 nucleotides",
    "format": "count_matrix",
}  # fmt: skip
CODES = [study_code(n) for n in range(1, SENT + 1)]


def rna(k: int) -> str:
    """Return a sequence of letters that names the kth RNA; its order is not that of k."""
    digits = np.base_repr(k * 7919 + 104729, 4)
    return "".join("ACGT"[int(digit)] for digit in digits[::-1]).ljust(22, "A")


def counts(analytes: int, samples: int = SENT, seed: int = 7) -> npt.NDArray[np.int64]:
    """Return made-up counts of analytes by samples; no row and no column is all alike."""
    rng = np.random.default_rng(seed)
    level = np.exp(rng.normal(3, 1.5, analytes))
    return rng.poisson(level[:, None] * rng.lognormal(0, 0.5, (analytes, samples)))


def tsv(numbers, codes=CODES, names=None) -> str:
    """Return a matrix as a tab-separated file of RNAs by samples."""
    names = names or [rna(k) for k in range(len(numbers))]
    lines = ["\t".join(["ID", *codes])]
    lines += ["\t".join([name, *map(str, row)]) for name, row in zip(names, numbers, strict=True)]
    return "\n".join(lines) + "\n"


def lay_matrix(warehouse: Warehouse, name: str, files: dict[str, str], **more) -> str:
    """Lay a return of count matrices and return its delivery id."""
    return lay_return(warehouse, name, files, form=FORM, **more)
