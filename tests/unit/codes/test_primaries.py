"""Multiple primaries: each rule by an example, and all of them against a registrar's walk."""

import csv
import io
import itertools
import random
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from sequential_primaries import primaries as walked

from janus_warehouse.codes.models import run_model
from janus_warehouse.codes.primaries import TOOL

CLASSIFICATIONS = Path(__file__).parents[3] / "metadata" / "classifications"
OF_GROUP = {1: "8070", 2: "8090", 3: "8140", 4: "8041", 5: "8010", 6: "8800", 7: "9050",
            8: "9861", 9: "9680", 10: "9702", 11: "9650", 12: "9741", 13: "9751", 14: "9590",
            15: "9140", 16: "8720", 17: "8000"}  # fmt: skip
SITES = {"A": "C182", "B": "C341"}
HERE = [("A", group) for group in (17, 5, 1, 3, 6, 15, 14, 9)]
THERE = [("B", group) for group in (17, 5, 3, 15, 14, 9)]


def persons() -> list[list[tuple[str, int]]]:
    """Return every order of up to four tumours of the kinds that matter, and longer ones."""
    kinds = HERE + THERE
    every = [list(p) for length in (1, 2, 3, 4) for p in itertools.product(kinds, repeat=length)]
    chance = random.Random(1953)
    anything = [(site, group) for site in SITES for group in OF_GROUP]
    longer = [[chance.choice(kinds) for _ in range(chance.randint(5, 9))] for _ in range(6000)]
    mixed = [[chance.choice(anything) for _ in range(chance.randint(2, 9))] for _ in range(6000)]
    return every + longer + mixed


def as_cases(people: list[list[tuple[str, int]]], order: random.Random) -> pl.DataFrame:
    """Return the tumours as rows in any order; dates repeat, so that sequences decide too."""
    rows = [
        (f"{number}", f"{number}-{place}", place + 1,
         date(2000, 1, 1) + timedelta(days=place // 2), SITES[site], OF_GROUP[group])
        for number, tumours in enumerate(people)
        for place, (site, group) in enumerate(tumours)
    ]  # fmt: skip
    order.shuffle(rows)
    columns = ["donor_id", "tumour_id", "tumour_sequence", "incidence_date", "topography_code",
               "morphology_code"]  # fmt: skip
    return pl.DataFrame(rows, schema=columns, orient="row").with_columns(
        collection_id=pl.lit("janus"), delivery_id=pl.lit("d"), behaviour_code=pl.lit("3")
    )


def counted(cases: pl.DataFrame) -> pl.DataFrame:
    codes = cases.select("topography_code", "morphology_code", "behaviour_code").unique()
    return run_model("int_cases__primaries", {
        "stg_cancer_registry__cases": cases, "int_tumour_codes__distinct": codes,
    })  # fmt: skip


def test_one_pass_counts_as_a_registrar_does_tumour_by_tumour():
    people = persons()
    expected = {
        f"{number}-{place}": (f"{number}-{first}", f"{group:02d}")
        for number, tumours in enumerate(people)
        for place, (first, group) in enumerate(walked(tumours))
    }

    found = counted(as_cases(people, random.Random(7)))

    assert len(people) > 50_000
    told = {
        tumour: (primary, group)
        for tumour, primary, group in found.select(
            "tumour_id", "primary_tumour_id", "primary_histology_group_code"
        ).iter_rows()
    }
    differing = [tumour for tumour in expected if expected[tumour] != told[tumour]]
    assert [people[int(tumour.split("-")[0])] for tumour in differing[:5]] == []
    assert told.keys() == expected.keys()
    assert found.filter(pl.col("is_primary") != (pl.col("tumour_id") == pl.col(
        "primary_tumour_id"))).height == 0  # fmt: skip


def answer(*tumours: str) -> list[dict[str, str]]:
    """Return the tool's answer to `day site morphology/behaviour`, all of one person."""
    lines = [",".join(["p", *tumour.split(), ""]) for tumour in tumours]
    header = "person_id,incidence_date,topography_code,morphology_code,behaviour_code"
    text = "\n".join([header, *lines])
    rows = pl.read_csv(io.StringIO(text), infer_schema=False)
    return list(csv.DictReader(io.StringIO(TOOL.answer(rows).write_csv())))


@pytest.mark.parametrize(
    ("tumours", "reasons", "counted_morphology"),
    [
        pytest.param(["2001-01-01 C18.2 8140/3", "2003-01-01 C18.7 8480/3"],
                     ["first_of_its_kind", "same_kind"], "8140", id="one site, one group"),
        pytest.param(["2001-01-01 C18.2 8140/3", "2003-01-01 C18.7 8070/3"],
                     ["first_of_its_kind", "first_of_its_kind"], "8140", id="two groups"),
        pytest.param(["2001-01-01 C18.2 8140/3", "2003-01-01 C20.9 8140/3"],
                     ["first_of_its_kind", "first_of_its_kind"], "8140", id="two site groups"),
        pytest.param(["2001-01-01 C19.9 8140/3", "2003-01-01 C20.9 8140/3"],
                     ["first_of_its_kind", "same_kind"], "8140", id="sites of one group"),
        pytest.param(["2001-01-01 C00.1 8070/3", "2003-01-01 C06.9 8070/3"],
                     ["first_of_its_kind", "same_kind"], "8070", id="lip and mouth"),
        pytest.param(["2001-01-01 C09.9 8070/3", "2003-01-01 C11.9 8070/3"],
                     ["first_of_its_kind", "first_of_its_kind"], "8070", id="not the nasopharynx"),
        pytest.param(["2001-01-01 C67.9 8120/2", "2003-01-01 C65.9 8120/3"],
                     ["first_of_its_kind", "same_kind"], "8120", id="bladder in situ counts"),
        pytest.param(["2001-01-01 C50.1 8500/2", "2003-01-01 C50.1 8500/3"],
                     ["not_malignant", "first_of_its_kind"], "", id="breast in situ does not"),
        pytest.param(["2001-01-01 C77.0 8000/6", "2003-01-01 C34.1 8140/3"],
                     ["metastasis", "first_of_its_kind"], "", id="a metastasis does not"),
        pytest.param(["2001-01-01 C18.2 8000/3", "2003-01-01 C18.7 8140/3"],
                     ["first_of_its_kind", "more_specific"], "8140", id="the specific wins"),
        pytest.param(["2001-01-01 C18.2 8140/3", "2003-01-01 C18.7 8010/3"],
                     ["first_of_its_kind", "less_specific"], "8140", id="carcinoma, known"),
        pytest.param(["2001-01-01 C77.0 9680/3", "2003-01-01 C16.9 9699/3"],
                     ["first_of_its_kind", "once_in_a_body"], "9680", id="lymphoma elsewhere"),
        pytest.param(["2001-01-01 C44.5 9140/3", "2003-01-01 C34.1 9140/3"],
                     ["first_of_its_kind", "once_in_a_body"], "9140", id="Kaposi elsewhere"),
        pytest.param(["2001-01-01 C77.0 9590/3", "2003-01-01 C42.1 9732/3"],
                     ["first_of_its_kind", "more_specific"], "9732", id="lymphoma, then which"),
    ],
)  # fmt: skip
def test_a_rule_by_its_example(tumours, reasons, counted_morphology):
    rows = answer(*tumours)

    assert [row["reason_code"] for row in rows] == reasons
    assert rows[0]["counted_morphology"] == counted_morphology


def test_the_answer_names_the_line_and_the_groups():
    first, second = answer("2001-01-01 C18.2 8140/3", "2003-01-01 C18.7 8140/3")

    assert (first["is_primary"], first["counted_with"]) == ("true", "2")
    assert (second["is_primary"], second["counted_with"]) == ("false", "2")
    assert (second["site_group"], second["histology_group"]) == ("C18", "03")
    assert second["reason"] == "same site and histology group as an earlier tumour"


def test_a_histology_outside_all_groups_is_unspecified():
    first, second = answer("2001-01-01 C18.2 8999/3", "2003-01-01 C18.7 8140/3")

    assert (first["histology_group"], first["counted_histology_group"]) == ("17", "03")
    assert second["is_primary"] == "false"


def seed(name: str) -> pl.DataFrame:
    return pl.read_csv(CLASSIFICATIONS / f"{name}.csv", infer_schema=False)


def test_ranges_of_a_seed_are_in_order_and_do_not_overlap():
    for name, kind in (("primary_histology_groups", "morphology"),
                       ("primary_site_groups", "topography")):  # fmt: skip
        ranges = seed(name).sort(f"{kind}_from")
        assert (ranges[f"{kind}_from"] <= ranges[f"{kind}_to"]).all()
        gaps = ranges[f"{kind}_to"].shift() < ranges[f"{kind}_from"]
        assert gaps.drop_nulls().all(), name


def test_every_group_has_a_kind_and_every_kind_a_group():
    groups = set(seed("primary_histology_groups")["histology_group_code"])

    assert groups == set(seed("primary_histology_kinds")["histology_group_code"])
    assert groups == {f"{group:02d}" for group in OF_GROUP}


def test_every_histology_of_the_oracle_has_a_home(shared):
    """Nothing that ICD-O-3 lists falls to the unspecified for want of a range."""
    path = shared / "real-data" / "icdo3" / "MorphFam.txt"
    codes = sorted({line[:4] for line in path.read_text("latin-1").splitlines() if line.strip()})
    ranges = seed("primary_histology_groups").rows(named=True)

    homeless = [
        code
        for code in codes
        if not any(row["morphology_from"] <= code <= row["morphology_to"] for row in ranges)
    ]

    assert len(codes) > 800
    assert homeless == []


def of_file(text: str) -> list[dict[str, str]]:
    rows = pl.read_csv(io.StringIO(text), infer_schema=False)
    return list(csv.DictReader(io.StringIO(TOOL.answer(rows).write_csv())))


def test_without_a_behaviour_column_the_morphology_holds_it_and_every_way_of_a_date_is_read():
    found = of_file(
        "person_id,incidence_date,topography_code,morphology_code\n"
        "1,31.12.2020,C34.1,8140/3\n1,20190101,C34.9,8140/3\n1,2018-05-01 00:00:00,C34.1,8140/2\n"
    )

    assert [row["is_primary"] for row in found] == ["false", "true", "false"]
    assert [row["counted_with"] for row in found] == ["3", "3", ""]
    assert not any(row["problem"] for row in found)


def test_what_cannot_be_read_is_told_beside_the_row():
    found = of_file(
        "person_id,incidence_date,topography_code,morphology_code,behaviour_code\n"
        ",2020-02-30,C34.1,8140,3\n2,2020-01-01,C34.1,8140/3,2\n3,2020-01-01,,8140,x\n"
    )

    assert [row["problem"] for row in found] == [
        "person_id is missing; incidence_date is no date like 2005-03-10, 20050310 or 10.03.2005",
        "the behaviour in the morphology is not the one beside it",
        "topography_code is missing; behaviour_code is none of 0, 1, 2, 3, 6",
    ]
    assert found[1]["is_primary"] == "true", "the morphology goes before the column"


def test_tumours_of_one_day_are_taken_in_the_order_of_their_numbers():
    found = of_file(
        "person_id,tumour_id,incidence_date,topography_code,morphology_code,behaviour_code\n"
        "1,10,2001-01-01,C34.1,8140,3\n1,9,2001-01-01,C34.9,8140,3\n"
    )

    assert [row["counted_with"] for row in found] == ["9", "9"]


def test_every_reason_is_in_the_help():
    (codes,) = TOOL.legend().values()

    assert {"first_of_its_kind", "same_kind", "metastasis", "unknown_behaviour"} <= set(codes)
