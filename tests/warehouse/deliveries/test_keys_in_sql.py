"""Which rows share a key of several columns, asked of the server itself."""

from janus_warehouse.contracts.sql import is_repeated

ROWS = "(values (1, 'x', 7), (2, 'x', 7), (3, 'x', 8), (4, 'y', 7), (5, null, 7), (6, null, 7))"
VIEW = f"{ROWS} as landed (line, name, number)"


def repeated(warehouse, view):
    condition = is_repeated(["name", "number"]).replace("{view}", view)
    rows = warehouse.query(f"select line from {view} where {condition} order by line")
    return [line for (line,) in rows]


def test_rows_that_share_all_columns_are_found_and_an_empty_cell_is_like_no_other(warehouse):
    assert repeated(warehouse, VIEW) == [1, 2]


def test_where_no_row_comes_twice_none_is_found(warehouse):
    assert repeated(warehouse, VIEW.replace("(2, 'x', 7)", "(2, 'z', 7)")) == []
