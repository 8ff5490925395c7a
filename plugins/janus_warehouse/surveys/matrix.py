"""What the page shows of the completeness matrix: the heat map, and the details of a variable."""

from collections.abc import Callable
from typing import Any

from markupsafe import Markup

from janus_warehouse.linkages import charts
from janus_warehouse.surveys.figures import (
    REASONS,
    Row,
    SurveyFigures,
    can_be_told,
    completeness_of,
    concerned,
)

STEPS = 9
"""Shades of the heat map, from nobody to everybody."""
STATES = {
    "told": "percent with a value of those whom the question concerns",
    "partial": "the same, told in part only: the survey's answer is narrower than the variable",
    "nobody": "nobody whom the question concerns",
    "awaited": "not delivered yet",
    "impossible": "the survey did not ask or measure it",
}

Cells = dict[tuple[str, str, str], Row]


def state_of(cell: Row) -> str:
    """Return how a cell is shown, one of `STATES`."""
    if cell["status"] == "impossible":
        return "impossible"
    if not cell["n_attenders"]:
        return "awaited"
    if not concerned(cell):
        return "nobody"
    return "partial" if cell["status"] == "partial" else "told"


def families(figures: SurveyFigures) -> list[dict[str, Any]]:
    """Return the heat map: families with their variables, each with a cell for every survey."""
    cells: Cells = {(c["collection_id"], c["survey_id"], c["variable"]): c
                    for c in figures.completeness}  # fmt: skip
    grouped: dict[str, list[dict[str, Any]]] = {}
    for variable in figures.variables:
        row = [
            (
                survey,
                cells.get((survey["collection_id"], survey["survey_id"], variable["variable"])),
            )
            for survey in figures.surveys
        ]
        shown = [_cell(variable, survey, cell) for survey, cell in row if cell is not None]
        if shown:
            share = completeness_of(cell for _, cell in row if cell is not None)
            grouped.setdefault(variable["family"], []).append(
                {"variable": variable, "cells": shown, "share": share}
            )
    return [
        {
            "family": family,
            "name": family.replace("_", " ").capitalize(),
            "rows": rows,
            "share": completeness_of(cell["row"] for row in rows for cell in row["cells"]),
        }
        for family, rows in grouped.items()
    ]


def _cell(variable: Row, survey: Row, cell: Row) -> dict[str, Any]:
    state = state_of(cell)
    percent = completeness_of([cell]).percent
    return {
        "row": cell,
        "survey": survey,
        "state": state,
        "percent": percent,
        "step": None if percent is None else min(int(percent * STEPS / 100), STEPS - 1),
        "words": _words(variable, survey, cell, state),
    }


def _words(variable: Row, survey: Row, cell: Row, state: str) -> str:
    """Return the cell in one paragraph, as it is shown when somebody points at it."""
    told = [f"{variable['label_en']}, {survey['label_en']}"]
    if state in ("impossible", "awaited"):
        told.append(STATES[state])
    else:
        reasons = [f"{words} {cell[key]:,}" for key, words in REASONS.items() if cell[key]]
        told.append(f"{cell['n_attenders']:,} attenders: {', '.join(reasons)}")
    if cell["status"] != "impossible":
        told.append(f"rule {cell['rule']}, {cell['status']}")
    if cell["question"]:
        told.append(cell["question"].rstrip("."))
    return ". ".join(told) + "."


def reasons_chart(row: dict[str, Any], named: Callable[[Row], str]) -> Markup:
    """Return the stacked bars of a variable: by survey, who has a value and why others have none.

    Surveys that cannot tell the variable have no bar: theirs would say nothing but that.
    """
    bars = [
        (named(cell["survey"]), {key: float(cell["row"][key]) for key in REASONS})
        for cell in row["cells"]
        if can_be_told(cell["row"])
    ]
    return charts.stacked_bars(bars, REASONS) if bars else Markup("")


def out_of_range(figures: SurveyFigures, most: int) -> list[dict[str, Any]]:
    """Return the cells with the largest share of answers out of range, the worst first."""
    rows = [
        {**cell, "percent": 100 * cell["n_out_of_range"] / answers}
        for cell in figures.completeness
        if cell["n_out_of_range"]
        for answers in [cell["n_values"] + cell["n_out_of_range"]]
    ]
    rows.sort(key=lambda row: (-row["percent"], row["survey_id"], row["variable"]))
    return rows[:most]
