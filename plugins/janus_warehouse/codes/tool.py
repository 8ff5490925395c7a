"""What every tool of `janus codes` is: columns it needs, columns it adds, one pure function."""

import importlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import polars as pl

from janus_warehouse.errors import WarehouseError

MODULES = {
    "icdo3-to-icd10": "icdo3_to_icd10",
    "icd7-to-icd10": "icd7_to_icd10",
    "primaries": "primaries",
    "case-checks": "case_checks",
    "national-id": "national_id",
    "municipality": "municipality",
}
"""The tools in the order of the help, and their modules in this package; each offers `TOOL`."""


class UnreadableRowsError(WarehouseError, ValueError):
    """Rows that a tool cannot work on: columns missing, or no header."""


@dataclass(frozen=True)
class CodeTool:
    """A pure rule over rows of text.

    Attributes:
        does: One line for the help.
        required: Columns that the rows must have, each with what it holds.
        adds: Columns of the answer, each with what it holds.
        run: From rows (all columns text, missing is null) to exactly the columns of `adds`, one
            row for each row, in the same order.
        optional: Columns that are used where they are present.
        example: Rows to try it on, as CSV.
        legend: The codes that can come out, with what they mean, by the title of their list.
            Made when the help is asked for.
    """

    does: str
    required: dict[str, str]
    adds: dict[str, str]
    run: Callable[[pl.DataFrame], pl.DataFrame]
    optional: dict[str, str] = field(default_factory=dict)
    example: str = ""
    legend: Callable[[], dict[str, dict[str, str]]] = dict

    def answer(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the rows as they came, with the columns of the answer behind them.

        Columns are found by name, whatever their case and order; those that the answer names
        anew are replaced, so that an answered file can be answered again.

        Raises:
            UnreadableRowsError: A required column is missing.
        """
        found = {name.strip().lower(): name for name in rows.columns}
        missing = [name for name in self.required if name not in found]
        if missing:
            raise UnreadableRowsError(
                f"expected the columns {', '.join(self.required)}, found "
                f"{', '.join(rows.columns) or 'none'}: {', '.join(missing)} missing in line 1. "
                "Name them there; other columns may stay"
            )
        known = [name for name in (*self.required, *self.optional) if name in found]
        asked = rows.select(
            pl.col(found[name]).str.strip_chars().replace("", None).alias(name) for name in known
        ).with_columns(
            pl.lit(None, dtype=pl.String).alias(name) for name in self.optional if name not in found
        )
        answered = self.run(asked).select(list(self.adds))
        kept = [name for name in rows.columns if name.strip().lower() not in self.adds]
        return pl.concat([rows.select(kept), answered], how="horizontal", strict=True)


def first_problem(problems: Iterable[tuple[pl.Expr, str]]) -> pl.Expr:
    """Return the words of the first condition that holds, as the column `problem`."""
    return pl.coalesce(
        pl.when(condition.fill_null(False)).then(pl.lit(words)) for condition, words in problems
    ).alias("problem")


def load_tool(name: str) -> CodeTool:
    """Return a tool by its name on the command line."""
    tool = importlib.import_module(f"janus_warehouse.codes.{MODULES[name]}").TOOL
    assert isinstance(tool, CodeTool)
    return tool
