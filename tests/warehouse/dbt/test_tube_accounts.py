"""Tubes of a bank worked out by hand: two inventories, two shipments, and what laboratories say."""

import json
from datetime import date

import psycopg
import pytest
from tests.preloaded_dbt import without_unit_tests
from typer.testing import CliRunner

from janus_warehouse.platform.settings import get_settings

FIRST, SECOND, SENT = date(2017, 12, 31), date(2020, 12, 31), date(2018, 6, 1)
MADE = "+fct_tube_findings +fct_measurement_cautions +dim_draws +dim_donors +fct_cancer_cases"
PROJECT, OTHER = "pfas-testicular-cancer", "hpv-ebv-head-neck"
RUN = date(2019, 3, 4)


def tube(number: int, draw: int, volume: int, thaws: int, place: str | None, status="stored", **of):
    """Return a tube of the inventory; its place is a position in one box."""
    stands = {"freezer": "F01", "rack": "R001", "box": "B01", "position": place} if place else {}
    return {
        "tube_barcode": f"{number:010d}", "draw_id": f"W{draw}", "material_code": "SER",
        "volume_ul": volume, "thaw_count": thaws, "tube_status": status, **stands, **of,
    }  # fmt: skip


EARLIER = [
    tube(1, 1, 500, 1, "A01"), tube(2, 2, 400, 1, "A02"), tube(3, 3, 300, 0, "A03"),
    tube(4, 4, 300, 2, "A04"), tube(5, 5, 200, 0, "A05"), tube(6, 6, 200, 0, "A06"),
    tube(8, 7, 300, 0, "A08"),
]  # fmt: skip
LATER = [
    tube(1, 1, 400, 2, "A01"),  # as the laboratory says
    tube(2, 2, 450, 1, "A02"),  # grew, and a thaw was not counted
    tube(3, 3, 0, 1, None, "used_up"),
    tube(4, 4, 300, 2, None, "issued"),
    tube(6, 6, 200, 0, "A01"),  # where the first stands
    tube(7, 1, 100, 2, "A07", parent_barcode=f"{1:010d}"),
    tube(8, 7, 300, 0, "A09"),  # moved; never sent
]  # fmt: skip


def code(number: int) -> str:
    return f"S{number:08d}"


def sent(number: int, project: str = PROJECT, laboratory: str = "toxicology_lab") -> dict:
    return {
        "study_code": code(number), "donor_id": f"D{number}", "tube_barcode": f"{number:010d}",
        "project_id": project, "laboratory": laboratory, "shipped_date": SENT,
        "is_blinded_duplicate": False, "shipment_id": f"{project}-1", "volume_ul": 100,
    }  # fmt: skip


def result(number: int, analyte: str, value: float | None, status: str = "detected") -> dict:
    return {
        "native_file": "run.csv", "line": number, "study_code": code(number),
        "sample_code": code(number), "sample_kind": "sample", "replicate": 1, "run_date": RUN,
        "analyte_code": analyte, "value": value, "unit": "ng/mL", "status_code": status,
        "method_version": "LC-MS/MS 2.1",
    }  # fmt: skip


def sample(number: int, used: int | None, thaws: int | None, reason: str | None = None) -> dict:
    return {
        "native_file": "run.csv", "study_code": code(number), "sample_code": code(number),
        "sample_kind": "sample", "replicate": 1, "run_date": RUN, "volume_used_ul": used,
        "thaws_after": thaws, "missing_reason": reason,
    }  # fmt: skip


ANALYTES = [
    {"native_file": "run.csv", "analyte_code": name, "unit": "ng/mL"} for name in ("PFOA", "PFOS")
]
RETURN = """
insert into ops.returns (delivery_id, project_id, approval, laboratory, platform, platform_version,
    method, embargo_until, format)
values (%s, %s, 'REK 2015/123', %s, 'targeted_chemistry', '1', 'method', %s, 'long_csv')
"""


@pytest.fixture(scope="module")
def tubes(bank):
    """Give the bank with its marts of tubes."""
    numbers = range(1, 8)
    raw = bank.raw
    raw.accept("earlier", "biobank", {"tubes": EARLIER}, as_of=FIRST)
    raw.accept("later", "biobank", {
        "tubes": LATER,
        "donors": [
            {"donor_id": f"D{n}", "sex_code": "1" if n < 4 else "2",
             "birth_date": date(1950, 1, 1), "donor_group": "survey",
             "consent_status": "withdrawn" if n == 7 else "active"}
            for n in numbers
        ],
        "draws": [
            {"donor_id": f"D{n}", "draw_id": f"W{n}", "draw_date": date(1984 + n, 3, 1),
             "survey_id": "counties_1985"}
            for n in numbers
        ],
        "shipments": [*(sent(n) for n in range(1, 6)), sent(6, OTHER, "serology_lab"), sent(7)],
    }, as_of=SECOND)  # fmt: skip
    for delivery, project, laboratory, embargo in (
        ("r", PROJECT, "toxicology_lab", None),
        ("kept", OTHER, "serology_lab", date(2099, 1, 1)),
    ):
        given = {
            "r": {
                "results": [
                    result(1, "PFOA", 2.5), result(1, "PFOS", 0.05, "below_lod"),
                    result(2, "PFOA", 1.5), result(2, "PFOS", None, "missing"),
                    result(3, "PFOA", 3.5), result(3, "PFOS", 8.5), result(7, "PFOA", 9.5),
                ],
                "samples": [
                    sample(1, 100, 2), sample(2, 100, 2), sample(3, 100, 1), sample(7, 100, 1),
                    sample(5, None, None, "tube broke"), sample(9, 100, 1),
                ],
                "analytes": ANALYTES,
            },
            "kept": {"results": [result(6, "PFOA", 4.5)], "analytes": ANALYTES},
        }[delivery]  # fmt: skip
        raw.accept(delivery, "laboratories", given, as_of=RUN)
        with psycopg.connect(raw.url) as connection:
            connection.execute(RETURN, [delivery, project, laboratory, embargo])
    with without_unit_tests():
        bank.build(select=MADE)
    return bank


def test_every_tube_sent_has_an_account(tubes):
    found = tubes.raw.query(
        "select study_code, tube_state, has_results, n_analytes, volume_before_ul, volume_used_ul, "
        "volume_after_ul, thaws_before, thaws_laboratory, thaws_after, findings "
        "from marts.fct_tube_accounts where study_code < %s order by study_code", code(6),
    )  # fmt: skip

    assert found == [
        (code(1), "returned", True, 2, 500, 100, 400, 1, 2, 2, None),
        (code(2), "returned", True, 1, 400, 100, 450, 1, 2, 1,
         "volume_grew_at_laboratory,thaws_not_counted"),
        (code(3), "used_up", True, 2, 300, 100, 0, 0, 1, 1, None),
        (code(4), "out", False, 0, 300, None, 300, 2, None, 2, "no_answer,never_back"),
        (code(5), "missing", False, 0, 200, None, None, 0, None, None, "gone_after_shipping"),
    ]  # fmt: skip


def test_what_disagrees_is_found_and_nothing_else(tubes):
    found = tubes.raw.query(
        "select finding_code, coalesce(ltrim(tube_barcode, '0'), study_code), finding_detail "
        "from marts.fct_tube_findings order by 1, 2"
    )

    assert found == [
        ("gone_after_shipping", "5", None),
        ("left_inventory", "5", None),
        ("never_back", "4", "944 days since 2018-06-01"),
        ("no_answer", "4", None),
        ("place_shared", "1", "F01 R001 B01 A01"),
        ("place_shared", "6", "F01 R001 B01 A01"),
        ("result_never_issued", code(9), None),
        ("thaws_not_counted", "2", "2 by the laboratory, 1 by the inventory"),
        ("volume_grew", "2", "400 to 450 uL"),
        ("volume_grew_at_laboratory", "2", "400 uL before, 100 sent, 100 used, 450 after"),
    ]


def test_the_history_of_a_tube_is_told_in_the_order_of_its_days(tubes):
    from janus_warehouse.assays.tubes import tube_history

    history = tube_history(f"{1:010d}")

    assert [(row["movement_date"], row["movement_kind"]) for row in history.movements] == [
        (FIRST, "first_seen"), (SENT, "sent"), (RUN, "result_came"),
        (SECOND, "thawed"), (SECOND, "volume_fell"),
    ]  # fmt: skip
    assert history.aliquots == (f"{7:010d}",)
    assert [row["movement_kind"] for row in tube_history(f"{8:010d}").movements] == [
        "first_seen", "moved",
    ]  # fmt: skip


def test_a_tube_that_left_the_inventory_is_shown_and_an_unknown_one_is_told(tubes):
    from janus_warehouse.cli.tubes import app

    gone = CliRunner().invoke(app, ["show", f"{5:010d}", "--json"])
    unknown = CliRunner().invoke(app, ["show", "4444444444"])

    assert json.loads(gone.output)["tube"] == {}
    assert json.loads(gone.output)["movements"][-1]["finding_code"] == "left_inventory"
    assert "ten digits" in str(unknown.exception)
    assert "4444444444" not in str(unknown.exception)


def test_the_report_of_a_project_holds_its_tubes_and_no_donor(tubes):
    from janus_warehouse.assays.tubes import write_project_reports

    written = write_project_reports(PROJECT)
    [(account, page)] = written
    document = json.loads(page.with_suffix(".json").read_text())

    assert page == tubes.home / "reports" / "assays" / "projects" / f"{PROJECT}.html"
    assert document["states"] == {"returned": 3, "used_up": 1, "missing": 1, "out": 1}
    assert (document["codes_sent"], document["with_results"], document["with_reason"]) == (6, 4, 1)
    assert document["findings"]["no_answer"]["rows"][0]["study_code"] == code(4)
    assert document["findings"]["place_shared"]["count"] == 1
    text = page.read_text() + page.with_suffix(".json").read_text()
    assert code(4) in text
    assert not [n for n in range(1, 8) if f'"D{n}"' in text or f">D{n}<" in text]
    assert account.total("n_silent") == 1


@pytest.fixture
def smallest(monkeypatch):
    """Give a way to say from which number on a count may be shown."""

    def say(count: int) -> None:
        monkeypatch.setenv("JANUS_SMALL_CELL_MINIMUM", str(count))
        get_settings.cache_clear()

    yield say
    monkeypatch.undo()
    get_settings.cache_clear()


NOW = date(2024, 1, 1)


def counted(today: date = NOW, **wish) -> dict[tuple[str, str], int]:
    """Return donors by what is covered and whether a tube is left; cells with nobody left out."""
    from janus_warehouse.assays.tubes import Wish
    from janus_warehouse.assays.tubes.reuse import coverage_counts

    cells = coverage_counts(Wish(**{"analytes": ("PFOA",), **wish}), today)
    return {cell: count for cell, count in cells.items() if count}


def test_who_has_results_already_is_counted_by_what_is_covered_and_left(tubes):
    assert counted(analytes=("PFOA", "PFOS")) == {
        ("all", "tube left"): 1,  # D1, one of them below the limit
        ("all", "no tube left"): 1,  # D3 is used up
        ("some", "tube left"): 1,  # D2: the other is missing
        ("none", "tube left"): 1,  # D6, under embargo
        ("none", "no tube left"): 2,  # D4 is out, D5 is gone; D7 has withdrawn
    }


def test_what_there_is_is_told_by_platform_and_method(tubes, smallest):
    from janus_warehouse.assays.tubes import Wish, find_reuse

    smallest(1)
    found = find_reuse(Wish(("PFOA", "PFOS", "PFNA")), today=NOW)

    assert [
        (row["analyte_id"], row["platform"], row["method_version"], row["n_donors"],
         row["n_tubes"], row["percent_detected"], row["last_run_year"])
        for row in found.analytes
    ] == [
        # Nobody below the limit is a fact about people too.
        ("PFOA", "targeted_chemistry", "LC-MS/MS 2.1", 3, 3, None, 2019),
        ("PFOS", "targeted_chemistry", "LC-MS/MS 2.1", 2, 2, 50, 2019),
    ]  # fmt: skip
    assert found.unmeasured == ("PFNA",)
    assert [(row["project_id"], row["n_donors"]) for row in found.embargoed] == [(OTHER, 1)]


def test_an_embargo_ends_and_does_not_bind_its_own_project(tubes):
    kept, free = ("none", "tube left"), ("all", "tube left")

    assert (counted()[free], counted()[kept]) == (2, 1)
    assert counted(project=OTHER)[free] == counted(today=date(2099, 1, 1))[free] == 3
    assert kept not in counted(project=OTHER)
    assert counted(today=date(2098, 12, 31)) == counted()


def test_a_wish_may_choose_sex_and_the_year_of_the_draw(tubes):
    assert sum(counted(sex="male").values()) == 3
    assert sum(counted(from_year=1986, to_year=1987).values()) == 2
    assert counted(from_year=1987) == {
        ("all", "no tube left"): 1, ("none", "no tube left"): 2, ("none", "tube left"): 1,
    }  # fmt: skip
    assert counted(site="C62") == {}


def test_small_counts_of_donors_are_withheld(tubes, smallest):
    from janus_warehouse.cli.assay_reuse import app

    smallest(5)
    told = json.loads(CliRunner().invoke(app, ["--analytes", "PFOA", "--json"]).output)

    assert told["analytes"][0]["n_donors"] is None
    assert told["analytes"][0]["n_tubes"] is told["analytes"][0]["percent_detected"] is None
    assert told["under_embargo"][0]["n_donors"] is None
    assert {count for part in told["covered"].values() for count in part.values()} == {None}
    assert set(told["tubes"].values()) == {None}


def test_an_analyte_that_is_not_in_the_dictionary_is_told_with_those_near_it(tubes):
    from janus_warehouse.assays.tubes import UnknownTubeError, Wish, find_reuse

    with pytest.raises(UnknownTubeError, match=r"PFOX is no analyte.*near it are PFO"):
        find_reuse(Wish(("PFOX",)))
