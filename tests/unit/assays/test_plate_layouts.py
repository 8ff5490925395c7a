"""Plate layouts: the laws they keep whatever the sets, the design and the seed."""

import random

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from janus_warehouse.assays.shipments.errors import ShipmentRefusedError
from janus_warehouse.assays.shipments.layout import SHAPES, Design, lay_out, well_names

designs = st.builds(
    Design,
    seed=st.integers(0, 2**63 - 1),
    plate_wells=st.sampled_from(sorted(SHAPES)),
    controls=st.integers(0, 24),
    duplicates=st.sampled_from([0.0, 0.05, 0.1]),
)


def study_of(sets: int, seed: int, most_cases: int, most_controls: int) -> list[tuple[int, int]]:
    """Return cases and controls of each set; lists drawn one by one would stay small."""
    draw = random.Random(seed)
    return [
        (draw.randint(0, most_cases), draw.randint(1, most_controls)) for _ in range(sets)
    ]  # fmt: skip


studies = st.builds(
    study_of, st.integers(1, 240), st.integers(0, 2**32), st.integers(0, 2), st.integers(1, 4)
)
"""Cases and controls of each set."""


def members(study: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    """Return set number and case of each sample, in no order that means something."""
    rows = [
        (number, at < cases)
        for number, (cases, controls) in enumerate(study, 1)
        for at in range(cases + controls)
    ]
    sets, is_case = zip(*sorted(rows, key=lambda row: (row[0] * 7919 % 101, row[1])), strict=True)
    return np.array(sets), np.array(is_case)


def laid_out(study, design) -> tuple[pl.DataFrame, np.ndarray, np.ndarray]:
    sets, is_case = members(study)
    layout = lay_out(sets, is_case, np.ones(len(sets), dtype=bool), design)
    joined = layout.with_columns(
        set=pl.Series(sets)[layout["sample"]], case=pl.Series(is_case)[layout["sample"]]
    )
    return joined, sets, is_case


@given(studies, designs)
@settings(deadline=None, max_examples=100)
def test_every_tube_stands_once_in_a_well_of_its_own_and_controls_stay_free(study, design):
    layout, sets, _ = laid_out(study, design)
    originals = layout.filter(~pl.col("is_duplicate"))

    assert sorted(originals["sample"].to_list()) == list(range(len(sets)))
    assert not layout.select("plate", "place").is_duplicated().any()
    assert layout["place"].max() < design.plate_wells - design.controls
    assert layout["plate"].unique().sort().to_list() == list(range(layout["plate"].n_unique()))


@given(studies, designs)
@settings(deadline=None, max_examples=100)
def test_sets_stand_side_by_side_on_one_plate(study, design):
    layout, *_ = laid_out(study, design)
    of_set = layout.filter(~pl.col("is_duplicate")).group_by("set").agg(
        pl.col("plate").n_unique().alias("plates"),
        (pl.col("place").max() - pl.col("place").min() + 1 - pl.len()).alias("gaps"),
    )  # fmt: skip

    assert of_set["plates"].max() == 1
    assert of_set["gaps"].max() == 0


@given(studies, designs)
@settings(deadline=None, max_examples=100)
def test_duplicates_share_what_was_asked_and_half_of_them_the_plate(study, design):
    layout, sets, _ = laid_out(study, design)
    again = layout.filter("is_duplicate")
    originals = layout.filter(~pl.col("is_duplicate")).select("sample", first="plate")
    same = again.join(originals, on="sample").filter(pl.col("plate") == pl.col("first")).height

    assert abs(again.height - design.duplicates * len(sets)) <= 1
    assert again["sample"].n_unique() == again.height
    if layout["plate"].n_unique() == 1:
        assert same == again.height
    elif layout.group_by("plate").len()["len"].min() > 2 * again.height:
        # Each plate has samples enough to draw from.
        assert same == (again.height + 1) // 2


@given(studies, st.integers(0, 2**63 - 1))
@settings(deadline=None, max_examples=100)
def test_cases_and_sets_are_spread_evenly_where_room_does_not_force_otherwise(study, seed):
    # Half of the plate stays free of sets: then only the balance decides.
    sets, is_case = members(study)
    design = Design(seed=seed, controls=0, duplicates=0.0)
    layout, *_ = laid_out(study, design)
    plates = layout.group_by("plate").agg(
        pl.col("case").sum().alias("cases"), pl.len().alias("filled")
    )
    largest = int(np.unique(sets, return_counts=True)[1].max())
    if len(sets) + largest * plates.height > design.room * plates.height:
        return
    most_cases = int(np.bincount(sets, weights=is_case).max())
    alike = layout.group_by("set").agg(
        pl.len().alias("size"), pl.col("case").sum(), pl.col("plate").first()
    )
    dealt = (
        alike.group_by("size", "case", "plate").len()
        .pivot(on="plate", index=["size", "case"], values="len").fill_null(0)
    )  # fmt: skip
    counts = dealt.drop("size", "case").to_numpy()
    missing = counts.shape[1] < plates.height

    assert plates["cases"].max() - plates["cases"].min() <= most_cases
    assert missing or (counts.max(axis=1) - counts.min(axis=1)).max() <= 1


def test_equal_sets_leave_the_plates_of_a_large_study_equally_full():
    layout, *_ = laid_out([(1, 2)] * 1000, Design(seed=5))
    plates = layout.group_by("plate").agg(pl.len().alias("filled"), pl.col("case").sum())

    assert plates.height == -(-3150 // 88)
    assert plates["filled"].max() - plates["filled"].min() <= 1
    assert layout.filter("is_duplicate").height == 150


def test_where_whole_sets_leave_gaps_there_is_another_plate():
    # 175 samples have room in 176 wells, but 35 sets of five have not: 17 go on each plate.
    layout, *_ = laid_out([(1, 4)] * 35, Design(seed=5, duplicates=0.0))
    plates = layout.group_by("plate").len()["len"].sort().to_list()

    assert plates == [55, 60, 60]


def test_the_seed_alone_decides_the_layout():
    study = [(1, 2)] * 60
    first, again, other = (laid_out(study, Design(seed=seed))[0] for seed in (3, 3, 4))

    assert first.equals(again)
    assert not first.equals(other)


def test_neither_the_place_in_a_set_nor_on_a_plate_tells_who_is_the_case():
    # 400 sets of one case and three controls, listed with the case first.
    firsts, lows = 0, 0
    layout, *_ = laid_out([(1, 3)] * 400, Design(seed=11, duplicates=0.0))
    for _, rows in layout.sort("plate", "place").group_by("set"):
        firsts += rows["case"][0]
    lows = layout.filter("case").select((pl.col("place") < 44).sum()).item()

    assert 60 < firsts < 140  # expected 100, deviation 8.7
    assert 150 < lows < 250


def test_only_tubes_with_volume_for_two_are_repeated():
    sets = np.arange(100)
    able = sets % 10 == 0
    layout = lay_out(sets, sets % 2 == 0, able, Design(seed=1))

    assert set(layout.filter("is_duplicate")["sample"].to_list()) <= set(range(0, 100, 10))
    with pytest.raises(ShipmentRefusedError, match="5 samples go out twice, and 4 tubes have"):
        lay_out(sets, sets % 2 == 0, sets < 4, Design(seed=1))


def test_a_set_larger_than_a_plate_is_refused_with_the_mend():
    with pytest.raises(ShipmentRefusedError, match=r"largest set has 41 .* room for 40: .* larger"):
        lay_out(np.ones(41), np.ones(41, bool), np.ones(41, bool), Design(1, 48, 8))


def test_a_design_that_cannot_be_is_refused_with_all_its_problems():
    with pytest.raises(ShipmentRefusedError) as refused:
        Design(seed=-1, plate_wells=90, controls=90, duplicates=5)

    assert len(str(refused.value).splitlines()) == 4


def test_wells_are_filled_column_by_column():
    assert well_names(np.array([0, 7, 8, 87, 95]), 96) == ["A01", "H01", "A02", "H11", "H12"]
    assert well_names(np.array([15, 16, 383]), 384) == ["P01", "A02", "P24"]
