"""Municipalities of any time lead to those of today: rules, properties, and the official tables."""

import csv
import json
from collections import defaultdict
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from janus_warehouse.codes.models import run_model
from janus_warehouse.codes.tool import load_tool

MUNICIPALITIES = run_model("dim_municipalities", {}).sort("municipality_code", "valid_from")
ROWS = MUNICIPALITIES.to_dicts()
BY_CODE = defaultdict(list)
for row in ROWS:
    BY_CODE[row["municipality_code"]].append(row)
CHANGES = run_model("municipality_changes", {}).to_dicts()
PAIRS = [(c["change_date"], old, c["new_code"]) for c in CHANGES for old in c["old_codes"].split()]
TODAY = {row["municipality_code"] for row in ROWS if row["valid_to"] is None}
ALWAYS = date(9999, 12, 31)

# Official numbers of municipalities on 1 January; Statistics Norway.
NUMBER_IN = {
    1974: 443, 1978: 454, 1988: 448, 1992: 439, 1994: 435, 2002: 434, 2006: 431,
    2008: 430, 2012: 429, 2013: 428, 2017: 426, 2018: 422, 2019: 422, 2020: 356, 2024: 357,
}  # fmt: skip

codes_and_days = st.tuples(
    st.sampled_from(sorted(BY_CODE)), st.dates(date(1946, 1, 1), date(2026, 12, 31))
)


def on(code: str, day: date) -> list[dict]:
    return [r for r in BY_CODE[code] if r["valid_from"] <= day <= (r["valid_to"] or ALWAYS)]


def parts(code: str, day: date) -> set[str]:
    return {part for row in on(code, day) for part in row["municipality_codes_today"].split()}


def answers(*asked: tuple[str | None, str | None]) -> list[dict]:
    rows = pl.DataFrame(
        asked, schema={"municipality_code": pl.String, "date": pl.String}, orient="row"
    )
    return load_tool("municipality").answer(rows).to_dicts()


def test_there_are_as_many_municipalities_as_there_were():
    assert {
        year: sum(bool(on(code, date(year, 6, 1))) for code in BY_CODE) for year in NUMBER_IN
    } == NUMBER_IN


def test_every_chain_ends_in_a_municipality_of_today():
    assert len(ROWS) > 900
    assert len(TODAY) == 357
    assert {row["municipality_code_today"] for row in ROWS} == TODAY
    assert {p for row in ROWS for p in row["municipality_codes_today"].split()} == TODAY


def test_every_code_of_a_change_is_resolved():
    """A chain that looped or broke would leave its code without a row."""
    codes = {code for _, old, new in PAIRS for code in (old, new)}

    assert len(codes) > 700
    assert codes <= set(BY_CODE)


def test_every_change_ends_and_begins_a_validity():
    for day, old, new in PAIRS:
        assert on(old, day - timedelta(days=1))[0]["valid_to"] == day - timedelta(days=1)
        assert on(new, day)[0]["valid_from"] == day


@settings(max_examples=300, deadline=None)
@given(codes_and_days)
def test_a_code_means_at_most_one_thing_on_a_day(asked):
    assert len(on(*asked)) <= 1


@settings(max_examples=300, deadline=None)
@given(codes_and_days)
def test_what_is_of_today_stays_what_it_is(asked):
    for row in on(*asked):
        today = row["municipality_code_today"]
        assert BY_CODE[today][-1]["municipality_code_today"] == today
        assert today in row["municipality_codes_today"].split()


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(PAIRS))
def test_a_change_loses_no_part(pair):
    """What the old code leads to holds all that the new code leads to, from the day of change."""
    day, old, new = pair

    assert parts(new, day) <= parts(old, day - timedelta(days=1))


def test_kinds_of_change_say_what_the_codes_say():
    olds, news = defaultdict(set), defaultdict(set)
    for day, old, new in PAIRS:
        olds[day, new].add(old)
        news[day, old].add(new)
    for change in CHANGES:
        old, day = change["old_codes"].split(), change["change_date"]
        split = {o for o in old if len(news[day, o]) > 1}
        if change["change_kind"] == "split":
            assert split == set(old)
        else:
            assert not split
            assert change["is_main_part"]
            assert (change["change_kind"] == "merged") == (len(old) > 1 or change_is_shared(change))


def change_is_shared(change: dict) -> bool:
    """Whether a part of a split municipality joins the same one on the same day."""
    return any(
        other is not change
        and other["change_date"] == change["change_date"]
        and other["new_code"] == change["new_code"]
        for other in CHANGES
    )


def test_every_split_has_one_largest_part():
    main = defaultdict(list)
    for change in CHANGES:
        if change["change_kind"] == "split":
            main[change["change_date"], change["old_codes"]].append(change["is_main_part"])

    assert len(main) == 13
    assert all(sorted(marks)[-2:] == [False, True] for marks in main.values())


def test_a_code_is_looked_up_with_its_day():
    found = answers(
        ("0704", "1960-01-01"), ("0704", "1980-01-01"), ("0704", "1995-01-01"), ("0704", None)
    )

    assert [row["status"] for row in found] == ["merged", "not_valid_on_date", "merged", "merged"]
    assert [row["municipality_code_today"] for row in found] == ["3901", None, "3905", "3905"]


@pytest.mark.parametrize(
    ("code", "day", "status", "today", "candidates"),
    [
        pytest.param("0301", "1990-01-01", "current", "0301", None, id="never changed since"),
        pytest.param("0101", "2010-01-01", "renumbered", "3101", None, id="only numbers"),
        pytest.param("3001", "2022-12-31", "renumbered", "3101", None, id="a county dissolved"),
        pytest.param("0136", "2010-01-01", "merged", "3103", None, id="joined to others"),
        pytest.param("1507", "2021-01-01", "split", "1508", "1508 1580", id="Ålesund and Haram"),
        pytest.param("1534", "2010-01-01", "split", "1508", "1508 1580", id="Haram before both"),
        pytest.param("5012", "2019-06-01", "split", "5059", "5055 5056 5059", id="three parts"),
        pytest.param("1301", "1971-12-31", "merged", "4601", None, id="Bergen, a county then"),
        pytest.param("1301", "1972-01-01", "not_valid_on_date", None, None, id="a day too late"),
        pytest.param("9999", None, "unknown", None, None, id="no municipality"),
    ],
)
def test_the_tool_says_what_became_of_a_code(code, day, status, today, candidates):
    (found,) = answers((code, day))

    assert (found["status"], found["municipality_code_today"]) == (status, today)
    assert found["candidates"] == candidates
    assert found["municipality_code"] == code
    assert found["county_code_today"] == (today[:2] if today else None)


def test_the_tool_says_how_to_mend_a_code():
    found = answers(
        ("301", None),
        ("Oslo", None),
        (None, None),
        ("0301", "1.1.1990"),
        ("9999", None),
        ("1301", "1972-01-01"),
    )

    assert [row["status"] for row in found] == ["unknown"] * 5 + ["not_valid_on_date"]
    assert [row["problem"] for row in found] == [
        "four digits; did you lose the leading zero?",
        "four digits expected",
        "no code",
        "a date is written 2005-03-10, 20050310 or 10.03.2005",
        "the code is not in the table",
        "the code was not in use on that day",
    ]


def test_the_tool_keeps_rows_and_order():
    asked = [("0301", None), ("301", None), ("0301", "1990-01-01"), ("0301", None)]

    assert [(r["municipality_code"], r["date"]) for r in answers(*asked)] == asked


# The official tables.

UNKNOWN = "9999"

MID_YEAR = {year: date(int(year), 6, 1) for year in ("2013", "2017", "2018", "2019", "2020")}


def gardenberg(shared, name: str) -> list[dict[str, str]]:
    path = shared / "real-data/norway_municipalities/gardenberg" / name
    with path.open(encoding="latin-1", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def test_agrees_with_every_row_of_the_wide_table(shared):
    rows = gardenberg(shared, "alle_kommunenummer_fra2013_til2020_wide.csv")
    compared = 0
    for year, day in MID_YEAR.items():
        later = defaultdict(set)
        for row in rows:
            if row["kommunenummer_2020"] == UNKNOWN:
                continue
            later[row[f"kommunenummer_{year}"]] |= parts(
                row["kommunenummer_2020"], MID_YEAR["2020"]
            )
        # A part of Ålesund became Haram in 2024; nothing else of 2020 was split since.
        assert {code: parts(code, day) for code in later} == dict(later), year
        assert set(later) == {code for code in BY_CODE if on(code, day)}, year
        compared += len(later)

    assert len(rows) == 432
    assert compared == 428 + 426 + 422 + 422 + 356


def test_agrees_with_every_row_of_the_long_table(shared):
    rows = gardenberg(shared, "kommunenummer_fra2013_til2020_long.csv")
    different = [
        row["historisk_nummer"]
        for row in rows
        if not any(
            set()
            != parts(row["kommunenummer_2020"], MID_YEAR["2020"])
            <= parts(row["historisk_nummer"], day)
            for day in MID_YEAR.values()
        )
    ]

    assert len(rows) == 486
    assert different == [UNKNOWN]


@pytest.mark.parametrize(
    ("earlier", "later", "count"),
    [("2013", "2017", 3), ("2017", "2018", 54), ("2018", "2019", 1), ("2019", "2020", 312)],
)
def test_agrees_with_every_listed_change(shared, earlier, later, count):
    rows = gardenberg(shared, f"kommuner_med_endringer_fra{earlier}_til{later}.csv")
    listed = {
        (row[f"kommuner_{earlier}"][:4], row[f"kommuner_{later}"][:4])
        for row in rows
        if row[f"kommuner_{earlier}"][:4] != row[f"kommuner_{later}"][:4]
    }
    ours = {
        (old, new)
        for day, old, new in PAIRS
        if MID_YEAR[earlier] < day < MID_YEAR[later] and old != new
    }

    assert listed == ours
    assert len(listed) == count


# Codes of the klass table that are no municipality: Svalbard, the sea, abroad, unknown.
NO_MUNICIPALITY = {
    "0000", "0680", "0999", "2111", "2112", "2115", "2121", "2131", "2211", "2311", "2312",
    "2321", "2511", "2580", "2599", "2699", "8888", "9999",
}  # fmt: skip
# The klass table keeps these open though they ended, or ends them late; docs/municipalities.md.
KEPT_TOO_LONG = {"0724", "1814", "1858", "3023"}


def klass(shared) -> list[dict]:
    path = shared / "real-data/norway_municipalities/ssb_microdata_tools/KOMMUNE.json"
    return [
        entry
        for entry in json.loads(path.read_text(encoding="utf-8"))["valueDomain"]["codeList"]
        if entry["code"].isdigit() and not entry["code"].endswith("00")
    ]


def test_the_klass_table_holds_the_same_codes_in_every_year(shared):
    entries = [e for e in klass(shared) if e["code"] not in NO_MUNICIPALITY]
    for year in range(1988, 2027):
        day = date(year, 6, 1)
        theirs = {
            entry["code"]
            for entry in entries
            if entry["validFrom"] <= str(day) <= (entry.get("validUntil") or "9999")
        }
        ours = {code for code in BY_CODE if on(code, day)}

        assert ours - theirs == set(), year
        assert theirs - ours <= KEPT_TOO_LONG, year
    assert len(entries) > 1050


def test_codes_that_ended_before_1988_ended_on_the_same_day(shared):
    ended = {
        (entry["code"], entry["validUntil"])
        for entry in klass(shared)
        if (entry.get("validUntil") or "9999") < "1988" and entry["code"] in BY_CODE
    }
    different = {
        code for code, day in ended if day not in {str(r["valid_to"]) for r in BY_CODE[code]}
    }

    assert len(ended) >= 40
    # 1660: the table ends it on the first day of 1963, a year before it was joined to Trondheim.
    assert different == {"0724", "1858", "1660"}


def test_names_of_today_are_the_norwegian_ones(shared):
    theirs = {
        entry["code"]: set(entry["categoryTitle"][0]["value"].split(" - "))
        for entry in klass(shared)
        if not entry.get("validUntil")
    }
    names = {
        r["municipality_code"]: r["municipality_name_today"] for r in ROWS if not r["valid_to"]
    }

    assert {code: name for code, name in names.items() if name not in theirs[code]} == {}
