"""Coarsened dates: no more of a date than was approved."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from janus_warehouse.extracts.coarsening import coarsen
from janus_warehouse.projects.columns import delivered_name
from janus_warehouse.projects.specification import DatePrecision

days = st.dates(min_value=date(1850, 1, 1), max_value=date(2150, 12, 31))


@pytest.mark.parametrize(
    ("precision", "expected"),
    [
        (DatePrecision.year, 1974),
        (DatePrecision.month, "1974-03"),
        (DatePrecision.exact, date(1974, 3, 9)),
    ],
)
def test_gives_year_month_or_day(precision, expected):
    assert coarsen(date(1974, 3, 9), precision) == expected


@given(days, days)
def test_days_of_one_month_cannot_be_told_apart(first, second):
    same_month = (first.year, first.month) == (second.year, second.month)

    assert (
        coarsen(first, DatePrecision.month) == coarsen(second, DatePrecision.month)
    ) == same_month


@given(days, days)
def test_order_survives(first, second):
    for precision in DatePrecision:
        if first <= second:
            assert coarsen(first, precision) <= coarsen(second, precision)


@pytest.mark.parametrize(
    ("column", "precision", "expected"),
    [
        ("donor_id", None, "donor_pseudonym"),
        ("tube_barcode", None, "tube_pseudonym"),
        ("study_code", None, "study_pseudonym"),
        ("sex_code", None, "sex_code"),
        ("analyte_id", None, "analyte_id"),
        ("something_new_id", None, "something_new_pseudonym"),
        ("birth_date", DatePrecision.year, "birth_date_year"),
        ("birth_date", DatePrecision.month, "birth_date_month"),
        ("birth_date", DatePrecision.exact, "birth_date"),
    ],
)
def test_a_changed_value_has_a_changed_name(column, precision, expected):
    assert delivered_name(column, precision) == expected
