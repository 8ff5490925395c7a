"""Cells that are plain numbers are read in one go, and just as they are one by one."""

import itertools

import polars as pl
import pytest

from janus_warehouse.assays.formats import cells
from janus_warehouse.assays.formats.cells import read_cells

LETTERS = "09.,eE+-_ nai<"
TEXTS = ["".join(t) for n in range(5) for t in itertools.product(LETTERS, repeat=n)]
FURTHER = ["inf", "-Infinity", "1e999", "0x10", "1d5", "<0,05", "> 12.5", "not measured", "٣", None]


@pytest.mark.parametrize("decimal", [".", ","])
def test_whatever_is_read_in_one_go_is_what_a_closer_look_finds(decimal):
    texts = pl.Series("cell", [*TEXTS, *FURTHER], dtype=pl.String)
    every = pl.DataFrame({"cell": texts}).with_row_index("row")

    closely = cells._read_others(every, decimal).drop("row")

    assert read_cells(texts, decimal=decimal).equals(closely)
    numbers = closely["value"].drop_nulls()
    assert len(numbers) > 100 and not closely.filter(pl.col("value").is_infinite()).height


def test_where_all_cells_are_plain_numbers_nothing_stands_in_their_place():
    read = read_cells(pl.Series(["1", "2.50", " -3e2"]))

    assert read["value"].to_list() == [1.0, 2.5, -300.0]
    assert read.schema["status"] == pl.String
    assert read.select(pl.exclude("value", "is_unread")).null_count().sum_horizontal().item() == 12
    assert not read["is_unread"].any()
