"""Matrices that the small bank's laboratory returns: counts of RNAs, and levels of proteins."""

import numpy as np
import polars as pl
from returned_files import SENT, code, place, tube
from tests.warehouse.lake.matrices import FORM, rna, tsv

PROTEINS = {"platform": "aptamer_proteomics", "platform_version": "SomaScan 7k", "format": None}
MARKERS = ["XIST", "RPS4Y1"]
IS_WOMAN = np.array([tube(n) % 2 == 1 for n in range(1, SENT + 1)])
CODES = [code(n) for n in range(1, SENT + 1)]


def levels(analytes: int, noise: float = 0.02) -> np.ndarray:
    """Return levels of analytes in the samples; those of one tube agree but for some noise."""
    rng = np.random.default_rng(1953)
    usual = np.exp(rng.uniform(4, 7, analytes))
    of_tubes = rng.lognormal(0, 0.6, (analytes, SENT))
    tubes = [tube(n) - 1 for n in range(1, SENT + 1)]
    return usual[:, None] * of_tubes[:, tubes] * rng.lognormal(0, noise, (analytes, SENT))


def counts(analytes: int = 40) -> np.ndarray:
    """Return counts of RNAs, the last two being a marker of women and one of men."""
    numbers = np.random.default_rng(4).poisson(levels(analytes))
    numbers[-2] = np.where(IS_WOMAN, 5 + numbers[-2] % 9, 0)
    numbers[-1] = np.where(IS_WOMAN, 0, 3 + numbers[-1] % 9)
    return numbers


def matrix(numbers: np.ndarray, codes: list[str] = CODES) -> str:
    """Return counts as the laboratory's file."""
    names = [rna(k) for k in range(len(numbers) - len(MARKERS))]
    return tsv(numbers, codes, [*names, *MARKERS])


def sheet() -> str:
    """Return where the samples stood."""
    lines = [",".join([code(n), *place(n), "2019-03-04"]) for n in range(1, SENT + 1)]
    return "\n".join(["sample_code,plate_id,well,run_date", *lines]) + "\n"


def taken(numbers: np.ndarray, moved: dict[int, int]) -> np.ndarray:
    """Give the numbers of samples to others: the plates were read in another order."""
    return numbers[:, [moved.get(n, n) - 1 for n in range(1, SENT + 1)]]


def proteins(numbers: np.ndarray) -> pl.DataFrame:
    """Return levels as long rows of the laboratory's file; analytes go by number."""
    names = [f"{1000 + k}-{k % 9}" for k in range(len(numbers))]
    return pl.DataFrame({
        "SampleID": CODES * len(names),
        "Analyte": [name for name in names for _ in CODES],
        "Result": [f"{number:.3f}" for number in numbers.reshape(-1)],
        "Unit": "RFU",
        "Plate": [place(n)[0] for n in range(1, SENT + 1)] * len(names),
        "Well": [place(n)[1] for n in range(1, SENT + 1)] * len(names),
        "RunDate": "2019-03-04",
    })  # fmt: skip


def send(laboratory, numbers: np.ndarray, **given):
    """Send counts, with the sheet of places, and give the outcome."""
    files = {"mirna.tsv": matrix(numbers), "samples.csv": sheet()}
    return laboratory.send(files, form=FORM, **given)


def send_proteins(laboratory, rows: np.ndarray | pl.DataFrame, **given):
    """Send levels of proteins and give the outcome."""
    frame = rows if isinstance(rows, pl.DataFrame) else proteins(rows)
    form = {key: value for key, value in PROTEINS.items() if value}
    return laboratory.send({"run.csv": frame.write_csv()}, form=form, **given)
