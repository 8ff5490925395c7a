"""The tables of the code systems: well formed, without two rules for one tumour, and their laws."""

import re
from itertools import combinations

import polars as pl
import pytest

from janus_warehouse.codes.models import run_model

TRIPLE = ["topography_code", "morphology_code", "behaviour_code"]
ICD10 = re.compile(r"[CDNOQ]\d\d\d?")


def rows(name: str) -> list[dict]:
    return list(run_model(name, {}).iter_rows(named=True))


def overlap(one: dict, other: dict, *ranges: tuple[str, str]) -> bool:
    return all(one[a] <= other[z] and other[a] <= one[z] for a, z in ranges)


MORPHOLOGIES, TOPOGRAPHIES = (
    ("first_morphology", "last_morphology"),
    ("first_topography", "last_topography"),
)


@pytest.mark.parametrize(
    ("name", "ranges", "same"),
    [
        ("icdo3_to_icd10_morphologies", (MORPHOLOGIES, TOPOGRAPHIES), ("priority",)),
        ("icdo3_to_icd10_sites", (TOPOGRAPHIES,), ("priority", "site_map")),
        ("cancer_entity_rules", (MORPHOLOGIES, ("first_icd10", "last_icd10")), ("priority",)),
    ],
)
def test_two_rules_of_one_priority_never_match_the_same_tumour(name, ranges, same):
    table = rows(name)
    ambiguous = [
        (one, other)
        for one, other in combinations(table, 2)
        if all(one[column] == other[column] for column in same)
        and set(one.get("behaviours", "x")) & set(other.get("behaviours", "x"))
        and overlap(one, other, *ranges)
    ]

    assert len(table) > 100
    assert ambiguous == []


def test_a_morphology_rule_says_one_thing():
    maps = {row["site_map"] for row in rows("icdo3_to_icd10_sites")}
    for row in rows("icdo3_to_icd10_morphologies"):
        said = [row[column] for column in ("as_topography", "icd10_code", "site_map")]
        assert sum(answer is not None for answer in said) == 1, row
        assert row["icd10_code"] in (None, "none") or ICD10.fullmatch(row["icd10_code"])
        assert row["site_map"] is None or row["site_map"] in maps


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("icdo3_topography", ("first_site",)),
        ("icdo3_morphology", ("morphology_family", "first_edition", "behaviours")),
        ("icdo3_to_icd10_morphologies", ("first_morphology", "last_morphology")),
        ("icdo3_to_icd10_sites", ("site_map", "behaviours", "priority", "first_topography")),
        ("icd7_to_icd10", ("icd7_code",)),
        ("cancer_entity_rules", ("first_icd10",)),
        ("cancer_entity", ("display_order",)),
        ("site_group", ("display_order",)),
    ],
)
def test_a_table_is_sorted(name, columns):
    keys = [tuple(row[column] for column in columns) for row in rows(name)]

    assert keys == sorted(keys)


def test_an_icd7_code_has_one_preferred_code():
    table = run_model("icd7_to_icd10", {})
    preferred = table.filter("is_preferred")["icd7_code"]

    assert preferred.is_unique().all()
    assert set(preferred) == set(table["icd7_code"])
    assert table.select("icd7_code", "icd10_code").is_unique().all()


def test_every_entity_is_reached_from_the_top_by_one_chain():
    table = rows("cancer_entity")
    above = {row["cancer_entity_code"]: row["parent_entity_code"] for row in table}
    levels = {row["cancer_entity_code"]: row["entity_level"] for row in table}
    tops = set()
    for code in above:
        chain = [code]
        while above[chain[-1]]:
            chain.append(above[chain[-1]])
            assert levels[chain[-1]] < levels[chain[-2]]
        tops.add(chain[-1])

    assert len(above) == len(table)
    assert tops == {"980", "888"}


def test_an_entity_is_a_sum_or_has_rules_and_a_group():
    sums = {row["parent_entity_code"] for row in rows("cancer_entity")} - {None}
    ruled = {row["cancer_entity_code"] for row in rows("cancer_entity_rules")}
    grouped = {row["cancer_entity_code"] for row in rows("cancer_entity") if row["site_group_code"]}
    groups = {row["site_group_code"] for row in rows("cancer_entity")} - {None}

    assert ruled == grouped
    assert ruled | sums == {row["cancer_entity_code"] for row in rows("cancer_entity")}
    assert ruled & sums == set()
    assert groups | {"not_counted"} == {row["site_group_code"] for row in rows("site_group")}


@pytest.fixture(scope="module")
def every_tumour():
    """Every topography with every morphology and behaviour that some edition lists."""
    topographies = [
        f"C{number:02}{digit}"
        for row in rows("icdo3_topography")
        for number in range(int(row["first_site"][1:]), int(row["last_site"][1:]) + 1)
        for digit in row["fourth_digits"]
    ]
    pairs = {
        (row["morphology_family"] + digit, behaviour)
        for row in rows("icdo3_morphology")
        for digit in row["last_digits"]
        for behaviour in row["behaviours"]
    }
    triples = pl.DataFrame(
        [(site, *pair) for site in topographies for pair in sorted(pairs)],
        schema=TRIPLE,
        orient="row",
    )
    assert (len(topographies), len(pairs)) == (330, 1142)
    converted = run_model("int_tumour_codes__converted", {"int_tumour_codes__distinct": triples})
    counted = run_model("int_tumour_codes__entities", {"int_tumour_codes__converted": converted})
    return converted, counted


def test_every_known_tumour_has_a_code_but_where_icd10_has_none(every_tumour):
    converted, _ = every_tumour
    without = converted.filter(pl.col("icd10_code").is_null())
    solid = without.filter(pl.col("behaviour_code").is_in(["0", "1"]))

    assert converted.height == 330 * 1142
    assert set(without["behaviour_code"]) == {"0", "1", "2"}
    assert set(solid["topography_code"]) == {"C420", "C421", "C423", "C424"}
    assert converted["icd10_code"].drop_nulls().str.contains(f"^{ICD10.pattern}$").all()


UNCERTAIN_IN_ICD10 = {
    "9765", "9768", "9769", "9950", "9960", "9961", "9962", "9963", "9964", "9965", "9968",
    "9970", "9971", "9975", "9980", "9982", "9983", "9985", "9986", "9987", "9989", "9991",
    "9992", "9993",
}  # fmt: skip
CANCER_IN_ICD10 = {"9718", "9751", "9752", "9753", "9766", "9767"}


def chapters(converted: pl.DataFrame, behaviour: str, pattern: str) -> set[str]:
    """Return the morphologies of a behaviour whose code is not of the pattern."""
    return set(
        converted.filter(
            pl.col("behaviour_code") == behaviour,
            pl.col("icd10_code").is_not_null(),
            ~pl.col("icd10_code").str.contains(pattern),
        )["morphology_code"]
    )


def test_the_behaviour_gives_the_block_of_icd10_but_for_those_listed(every_tumour):
    converted, _ = every_tumour

    assert chapters(converted, "3", r"^C") <= UNCERTAIN_IN_ICD10
    assert chapters(converted, "3", r"^(C|D4[5-7])") == set()
    assert chapters(converted, "6", r"^C(7[789]|80)") == set()
    assert chapters(converted, "2", r"^D0") == set()
    assert chapters(converted, "1", r"^D(3[789]|4)") <= CANCER_IN_ICD10 | {"9540"}
    assert chapters(converted, "0", r"^D([12]|3[0-6])") == {"8140", "9100", "9103"}


def test_a_malignant_tumour_counts_in_one_entity_at_the_bottom(every_tumour):
    converted, counted = every_tumour
    bottom = run_model("cancer_entity", {}).filter(pl.col("site_group_code").is_not_null())
    leaves = counted.join(bottom.select("cancer_entity_code"), on="cancer_entity_code", how="inner")
    malignant = converted.filter(
        pl.col("behaviour_code") == "3", pl.col("icd10_code").str.starts_with("C")
    )
    times = (
        malignant.join(leaves, on=TRIPLE, how="left")
        .group_by(TRIPLE)
        .agg(pl.col("cancer_entity_code").count().alias("times"))
    )

    assert times.height == malignant.height > 200_000
    assert set(times["times"]) == {1}
    assert counted.unique().height == counted.height


def test_basal_cell_carcinoma_of_the_skin_counts_in_no_sum(every_tumour):
    _, counted = every_tumour
    basal = counted.filter(
        pl.col("topography_code").str.starts_with("C44"),
        pl.col("morphology_code").is_between(pl.lit("8090"), pl.lit("8098")),
        pl.col("behaviour_code") == "3",
    )

    assert basal.height >= 10 * 7
    assert set(basal["cancer_entity_code"]) == {"888"}
