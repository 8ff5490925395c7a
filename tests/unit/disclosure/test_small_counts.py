"""Small counts: cases worked by hand, and laws that hold for every table."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from janus_warehouse.disclosure import (
    TOTAL,
    DisclosureError,
    safe_count,
    suppress_small_counts,
)


def tables(largest=12, side=5):
    return st.tuples(st.integers(1, side), st.integers(1, side)).flatmap(
        lambda shape: st.lists(
            st.integers(0, largest), min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]
        ).map(
            lambda values: {
                (f"r{i // shape[1]}", f"c{i % shape[1]}"): value for i, value in enumerate(values)
            }
        )
    )


def full_table(counts):
    """The true table with its margins, by another road than the code under test."""
    safe = suppress_small_counts(counts, 1)
    rows = [row for row in safe.rows if row != TOTAL]
    columns = [column for column in safe.columns if column != TOTAL]
    grid = np.array([[counts[r, c] for c in columns] for r in rows])
    if TOTAL in safe.rows:
        grid = np.vstack([grid, grid.sum(axis=0)])
    if TOTAL in safe.columns:
        grid = np.hstack([grid, grid.sum(axis=1, keepdims=True)])
    return safe.rows, safe.columns, grid


def withheld_equations(safe):
    """Rows of coefficients over the withheld cells: what subtraction can tell a reader."""
    hidden = [cell for cell, count in safe.counts.items() if count is None]
    place = {cell: i for i, cell in enumerate(hidden)}
    lines = [[(r, c) for c in safe.columns] for r in safe.rows if TOTAL in safe.columns]
    lines += [[(r, c) for r in safe.rows] for c in safe.columns if TOTAL in safe.rows]
    matrix = np.zeros((len(lines), len(hidden)))
    for i, line in enumerate(lines):
        along = 1 if len({r for r, _ in line}) == 1 else 0
        for cell in line:
            if cell in place:
                matrix[i, place[cell]] = -1 if cell[along] == TOTAL else 1
    return hidden, matrix


def test_a_large_table_is_shown_whole():
    safe = suppress_small_counts({("a", "x"): 7, ("a", "y"): 8, ("b", "x"): 9, ("b", "y"): 5}, 5)

    assert safe.withheld == 0
    assert (safe.count("a"), safe.count(column="x"), safe.count()) == (15, 16, 29)


def test_one_small_cell_takes_three_more_with_it():
    counts = dict.fromkeys(itertools.product("abc", "xyz"), 10) | {("a", "x"): 2}

    safe = suppress_small_counts(counts, 5)

    hidden = {cell for cell, count in safe.counts.items() if count is None}
    assert len(hidden) == 4, "the cell, one in its row, one in its column, and their corner"
    assert ("a", "x") in hidden
    assert safe.count() == 82, "the margins stay"


def test_two_small_cells_whose_sum_is_small_are_not_enough():
    # 1 + 2 = 3 would follow from the total of the column.
    safe = suppress_small_counts({("a", "x"): 1, ("b", "x"): 2, ("c", "x"): 9, ("d", "x"): 8}, 5)

    assert [safe.count(r, "x") for r in "abcd"] == [None, None, 9, None]
    assert safe.count() == 20


def test_two_cells_whose_sum_is_the_minimum_are_enough():
    safe = suppress_small_counts({("a", "x"): 1, ("b", "x"): 4, ("c", "x"): 9}, 5)

    assert [safe.count(r, "x") for r in "abc"] == [None, None, 9]


def test_a_pair_that_is_not_given_counts_as_nobody():
    safe = suppress_small_counts({("a", "x"): 7, ("b", "y"): 8}, 1)

    assert safe.count("a", "y") is None
    assert (safe.count("a"), safe.count(column="y"), safe.count()) == (7, 8, 15)


def test_a_small_total_is_withheld_with_its_parts():
    safe = suppress_small_counts({("a", "x"): 1, ("b", "x"): 2}, 5)

    assert safe.count() is None
    assert safe.withheld == 3


@pytest.mark.parametrize(("count", "shown"), [(0, None), (4, None), (5, 5), (6, 6)])
def test_a_lone_count_is_shown_from_the_minimum_up(count, shown):
    assert safe_count(count, 5) == shown


@given(tables(), st.integers(1, 8))
def test_nothing_below_the_minimum_is_shown(counts, minimum):
    safe = suppress_small_counts(counts, minimum)

    assert all(count is None or count >= minimum for count in safe.counts.values())


@given(tables(), st.integers(1, 8))
def test_what_is_shown_is_true(counts, minimum):
    rows, columns, grid = full_table(counts)
    safe = suppress_small_counts(counts, minimum)

    for (i, row), (j, column) in itertools.product(enumerate(rows), enumerate(columns)):
        assert safe.counts[row, column] in (None, grid[i, j])


@settings(deadline=None)
@given(tables(), st.integers(1, 8))
def test_no_withheld_cell_follows_from_the_rest(counts, minimum):
    hidden, matrix = withheld_equations(suppress_small_counts(counts, minimum))

    rank = np.linalg.matrix_rank(matrix) if matrix.size else 0
    for i in range(len(hidden)):
        unit = np.eye(len(hidden))[i : i + 1]
        assert np.linalg.matrix_rank(np.vstack([matrix, unit])) > rank


@settings(deadline=None, max_examples=60)
@given(tables(largest=9, side=3), st.integers(2, 6))
def test_no_sum_of_withheld_cells_that_follows_from_the_rest_is_small(counts, minimum):
    rows, columns, grid = full_table(counts)
    truth = {(r, c): grid[i, j] for i, r in enumerate(rows) for j, c in enumerate(columns)}
    hidden, matrix = withheld_equations(suppress_small_counts(counts, minimum))
    inner = [i for i, cell in enumerate(hidden) if TOTAL not in cell]
    rank = np.linalg.matrix_rank(matrix) if matrix.size else 0

    for size in range(1, len(inner) + 1):
        for chosen in itertools.combinations(inner, size):
            indicator = np.zeros((1, len(hidden)))
            indicator[0, list(chosen)] = 1
            if np.linalg.matrix_rank(np.vstack([matrix, indicator])) == rank:
                assert sum(truth[hidden[i]] for i in chosen) >= minimum


@given(tables(), st.integers(1, 8))
def test_the_order_of_the_cells_does_not_matter(counts, minimum):
    backwards = dict(reversed(counts.items()))

    assert (
        suppress_small_counts(backwards, minimum).counts
        == suppress_small_counts(counts, minimum).counts
    )


@pytest.mark.parametrize(
    ("counts", "minimum", "message"),
    [
        pytest.param({}, 5, "at least one cell, found none", id="empty"),
        pytest.param({("a", "x"): -1, ("a", "y"): 3}, 5, "1 of 2", id="negative"),
        pytest.param({("a", "x"): 1.5}, 5, "1 of 1", id="not whole"),
        pytest.param({("a", TOTAL): 3}, 5, "name of the margin", id="total given"),
        pytest.param({("a", "x"): 3}, 0, "at least 1", id="no minimum"),
    ],
)
def test_refuses_what_it_cannot_judge(counts, minimum, message):
    with pytest.raises(DisclosureError, match=message):
        suppress_small_counts(counts, minimum)
