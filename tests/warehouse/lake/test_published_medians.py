"""Medians that were published of the bank's sequencing, found again by the marts.

A matrix is made from the published summaries, goes through the gate into the lake, and the marts
must say the published medians of it, but for what drawing so many samples can do to a median.
"""

import numpy as np
import polars as pl
from scipy import stats
from tests.preloaded_dbt import without_unit_tests
from tests.warehouse.assays.bank_of_returns import lay_bank, study_code
from tests.warehouse.lake.matrices import lay_matrix

SAMPLES = 200
QUARTILE = stats.norm.ppf(0.75)
UNLIKELY = 0.001
"""Chance that all is right and the test fails."""
FILES = {
    "miRNA": "miRNA", "isomiR": "isomiR", "piRNA": "piRNA", "tRNA derived": "tRF", "tRNA": "tRNA",
    "snoRNA": "snoRNA", "snRNA": "snRNA", "mRNA": "mRNA", "lncRNA": "lncRNA", "miscRNA": "miscRNA",
}  # fmt: skip
"""Class as published → name of the laboratory's file of that class."""


def published(shared) -> pl.DataFrame:
    """Return each RNA with its median count and the spread of its logarithm between samples.

    Quartiles are published for some classes; the others get the spread that is usual of those.
    """
    table = pl.read_csv(
        shared / "real-data/janus_rna/all_rna_tables.tsv", separator="\t", null_values=["NA", ""],
        columns=["ID", "Type", "medians", "upper_rpm", "lower_rpm"], infer_schema_length=None,
    ).unique("ID", keep="first", maintain_order=True)  # fmt: skip
    spread = (pl.col("upper_rpm") / pl.col("lower_rpm")).log() / (2 * QUARTILE)
    return table.select(
        "ID", "Type", median="medians", sd=spread.fill_null(spread.median()).clip(0.1, 2)
    )


def draw(rnas: pl.DataFrame, codes: list[str]) -> pl.DataFrame:
    """Return counts whose median is the published one: rounded lognormal numbers."""
    rng = np.random.default_rng(1953)
    median, sd = rnas["median"].to_numpy()[:, None], rnas["sd"].to_numpy()[:, None]
    chance = rng.standard_normal((rnas.height, len(codes)))
    counts = np.floor(median * np.exp(sd * chance) + 0.5).astype(np.int64)
    return pl.DataFrame(counts, schema=codes).insert_column(0, rnas["ID"])


def bounds(rnas: pl.DataFrame, chance: float) -> tuple[np.ndarray, np.ndarray]:
    """Return between which numbers the median of the samples lies, but for a chance on each side.

    It lies between the two order statistics in the middle. The kth of n draws, as a share of the
    distribution, is distributed Beta(k, n + 1 - k), whatever the distribution is.
    """
    half = SAMPLES // 2
    low = stats.norm.ppf(stats.beta.ppf(chance, half, half + 1))
    high = stats.norm.ppf(stats.beta.ppf(1 - chance, half + 1, half))
    median, sd = rnas["median"].to_numpy(), rnas["sd"].to_numpy()
    return tuple(np.floor(median * np.exp(sd * at) + 0.5) for at in (low, high))


def test_the_marts_find_the_published_medians_within_sampling_error(warehouse, shared):
    from janus_warehouse.deliveries import ingest
    from janus_warehouse.warehouse import build

    rnas = published(shared)
    matrix = draw(rnas, [study_code(n) for n in range(1, SAMPLES + 1)])
    lay_bank(warehouse, sent=SAMPLES)
    files = {
        f"{FILES[of_class]}.tsv": matrix.filter(rnas["Type"] == of_class).write_csv(separator="\t")
        for of_class in rnas["Type"].unique()
    }
    outcome = ingest(lay_matrix(warehouse, "rna", files))
    assert (outcome.state, outcome.reason) == ("accepted", None)

    with without_unit_tests():
        build(select="+fct_assay_qc")

    found = pl.DataFrame(
        # The dictionary has names of its own for some.
        warehouse.query(
            "select analyte_code, median_value::float from marts.fct_assay_qc "
            "inner join intermediate.int_analytes__returned using (delivery_id, analyte_id)"
        ),
        schema=["ID", "found"], orient="row",
    )  # fmt: skip
    assert found.height == rnas.height == 18_790
    medians = rnas.join(found, on="ID", how="left", maintain_order="left")["found"].to_numpy()
    # No median lies where one of so many would hardly ever lie …
    low, high = bounds(rnas, UNLIKELY / 2 / rnas.height)
    assert np.count_nonzero(~((low <= medians) & (medians <= high))) == 0
    # … and not more than a few percent where one in twenty may …
    low, high = bounds(rnas, 0.025)
    outside = np.count_nonzero(~((low <= medians) & (medians <= high)))
    assert outside <= stats.binom.ppf(1 - UNLIKELY, rnas.height, 0.05)
    # … and they are not off to one side. A median of n has about the variance pi / 2n of one.
    is_large = (rnas["median"] >= 50).to_numpy()
    assert np.count_nonzero(is_large) > 2000
    expected, sd = (rnas[name].to_numpy()[is_large] for name in ("median", "sd"))
    off = np.log(medians[is_large] / expected) / sd / np.sqrt(np.pi / 2 / SAMPLES)
    assert abs(off.mean()) * np.sqrt(len(off)) < stats.norm.ppf(1 - UNLIKELY / 2)
