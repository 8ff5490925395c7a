"""What the page of a linkage report shows of given figures."""

import re

from janus_warehouse.linkages import charts
from janus_warehouse.linkages.sections import MOST_YEARS, table_sections
from janus_warehouse.linkages.store import Figure


def figures(section: str, dimension: str, counts: dict) -> list[Figure]:
    return [
        Figure("cases", section, item, {dimension: group}, value)
        for group, items in counts.items()
        for item, value in items.items()
    ]


def words_of(chart: str) -> list[str]:
    return re.findall(r">([^<>]+)</text>", chart)


def test_a_ratio_without_any_death_is_left_out_and_one_site_without_deaths_is_zero():
    none = {"C61": {"cases": 100, "deaths": 0}, "C34": {"cases": 50, "deaths": 0}}
    some = {**none, "C34": {"cases": 50, "deaths": 40}}

    assert table_sections("cases", figures("mortality_by_site", "site", none))["ratios"] == []
    assert table_sections("cases", figures("mortality_by_site", "site", some))["ratios"] == [
        ("C61", 100, 0, "0.00"), ("C34", 50, 40, "0.80"),
    ]  # fmt: skip


def test_changes_by_year_stand_newest_first_and_what_is_earlier_is_added_up():
    years = {2022: {"new": 7}, 2005: {"retracted": 2, "unchanged": 900}, 1999: {"new": 1}}
    shown = words_of(
        table_sections("cases", figures("changes_by_year", "year", years))["changed_years_chart"]
    )

    labels = [word for word in shown if re.fullmatch(r"(before )?\d{4}", word)]
    assert labels == [str(year) for year in range(2022, 2022 - MOST_YEARS, -1)] + ["before 2011"]
    assert shown[shown.index("2022") + 1] == "7"
    assert shown[shown.index("before 2011") + 1] == "3"


def test_the_totals_end_with_their_sum():
    totals = {"C34": {"now": 5, "before": 3}, "C61": {"now": 2, "before": 4}}
    rows = table_sections("cases", figures("totals_by_site", "site", totals))["sites"]

    assert [row["site"] for row in rows] == ["C34", "C61", "all"]
    assert (rows[-1]["now"], rows[-1]["before"], rows[-1]["difference"]) == (7, 7, 0)


def test_a_year_without_rows_between_others_is_drawn_as_none_and_every_tenth_year_is_named():
    chart = charts.lines([("now", "this linkage", {1955: 4, 1958: 4, 2002: 4})])

    assert [w for w in words_of(chart) if re.fullmatch(r"(19|20)\d\d", w)] == [
        "1960", "1970", "1980", "1990", "2000",
    ]  # fmt: skip
    [points] = re.findall(r'points="([^"]+)"', chart)
    assert len(points.split()) == 2002 - 1955 + 1


def test_a_share_bar_tells_count_and_share_of_each_part():
    shown = words_of(charts.share_bar([("now", "found", 975), ("unknown", "not found", 25)]))

    assert "found 975 (97.5 %)" in shown and "not found 25 (2.5 %)" in shown
