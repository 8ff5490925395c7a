"""Names of genes that a spreadsheet turned into dates are recognised; names and dates are not."""

import pytest

from janus_warehouse.assays.dictionary import excel_date_name, excel_date_names


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("2-Sep", "SEPT2"), ("02-Sep", "SEPT2"), ("Sep-02", "SEPT2"), ("2. september", "SEPT2"),
        ("02.sep", "SEPT2"), ("2023-09-02", "SEPT2"), ("2023-09-02 00:00:00", "SEPT2"),
        ("2-Sep-23", "SEPT2"), ("15-Sep", "SEP15"), ("1-Mar", "MARCH1"), ("11.mar", "MARCH11"),
        ("Mar-05", "MARCH5"), ("1-Dec", "DEC1"), ("1.des", "DEC1"), ("4-Oct", "OCT4"),
        ("4. okt", "OCT4"), ("9/2/2023", "SEPT2"), ("02.09.2023", "SEPT2"), (" 7-Sep ", "SEPT7"),
    ],
)  # fmt: skip
def test_a_date_that_was_a_name_is_recognised(text, name):
    assert excel_date_name(text) == name


@pytest.mark.parametrize(
    "text",
    ["SEPT2", "MARCH1", "DEC1", "IL6", "30-Sep", "1-Jan", "2-Aug", "2019-06-15", "12-2", "4337-49",
     "hsa-let-7a", "PCB-153", "44806", "", "Sep", "1-Marc", "2023-09-02 10:15:00"],
)  # fmt: skip
def test_names_and_other_dates_are_left_alone(text):
    assert excel_date_name(text) is None


def test_a_date_that_can_have_been_two_names_gives_both():
    assert excel_date_names("1-Mar") == ("MARCH1", "MARC1")
    assert excel_date_names("3/9/2023") == ("SEPT3", "MARCH9")
