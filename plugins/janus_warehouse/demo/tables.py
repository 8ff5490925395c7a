"""The tables that `janus demo` and `janus status` show on the terminal."""

from collections import Counter
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

COLOURS = {
    "accepted": "green",
    "superseded": "blue",
    "refused": "red",
    "held": "magenta",
    "passed": "green",
    "warned": "yellow",
    "quarantined": "yellow",
    "failed": "red",
    "error": "red",
}
REASON_CHARACTERS = 150
WIDTH_OF_A_FILE = 110
Row = dict[str, Any]


def terminal() -> Console:
    """Return the console; a file or a pipe gets room for whole lines of the tables."""
    console = Console()
    return console if console.is_terminal else Console(width=WIDTH_OF_A_FILE)


def delivery_table(deliveries: list[Row]) -> Table:
    """Return one line for each delivery: what came in and what became of it."""
    table = _table("Delivery", "State", "#Rows", "#Accepted", "#Quarantine")
    for row in deliveries:
        table.add_row(
            row["folder"],
            coloured(row["state"]),
            number(row["rows_received"]),
            number(row["rows_accepted"]),
            number(row["rows_quarantined"]),
        )
    return table


def refusals(deliveries: list[Row]) -> list[str]:
    """Return a line for each refused delivery: why."""
    return [
        f"{row['folder']}: {shortened(row['reason'] or '')}"
        for row in deliveries
        if row["state"] == "refused"
    ]


def questions(deliveries: list[Row]) -> list[str]:
    """Return a line for each delivery that is held for a person: what is asked about it."""
    return [
        f"{row['delivery_id']}: {shortened(row['reason'] or '')}"
        for row in deliveries
        if row["state"] == "held"
    ]


def check_table(outcomes: list[Row]) -> Table:
    """Return how many checks passed, warned, quarantined rows or failed, at door and in house."""
    table = _table("Checks of", "Outcome", "#Checks", "#Rows failing")
    for row in outcomes:
        where = "deliveries" if row["run_kind"] == "delivery" else "the last build"
        table.add_row(
            where, coloured(row["outcome"]), number(row["checks"]), number(row["rows_failing"])
        )
    return table


def marts_table(marts: dict[str, int]) -> Table:
    """Return the marts with their rows."""
    table = _table("Mart", "#Rows")
    for name, rows in marts.items():
        table.add_row(name, number(rows))
    return table


def state_counts(deliveries: list[Row]) -> str:
    """Return for example `11 accepted, 2 loaded, 1 refused`."""
    counts = Counter(row["state"] for row in deliveries)
    return ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))


def coloured(state: str) -> Text:
    """Return a state in its colour."""
    return Text(state, style=COLOURS.get(state, ""))


def number(value: int | None) -> str:
    """Return a count with thousands apart; nothing for a missing one."""
    return "" if value is None else f"{value:,}"


def shortened(text: str, characters: int = REASON_CHARACTERS) -> str:
    """Return the first line of a text, cut at a length."""
    line = text.splitlines()[0] if text else ""
    return line if len(line) <= characters else f"{line[: characters - 1]}…"


def _table(*columns: str) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for place, column in enumerate(columns):
        justify: JustifyMethod = "right" if column.startswith("#") else "left"
        # On a narrow terminal the first column is folded, so that every number is whole.
        table.add_column(column.lstrip("#"), justify=justify, no_wrap=place > 0, overflow="fold")
    return table
