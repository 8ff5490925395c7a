"""What a delivered column is called: a changed value has a changed name."""

import pytest

from janus_warehouse.projects.columns import delivered_name, key_kind
from janus_warehouse.projects.specification import DatePrecision


@pytest.mark.parametrize(
    ("column", "precision", "expected"),
    [
        ("donor_id", None, "donor_pseudonym"),
        ("tube_barcode", None, "tube_pseudonym"),
        ("study_code", None, "study_pseudonym"),
        ("sex_code", None, "sex_code"),
        ("analyte_id", None, "analyte_id"),
        ("something_new_id", None, "something_new_pseudonym"),
        ("primary_tumour_id", None, "primary_tumour_pseudonym"),
        ("birth_date", DatePrecision.year, "birth_date_year"),
        ("birth_date", DatePrecision.month, "birth_date_month"),
        ("birth_date", DatePrecision.exact, "birth_date"),
    ],
)
def test_a_changed_value_has_a_changed_name(column, precision, expected):
    assert delivered_name(column, precision) == expected


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ("tumour_id", "tumour_id"),
        ("primary_tumour_id", "tumour_id"),
        ("previous_tumour_id", "tumour_id"),
        ("parent_barcode", "tube_barcode"),
        ("holding_id", "holding_id"),
    ],
)
def test_keys_of_one_kind_of_thing_can_be_joined(column, kind):
    assert key_kind(column) == kind
