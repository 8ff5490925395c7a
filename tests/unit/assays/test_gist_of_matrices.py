"""What is kept of a matrix for the gate, told from its blocks."""

from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from janus_warehouse.assays.lake import gathering
from janus_warehouse.assays.lake.gathering import Gathering
from janus_warehouse.assays.lake.groups import Group
from janus_warehouse.assays.lake.rules import BIT
from janus_warehouse.assays.lake.stage import DETECTED, MISSING
from janus_warehouse.assays.tables import NO_NUMBER

RFU, COUNTS = "aptamer_proteomics", "small_rna_sequencing"
BELOW_LOD = 1


def group_named(names: list[str], samples: list[str], kinds=None, proteins=None):
    """Return a group: its samples, its analytes and what stands for the file they are from."""
    analytes = pl.DataFrame(
        {"analyte_code": names, "uniprot": proteins or [None] * len(names)},
        schema_overrides={"uniprot": pl.String},
    )
    return Group(
        samples=pl.DataFrame({
            "sample_code": samples, "sample_kind": kinds or ["sample"] * len(samples),
            "replicate": 1, "plate_id": "P1",
        }, schema_overrides={"replicate": pl.Int16}),
        analytes=analytes, stages=(SimpleNamespace(folder=names[0], analytes=analytes),), rows=(),
    )  # fmt: skip


def gist(groups, matrices, platform: str, blocks: int = 2, found=None):
    """Return the gist of matrices, one for each group, looked at in some blocks."""
    gathered = Gathering(groups, platform)
    for place, numbers in enumerate(matrices):
        statuses = np.where(numbers > 0, DETECTED, BELOW_LOD).astype(np.uint8)
        statuses[numbers == NO_NUMBER] = MISSING
        step = -(-len(numbers) // blocks)
        for first in range(0, len(numbers), step):
            rows = slice(first, first + step)
            broken = None if found is None else found[rows]
            gathered.keep(
                gathered.look(place, (first, first + step), numbers[rows], statuses[rows], broken)
            )
    return gathered.finish()


@pytest.fixture
def ten_samples():
    return [f"s{n}" for n in range(10)]


def test_the_analytes_that_differ_most_are_kept_and_noise_of_counting_does_not_count(
    ten_samples, monkeypatch
):
    monkeypatch.setattr(gathering, "MOST", 2)
    monkeypatch.setattr(gathering, "LEAST_SAMPLES", 2)
    n = np.arange(10)
    numbers = np.array([
        1000 + n,                        # hardly differs
        1000 * 2 ** (n % 3),             # differs
        1 + n % 4,                       # no more than few counts do
        np.where(n < 7, 900 * 3**n, 0),  # differs most, and is not seen in enough
        1000 * 2 ** (n % 2),             # differs
    ]).astype(np.int32)  # fmt: skip

    found = gist([group_named(list("abcde"), ten_samples)], [numbers], COUNTS)

    assert found.cells["analyte_code"].unique(maintain_order=True).to_list() == ["b", "e"]
    assert found.cells["is_telling"].all()


def test_counts_are_told_per_million_of_the_sample_in_all_files(ten_samples):
    n = np.arange(10)
    first = np.array([100 * (1 + n % 3)]).astype(np.int32)
    second = np.vstack([1000 + 10 * n, np.full(10, NO_NUMBER)]).astype(np.int32)
    groups = [group_named(["a"], ten_samples), group_named(["b", "c"], ten_samples)]

    found = gist(groups, [first, second], COUNTS)

    totals = first[0] + second[0]
    assert found.samples["total"].to_list() == totals.tolist()
    a = found.cells.filter(analyte_code="a")
    assert a["value"].to_list() == first[0].tolist()
    np.testing.assert_allclose(a["amount"], first[0] * 1e6 / totals)
    assert found.analytes.is_empty()


def test_levels_are_told_as_they_are_with_medians_of_the_samples_of_the_bank(ten_samples):
    n = np.arange(10)
    numbers = np.array([2.5 * 2 ** (n % 5), np.zeros(10)])
    numbers[0, 9] = 1e6
    kinds = ["sample"] * 9 + ["control"]

    found = gist([group_named(["a", "b"], ten_samples, kinds)], [numbers], RFU)

    [(code, seen, median)] = found.analytes.rows()
    assert (code, seen, median) == ("a", 9, pytest.approx(np.median(numbers[0, :9])))
    assert found.cells["amount"].to_list() == numbers[0].tolist()


def test_markers_of_sex_are_kept_by_code_and_by_protein(ten_samples):
    same = np.full((4, 10), 5)
    names = ["ENSG00000229807.12", "x", "rps4y1", "y"]
    counted = gist([group_named(names, ten_samples)], [same.astype(np.int32)], COUNTS)
    assert counted.cells["analyte_code"].unique(maintain_order=True).to_list() == names[::2]
    assert not counted.cells["is_telling"].any()

    proteins = [None, "P07288", None, "P01308"]
    of_proteins = gist([group_named(names, ten_samples, None, proteins)], [same * 1.0], RFU)
    assert of_proteins.cells["uniprot"].unique().to_list() == ["P07288"]


def test_broken_rules_are_counted_by_analyte_and_by_sample(ten_samples):
    verdicts = np.zeros((3, 10), np.uint16)
    verdicts[1, :4] = BIT["value_is_not_negative"]
    verdicts[2, 3] = BIT["value_is_not_negative"] | BIT["sample_enters"]

    found = gist([group_named(list("abc"), ten_samples)], [np.ones((3, 10))], RFU, found=verdicts)

    negative = found.broken.filter(rule_id="value_is_not_negative")
    by_axis = {
        axis: dict(negative.filter(axis=axis).select("code", "cells").iter_rows())
        for axis in ("analyte", "sample")
    }
    assert by_axis == {
        "analyte": {"b": 4, "c": 1}, "sample": {"s0": 1, "s1": 1, "s2": 1, "s3": 2},
    }  # fmt: skip
    assert set(found.broken["rule_id"]) == {"value_is_not_negative", "sample_enters"}
