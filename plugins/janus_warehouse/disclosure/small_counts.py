"""Small-cell suppression of a table with margins, safe against subtraction.

Why a floor is not enough: whoever knows a total and all but one of its parts knows the part.
So more cells are withheld until nothing below the minimum can be worked out:

1. Every count below the minimum is withheld (zero too: "nobody" is also a fact about people).
2. Withheld cells that share rows or columns are closed to a block: all its rows × all its
   columns. In a complete block the only sums that follow from the margins are sums of whole
   rows and whole columns of the block.
3. Each of those sums must cover at least two cells and reach the minimum, else the block takes
   in another row or column (a margin only when nothing else is left).

A withheld cell then has a whole range of possible values, and its upper end is never below the
minimum, so a reader cannot even tell which withheld cells are the small ones.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from janus_warehouse.errors import WarehouseError

TOTAL = "total"
"""The name of the margin, in rows and in columns."""

Cell = tuple[str, str]


class DisclosureError(WarehouseError, ValueError):
    """A table of counts that cannot be judged; the message counts, it never shows a count."""


@dataclass(frozen=True)
class SafeTable:
    """A table that may be shown: withheld counts are None.

    `rows` and `columns` end with `TOTAL` where the table has that margin; a table of one row
    (or column) has no row (column) of totals, because it would only say the same again.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: Mapping[Cell, int | None]
    minimum: int

    def count(self, row: str = TOTAL, column: str = TOTAL) -> int | None:
        """Return a count, or None when it is withheld; without arguments the grand total."""
        row = self.rows[0] if row == TOTAL and TOTAL not in self.rows else row
        column = self.columns[0] if column == TOTAL and TOTAL not in self.columns else column
        return self.counts[row, column]

    @property
    def withheld(self) -> int:
        """How many cells, margins included, are not shown."""
        return sum(count is None for count in self.counts.values())


def safe_count(count: int, minimum: int) -> int | None:
    """Return a lone count, or None when it is below the minimum."""
    return suppress_small_counts({("all", "all"): count}, minimum).count()


def suppress_small_counts(counts: Mapping[Cell, int], minimum: int) -> SafeTable:
    """Return the table with margins in which no count below `minimum` can be read or derived.

    Args:
        counts: Individuals in each (row, column); each individual in one cell only, otherwise
            the margins are not sums. A pair that is not there counts as 0. Rows and columns keep
            the order of their first appearance.
        minimum: The smallest count that may be shown, at least 1.

    Raises:
        DisclosureError: A count is negative or not whole, a name is `TOTAL`, the table is
            empty, or the minimum is below 1.
    """
    _check(counts, minimum)
    rows = _axis(row for row, _ in counts)
    columns = _axis(column for _, column in counts)
    table = _with_margins(counts, rows, columns)
    withheld = {cell for cell, count in table.items() if count < minimum}
    while True:
        withheld, blocks = _closed(withheld)
        more = next((cells for block in blocks if (cells := _missing(block, table, minimum))), None)
        if more is None:
            break
        withheld |= more
    shown = {cell: None if cell in withheld else count for cell, count in table.items()}
    return SafeTable(_names(table, 0), _names(table, 1), shown, minimum)


def _check(counts: Mapping[Cell, int], minimum: int) -> None:
    wrong = sum(not isinstance(count, int) or count < 0 for count in counts.values())
    if minimum < 1:
        raise DisclosureError("the minimum must be at least 1, or nothing is protected")
    if not counts:
        raise DisclosureError("expected a table with at least one cell, found none")
    if wrong:
        raise DisclosureError(
            f"expected whole counts from 0 up, found {wrong} of {len(counts)} that are not"
        )
    if any(TOTAL in cell for cell in counts):
        raise DisclosureError(
            f'"{TOTAL}" is the name of the margin: give the cells, not their sums'
        )


def _axis(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _names(table: Mapping[Cell, int], position: int) -> tuple[str, ...]:
    return _axis(cell[position] for cell in table)


def _with_margins(
    counts: Mapping[Cell, int], rows: tuple[str, ...], columns: tuple[str, ...]
) -> dict[Cell, int]:
    """Return the full table; a margin is added where it says something new."""
    all_rows = (*rows, TOTAL) if len(rows) > 1 else rows
    all_columns = (*columns, TOTAL) if len(columns) > 1 else columns
    return {
        (row, column): sum(
            counts.get((r, c), 0)
            for r in (rows if row == TOTAL else (row,))
            for c in (columns if column == TOTAL else (column,))
        )
        for row in all_rows
        for column in all_columns
    }


@dataclass
class _Block:
    rows: set[str]
    columns: set[str]


def _closed(withheld: set[Cell]) -> tuple[set[Cell], list[_Block]]:
    """Return the withheld cells closed to complete blocks, and the blocks (no shared lines)."""
    blocks: list[_Block] = []
    for row, column in withheld:
        joined = _Block({row}, {column})
        apart = []
        for block in blocks:
            if block.rows & joined.rows or block.columns & joined.columns:
                joined = _Block(block.rows | joined.rows, block.columns | joined.columns)
            else:
                apart.append(block)
        blocks = [*apart, joined]
    blocks.sort(key=lambda block: (sorted(block.rows), sorted(block.columns)))
    return {(r, c) for block in blocks for r in block.rows for c in block.columns}, blocks


def _missing(block: _Block, table: Mapping[Cell, int], minimum: int) -> set[Cell]:
    """Return the cells of the row or column that the block needs next; empty when it is safe."""
    rows, columns = _names(table, 0), _names(table, 1)
    # Without a total there is no sum to subtract from, so a table of one row needs no second.
    if TOTAL in rows and not _is_hidden(
        [[table[r, c] for r in block.rows] for c in block.columns], TOTAL in block.rows, minimum
    ):
        row = _cheapest(rows, block.rows, lambda r: sum(table[r, c] for c in block.columns))
        return {(row, c) for c in block.columns}
    if TOTAL in columns and not _is_hidden(
        [[table[r, c] for c in block.columns] for r in block.rows], TOTAL in block.columns, minimum
    ):
        column = _cheapest(columns, block.columns, lambda c: sum(table[r, c] for r in block.rows))
        return {(r, column) for r in block.rows}
    return set()


def _is_hidden(lines: list[list[int]], has_total: bool, minimum: int) -> bool:
    """Whether no withheld part of any line can be derived from what is shown of it."""
    return all(len(line) > 1 and (has_total or sum(line) >= minimum) for line in lines)


def _cheapest(names, taken, loss) -> str:
    """Return the free line that costs the reader least; a margin costs more than any other."""
    free = (name for name in names if name not in taken)
    return min(free, key=lambda name: (name == TOTAL, loss(name), name))
