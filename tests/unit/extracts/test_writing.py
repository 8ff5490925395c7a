"""From CSV to Parquet: every value kept, fixed row groups, no identity number let through."""

import pyarrow.parquet as pq
import pytest

from janus_warehouse.extracts import writing
from janus_warehouse.extracts.errors import IdentityNumberFoundError
from janus_warehouse.extracts.queries import DeliveredColumn
from janus_warehouse.extracts.writing import csv_to_parquet

COLUMNS = (
    DeliveredColumn("donor_pseudonym", "text", "donor_id", "Who."),
    DeliveredColumn("value", "numeric", "value", ""),
    DeliveredColumn("note", "text", "note", ""),
)


def csv_file(tmp_path, lines):
    path = tmp_path / "rows.csv"
    path.write_text("donor_pseudonym,value,note\n" + "".join(lines), encoding="utf-8")
    return path


def test_keeps_every_value_and_counts_those_that_are_there(tmp_path):
    source = csv_file(tmp_path, ['a,1.50,"two\nlines"\n', 'b,,""\n', "c,3,\n"])

    written = csv_to_parquet(source, tmp_path / "rows.parquet", COLUMNS, "rows")

    assert written.rows == 3
    assert written.present == {"donor_pseudonym": 3, "value": 2, "note": 2}
    assert pq.read_table(tmp_path / "rows.parquet").to_pylist() == [
        {"donor_pseudonym": "a", "value": 1.5, "note": "two\nlines"},
        {"donor_pseudonym": "b", "value": None, "note": ""},
        {"donor_pseudonym": "c", "value": 3.0, "note": None},
    ]


def test_row_groups_do_not_depend_on_how_the_file_was_read(tmp_path, monkeypatch):
    source = csv_file(tmp_path, [f"p{n},{n},note {n}\n" for n in range(5000)])
    monkeypatch.setattr(writing, "ROW_GROUP_ROWS", 1500)
    made = []
    for block in (1 << 20, 4096):
        monkeypatch.setattr(writing, "READ_BYTES", block)
        target = tmp_path / f"{block}.parquet"
        csv_to_parquet(source, target, COLUMNS, "rows")
        made.append(target.read_bytes())
    file = pq.ParquetFile(tmp_path / "4096.parquet")

    groups = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
    assert groups == [1500, 1500, 1500, 500]
    assert made[0] == made[1]


@pytest.mark.parametrize(
    "text",
    [
        "01818012345",
        "born 01818012345.",
        "018180 12345",
        "018180-12345",
        "x01818012345y",
        "no.01818012345",
    ],
)
def test_anything_like_an_identity_number_is_refused_without_being_shown(tmp_path, text):
    source = csv_file(tmp_path, ["a,1,fine\n", f'b,2,"{text}"\n'])

    with pytest.raises(IdentityNumberFoundError) as caught:
        csv_to_parquet(source, None, COLUMNS, "rows")

    assert "dataset rows, column note" in str(caught.value)
    assert "the first in row 2" in str(caught.value)
    assert "12345" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["1234567890", "123456789012", "2005-03-01", "1.23456789012e3", "0,12345678901"]
)
def test_other_numbers_pass(tmp_path, text):
    source = csv_file(tmp_path, [f'a,1,"{text}"\n'])

    assert csv_to_parquet(source, None, COLUMNS, "rows").rows == 1
