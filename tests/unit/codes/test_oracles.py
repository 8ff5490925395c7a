"""Agreement with the oracle tables, cell by cell, as docs/codes.md states it."""

from collections import Counter

import polars as pl
import pytest
from documented import agreement, differences
from oracles import Icdo3Oracle, entities_by_icd10, icd10_by_icd7, listed_morphologies

from janus_warehouse.codes.models import run_model

TRIPLE = ["topography_code", "morphology_code", "behaviour_code"]


@pytest.fixture(scope="module")
def oracle(shared):
    return Icdo3Oracle(shared / "real-data" / "icdo3")


@pytest.fixture(scope="module")
def cells(oracle):
    """Every cell: the codes, what the oracle says, what we say."""
    triples = pl.DataFrame(
        [(site, *pair) for pair in oracle.morphologies for site in oracle.topographies],
        schema=TRIPLE,
        orient="row",
    )
    ours = run_model("int_tumour_codes__converted", {"int_tumour_codes__distinct": triples})
    theirs = triples.with_columns(
        oracle=pl.Series([oracle.icd10(*row) for row in triples.iter_rows()], dtype=pl.String)
    )
    return theirs.join(ours, on=TRIPLE, how="left", validate="1:1")


@pytest.fixture(scope="module")
def differing(cells):
    return cells.filter(pl.col("oracle").ne_missing(pl.col("icd10_code"))).sort(TRIPLE)


def test_every_cell_of_the_conversion_is_equal_or_explained(cells, differing):
    lines = differences()
    found = Counter()
    for row in differing.select(TRIPLE).iter_rows():
        found[next((n for n, line in enumerate(lines) if line.explains(*row)), -1)] += 1

    assert (cells.height, cells.height - differing.height) == agreement("O3_10")
    assert found[-1] == 0, "cells that docs/codes.md does not explain"
    assert [found[n] for n in range(len(lines))] == [line.cells for line in lines]


def test_topographies_are_those_of_the_oracle(oracle, shared):
    seed = run_model("icdo3_topography", {})
    ours = {
        f"C{number:02}{digit}"
        for first, last, digits in seed.iter_rows()
        for number in range(int(first[1:]), int(last[1:]) + 1)
        for digit in digits
    }
    text = (shared / "real-data" / "icdo3" / "topography.tsv").read_text(encoding="latin-1")
    dictionary = {"C" + line[:3] for line in text.splitlines() if line[:3].isdigit()}

    assert (len(oracle.topographies), len(ours & set(oracle.topographies))) == agreement("O3_10T")
    assert ours == set(oracle.topographies)
    assert (len(dictionary | ours), len(dictionary & ours)) == agreement("topography.tsv")
    assert dictionary - ours == {"C141"}


def known_pairs() -> dict[tuple[str, str], tuple[str, str | None]]:
    """Return first and last edition of each pair that we list."""
    return {
        (family + digit, behaviour): (first, last)
        for family, behaviours, digits, first, last in run_model("icdo3_morphology", {}).iter_rows()
        for behaviour in behaviours
        for digit in digits
    }


def test_morphologies_up_to_edition_3_1_are_those_of_the_dictionary(shared):
    dictionary = listed_morphologies(shared / "real-data" / "icdo3")
    ours = {pair for pair, (first, _) in known_pairs().items() if first < "3.2"}
    gone = {pair for pair, (_, last) in known_pairs().items() if last == "3.0"}

    assert (len(ours | dictionary), len(ours & dictionary)) == agreement("morphology5.tsv")
    assert ours - dictionary == gone


def test_what_the_conversion_marks_as_listed_is_listed_but_for_some(oracle):
    ours = {pair for pair, (first, _) in known_pairs().items() if first < "3.2"}
    equal = [pair for pair, rule in oracle.morphologies.items() if rule.is_listed == (pair in ours)]

    assert (len(oracle.morphologies), len(equal)) == agreement("O3_10M")


def test_entities_are_those_of_the_nordic_table(shared):
    theirs = entities_by_icd10(shared / "real-data" / "nordcan")
    unspecified = pl.DataFrame(
        [(code, "8000", "3", code) for code in theirs], schema=[*TRIPLE, "icd10_code"], orient="row"
    )
    counted = run_model("int_tumour_codes__entities", {"int_tumour_codes__converted": unspecified})
    levels = dict(
        run_model("cancer_entity", {}).select("cancer_entity_code", "entity_level").iter_rows()
    )
    ours: dict[str, dict[str, str]] = {code: {} for code in theirs}
    for code, _, _, entity in counted.iter_rows():
        ours[code][str(levels[entity])] = entity
    cells = [(code, level) for code in theirs for level in ("10", "11", "12", "13", "20", "30")]
    unequal = [
        (code, level) for code, level in cells if ours[code].get(level) != theirs[code].get(level)
    ]

    assert (len(cells), len(cells) - len(unequal)) == agreement("icd10_to_entity_columns.csv")
    assert {level for _, level in unequal} == {"30"}
    assert {ours[code]["30"] for code, _ in unequal} == {"319"}


def test_levels_and_sexes_of_entities_are_those_of_the_nordic_table(shared):
    path = shared / "real-data" / "nordcan" / "entity_usage_info.csv"
    theirs = pl.read_csv(path, separator=";", infer_schema=False)
    ours = {
        row["cancer_entity_code"]: (f"level_{row['entity_level']}", row["sex_code"] or "0")
        for row in run_model("cancer_entity", {}).iter_rows(named=True)
    }
    unequal = [
        code
        for code, level, sex in theirs.select("entity", "level", "sex").iter_rows()
        if ours.get(code) != (level, sex)
    ]

    cells, equal = agreement("entity_usage_info.csv")
    assert (2 * theirs.height, 2 * (theirs.height - len(unequal))) == (cells, equal)
    assert unequal == ["51", "999"]


@pytest.fixture(scope="module")
def icd7(shared):
    """ICD-7 code → what the oracle says, and our row."""
    theirs = icd10_by_icd7(shared / "real-data" / "nordcan")
    asked = pl.DataFrame({"icd7_code": list(theirs)})
    ours = run_model("int_icd7_codes__mapped", {"stg_cancer_registry__cases": asked})
    rows = {row["icd7_code"]: row for row in ours.iter_rows(named=True)}
    return {code: (found, rows[code]) for code, found in theirs.items()}


def test_candidates_of_icd7_hold_those_of_the_oracle(icd7):
    equal = 0
    for theirs, row in icd7.values():
        ours = set(row["icd10_candidates"].split(","))
        assert theirs <= ours
        equal += theirs == ours

    assert (len(icd7), equal) == agreement("icd10_vs_icd67_icd8_icd9.csv")


def test_cardinality_of_icd7_is_that_of_the_oracle_where_the_candidates_are(icd7):
    shared = Counter((len(code), target) for code, (found, _) in icd7.items() for target in found)
    unequal = {}
    for code, (theirs, row) in icd7.items():
        many = any(shared[len(code), target] > 1 for target in theirs)
        right = "m" if many and len(theirs) > 1 else "n" if len(theirs) > 1 else "1"
        expected = f"{'n' if many else '1'}:{right}"
        if row["cardinality"] != expected and set(row["icd10_candidates"].split(",")) == theirs:
            unequal[code] = (expected, row["cardinality"])

    assert unequal == {}
