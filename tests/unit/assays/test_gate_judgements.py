"""The gate's judgements by themselves: spelling, duplicates, markers, and what its page says."""

import random
import re
from itertools import islice
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from janus_warehouse.assays.gate.agreed import thousands_off
from janus_warehouse.assays.gate.duplicates import (
    Ranked,
    concordance,
    exchanged,
    moved,
    shifted,
    turned,
)
from janus_warehouse.assays.gate.landed import Landed
from janus_warehouse.assays.gate.places import judge_places
from janus_warehouse.assays.gate.plate_maps import plate_map
from janus_warehouse.assays.gate.rules import RULES
from janus_warehouse.assays.gate.sexes import told_apart
from janus_warehouse.assays.gate.spelling import is_one_error, likely_codes

PAGE = Path(__file__).parents[3] / "docs" / "gate.md"
codes = st.text("AB1", min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        pytest.param("S00012X45", "S00012345", id="replaced"),
        pytest.param("S0001345", "S00012345", id="left out"),
        pytest.param("S000123345", "S00012345", id="added"),
        pytest.param("S00013245", "S00012345", id="crossed"),
        pytest.param("00012345", "S00012345", id="first letter lost"),
        pytest.param("S0001234", "S00012345", id="last letter lost"),
    ],
)
def test_a_code_one_error_away_is_found(wrong, right):
    others = ["S77777777", "S12345000"]

    assert likely_codes(pl.Series([wrong]), pl.Series([right, *others])) == {wrong: right}


@pytest.mark.parametrize(
    ("wrong", "candidates"),
    [
        pytest.param("S00012345", ["S00012345"], id="the same"),
        pytest.param("S00012345", ["S00012354", "S00012346"], id="two would do"),
        pytest.param("S00012345", ["S00054321"], id="far away"),
        pytest.param("S00012345", ["S10012346"], id="two errors"),
        pytest.param("S00012345", [], id="nothing is missing"),
    ],
)
def test_no_code_is_guessed_where_none_or_two_would_do(wrong, candidates):
    assert likely_codes(pl.Series([wrong]), pl.Series(candidates, dtype=pl.String)) == {}


@given(codes, codes)
def test_one_error_is_the_distance_of_damerau_and_levenshtein(first, second):
    def edits(text: str) -> set[str]:
        cuts = [(text[:i], text[i:]) for i in range(len(text) + 1)]
        return {a + b[1:] for a, b in cuts if b} | {
            a + letter + rest for a, b in cuts for letter in "AB1" for rest in (b, b[1:])
        } | {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}  # fmt: skip

    expected = first != second and (second in edits(first) or first in edits(second))
    assert is_one_error(first, second) == is_one_error(second, first) == expected


def plate(name: str, pairs: list[tuple[int, int]]) -> tuple[list, list, list]:
    """Return cells, places and pairs of a plate of 24 wells with eight analytes."""
    chance, same = random.Random(name), {second: first for first, second in pairs}
    ranks = {(n, k): chance.random() for n in range(24) for k in range(8)}
    cells = [(f"{name}{n}", f"A{k}", ranks[same.get(n, n), k]) for n in range(24) for k in range(8)]
    places = [(f"{name}{n}", name, f"{'DE'[n // 12]}{n % 12 + 1:02d}") for n in range(24)]
    return cells, places, [(f"{name}{a}", f"{name}{b}") for a, b in pairs]


@pytest.fixture
def two_plates() -> Ranked:
    first = plate("P1", [(0, 5), (2, 20), (7, 9), (3, 16)])
    second = plate("P2", [(1, 6), (4, 19), (8, 13), (10, 22)])
    cells, places, pairs = (a + b for a, b in zip(first, second, strict=True))
    return Ranked(
        pl.DataFrame(cells, ["code", "analyte", "rank"], orient="row"),
        pl.DataFrame(places, ["code", "plate", "well"], orient="row"),
        pl.DataFrame(pairs, ["first", "second"], orient="row"),
    )


def agreement(ranked: Ranked) -> dict[str, float]:
    found = concordance(ranked)
    return dict(zip(found["plate"], found["concordance"], strict=True))


def test_pairs_that_agree_have_a_concordance_of_one(two_plates):
    assert agreement(two_plates) == pytest.approx({"P1": 1.0, "P2": 1.0})


@pytest.mark.parametrize(
    ("move", "back"),
    [
        pytest.param(lambda p: turned(p, "P1"), lambda p: turned(p, "P1"), id="turned"),
        pytest.param(lambda p: shifted(p, "P1", 1), lambda p: shifted(p, "P1", -1), id="shifted"),
        pytest.param(
            lambda p: exchanged(p, "P1", "P2"), lambda p: exchanged(p, "P1", "P2"), id="exchanged"
        ),
    ],
)
def test_a_plate_in_disorder_disagrees_until_it_is_put_right(two_plates, move, back):
    wrong = Ranked(
        moved(two_plates, move(two_plates.places)), two_plates.places, two_plates.pairs
    )  # fmt: skip
    right = Ranked(moved(wrong, back(wrong.places)), wrong.places, wrong.pairs)

    assert agreement(wrong)["P1"] < 0.35
    assert agreement(right)["P1"] > 0.9


def test_a_plate_with_too_few_pairs_is_judged_with_the_others(two_plates):
    few = two_plates.pairs.head(2).vstack(two_plates.pairs.tail(2))
    found = concordance(Ranked(two_plates.cells, two_plates.places, few))

    assert found["plate"].to_list() == [None]
    assert found["pairs"].to_list() == [4]


@pytest.mark.parametrize(
    ("men", "women", "share"),
    [([5, 6, 7, 8, 9], [0, 1, 2, 3, 4], 1.0), ([0, 1, 2, 3, 4], [5, 6, 7, 8, 9], 0.0),
     ([1, 1, 1, 1, 1], [1, 1, 1, 1, 1], 0.5)],
)  # fmt: skip
def test_a_marker_tells_the_sexes_apart_as_wilcoxon_counts(men, women, share):
    rows = [("P1", "PSA", float(v), "1") for v in men] + [
        ("P1", "PSA", float(v), "2") for v in women
    ]
    measured = pl.DataFrame(
        rows, ["plate_id", "marker", "amount", "sex_code"], orient="row"
    ).with_columns(high_sex=pl.lit("1"))

    assert told_apart(measured)["share"].to_list() == [share]
    assert told_apart(measured.head(9)).is_empty()


@pytest.mark.parametrize(
    ("found", "usual", "off"),
    [(2600, 2.6, 1000), (0.0026, 2.6, 0.001), (2.6e6, 2.6, 1e6), (26, 2.6, None),
     (2.6, 2.6, None), (260, 2.6, None), (13000, 2.6, 1000)],
)  # fmt: skip
def test_a_median_a_power_of_a_thousand_off_is_suspect_and_another_is_not(found, usual, off):
    assert thousands_off(found, usual) == off


def test_a_plate_is_drawn_with_its_failing_wells_darker():
    drawn = plate_map("P<1>", {"A01": 0, "B02": 1, "H12": 40, "Z99": 3})

    assert drawn.count("<rect") == 96 and "P&lt;1&gt;" in drawn
    assert "H12: 40 failing" in drawn and "A02: not in use" in drawn
    assert plate_map("P1", {"P24": 1}).count("<rect") == 384


def test_the_results_of_a_well_with_two_samples_stay_out_with_the_samples():
    wells = ["A01", "A01", "A02", None]
    samples = pl.DataFrame({
        "row": range(4), "sample_code": ["S1", "S2", "S3", "S4"], "well": wells,
        "plate_id": ["P1", "P1", "P1", None], "batch_id": [None] * 4, "run_date": [None] * 4,
    })  # fmt: skip
    results = pl.concat([samples, samples]).with_columns(row=pl.int_range(8))
    landed = Landed(None, samples, pl.DataFrame(), results.lazy(), None, {}, 8)
    _, shared = islice(judge_places(landed, None), 2)

    assert (shared.rule_id, shared.seen, shared.failing) == ("gate.places_used_once", 3, 2)
    assert shared.rows["samples"]["row"].to_list() == [0, 1]
    assert sorted(shared.rows["results"]["row"]) == [0, 1, 4, 5]


def test_every_rule_stands_on_the_page_with_its_consequence():
    told = dict(re.findall(r"^\| `(gate\.\w+)` \| .* \| (\w+)", PAGE.read_text(), re.MULTILINE))

    assert told == {rule.rule_id: rule.consequence for rule in RULES}
    assert len(RULES) == 35
