"""Repetitions and plates of wide results, told from blocks of cells."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import polars as pl
import pytest

from janus_warehouse.assays.lake.layout import lay_out
from janus_warehouse.assays.lake.spread import spread
from janus_warehouse.assays.tables import NO_NUMBER

RFU, COUNTS = "aptamer_proteomics", "small_rna_sequencing"
DRIFT = ["n_plates", "plate_order_correlation", "change_per_plate", "largest_plate_deviation"]


def group_of(samples: pl.DataFrame, numbers: np.ndarray, blocks: int = 3) -> SimpleNamespace:
    """Return what stands for a group: its columns, and its rows in some blocks."""
    step = -(-len(numbers) // blocks)
    return SimpleNamespace(
        samples=samples.drop("tube").with_columns(
            replicate=pl.lit(1, pl.Int16), enters=pl.lit(value=True),
            study_code=pl.when(pl.col("sample_kind") == "sample").then("sample_code"),
        ),
        bounds=lambda: [(n, min(n + step, len(numbers))) for n in range(0, len(numbers), step)],
        block=lambda first, last: (numbers[first:last], None),
    )  # fmt: skip


def told(samples: pl.DataFrame, numbers: np.ndarray, measured: np.ndarray, platform: str):
    tubes = samples.select(study_code="sample_code", tube_barcode="tube").drop_nulls()
    [layout] = lay_out([group_of(samples, numbers)], tubes, platform)
    return pd.DataFrame(spread(numbers, measured, layout))


def laid(rows: list[tuple]) -> pl.DataFrame:
    """Return samples, each with code, kind, tube, plate and day of the run."""
    names = ("sample_code", "sample_kind", "tube", "plate_id", "run_date")
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    return frame.with_columns(pl.col("run_date").cast(pl.Date))


def test_repetitions_are_pooled_as_the_model_of_rows_pools_them():
    """The example of the model int_assay_repeats."""
    samples = laid([
        ("a", "sample", "1", "P1", None), ("b", "sample", "1", "P1", None),
        ("c", "sample", "2", "P1", None), ("d", "sample", "2", "P1", None),
        ("e", "sample", "2", "P1", None), ("f", "sample", "3", "P1", None),
        ("g", "sample", "3", "P2", None), ("h", "sample", "4", "P2", None),
        ("i", "sample", "4", "P2", None), ("QC", "control", None, "P1", None),
        ("QC", "control", None, "P1", None), ("QC", "control", None, "P2", None),
    ])  # fmt: skip
    logs = np.array([[0, 0.2, 0, 0.3, 0.6, 1, 1.3, 5, 0, 0, 0.1, 0.2]])
    measured = np.full(logs.shape, True)
    measured[0, 8] = False

    [found] = told(samples, np.exp(logs), measured, RFU).to_dict("records")

    sums = {name: found[name] for name in found if name not in DRIFT}
    assert sums == pytest.approx({
        "n_within_plate": 2, "df_within_plate": 3, "squares_within_plate": 0.2,
        "n_between_plates": 1, "df_between_plates": 1, "squares_between_plates": 0.045,
        "n_controls": 1, "df_controls": 2, "squares_controls": 0.02,
    })  # fmt: skip


def test_plates_that_rise_are_seen_as_the_model_of_rows_sees_them():
    """The example of the model int_assay_drift: the order is that of days, not of names."""
    samples = laid([
        ("a", "sample", None, "P3", "2019-01-01"), ("b", "sample", None, "P3", "2019-01-01"),
        ("c", "sample", None, "P2", "2019-01-02"), ("d", "sample", None, "P2", "2019-01-02"),
        ("e", "sample", None, "P1", "2019-01-03"), ("f", "sample", None, "P1", "2019-01-03"),
        ("QC", "control", None, "P1", "2019-01-03"),
    ])  # fmt: skip
    numbers = np.exp(np.array([[0, 1, 1, 2, 2, 3, 99.0]]))

    [found] = told(samples, numbers, np.full(numbers.shape, True), RFU)[DRIFT].to_dict("records")

    assert found == pytest.approx({
        "n_plates": 3, "plate_order_correlation": 1, "change_per_plate": np.e - 1,
        "largest_plate_deviation": 1.595769,
    }, abs=1e-5)  # fmt: skip


def drift_by_hand(logs: pd.Series) -> list[float]:
    """Return what the model int_assay_drift says of one analyte; plates in the index, in order."""
    plates = logs.groupby(level="plate", sort=True)
    medians, n = plates.median(), plates.count()
    sd = np.sqrt(((logs - plates.transform("median")) ** 2).sum() / (len(logs) - len(medians)))
    number = np.arange(1, len(medians) + 1)
    ranks = medians.rank(method="min")
    slope = np.polyfit(number, medians, 1)[0]
    return [
        len(medians), np.corrcoef(number, ranks)[0, 1], np.exp(slope) - 1,
        (np.abs(medians - logs.median()) * np.sqrt(2 * n / np.pi) / sd).max(),
    ]  # fmt: skip


@pytest.mark.parametrize("platform", [RFU, COUNTS])
def test_drift_of_many_analytes_is_what_pandas_finds(platform):
    rng = np.random.default_rng(5)
    sizes = [20, 20, 13, 20, 7]
    plate = np.repeat(np.arange(len(sizes)), sizes)
    samples = laid([
        (f"S{n}", "sample", None, f"P{4 - at}", f"2019-01-0{at + 1}") for n, at in enumerate(plate)
    ])  # fmt: skip
    order = rng.permutation(len(plate))
    samples = samples[order]
    numbers = rng.poisson(np.exp(rng.normal(3, 1, (40, 1))) * rng.lognormal(0, 0.7, (40, 80)))
    numbers = numbers.astype(np.int32)[:, order]
    numbers[:3, :9] = NO_NUMBER
    measured = numbers > 0
    measured[rng.random(measured.shape) < 0.05] = False
    measured[7, plate[order] == 2] = False
    depth = np.where(numbers > 0, numbers, 0).sum(axis=0) if platform == COUNTS else 1

    found = told(samples, numbers, measured, platform)

    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(numbers / depth)
    index = pd.Index(plate[order], name="plate")
    expected = [drift_by_hand(pd.Series(logs[k], index)[measured[k]]) for k in range(40)]
    assert found[DRIFT].to_numpy() == pytest.approx(np.array(expected), rel=1e-4, abs=1e-5)
    assert found.n_plates[7] == 4 and set(found.n_plates.drop(7)) == {5}


def test_twice_as_many_reads_of_everything_are_no_variation():
    """Of intensities they would be; the second code of each tube counted twice as deep."""
    samples = laid([
        (f"S{n}", "sample", str(n // 2), "P1", None) for n in range(8)
    ])  # fmt: skip
    numbers = np.repeat(np.arange(1, 41).reshape(10, 4) * 3, 2, axis=1).astype(np.int32)
    numbers[:, 1::2] *= 2
    measured = np.full(numbers.shape, True)

    assert told(samples, numbers, measured, COUNTS).squares_within_plate.max() < 1e-12
    assert told(samples, numbers, measured, RFU).squares_within_plate.tolist() == pytest.approx(
        [4 * np.log(2) ** 2 / 2] * 10
    )


def test_nothing_is_told_where_nothing_was_measured_or_no_plate_is_named():
    samples = laid([(f"S{n}", "sample", str(n // 2), None, None) for n in range(4)])
    numbers = np.array([[1, 2, 4, 8], [0, 0, 0, 0]], np.int32)

    found = told(samples, numbers, numbers > 0, RFU)

    assert found.n_within_plate.tolist() == [
        2,
        0,
    ]  # without plates a tube repeats itself all the same
    assert found.n_between_plates.tolist() == found.n_plates.tolist() == [0, 0]
    assert found[DRIFT[1:]].isna().all(axis=None)
