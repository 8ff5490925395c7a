"""The page of the surveys: completeness, plausibility and drift, and the same as JSON.

Both are internal: small counts stand in them as they are. What is published of the matrix is in
the catalogue, where the small-count guard has been before.
"""

import json
from datetime import date
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from janus_warehouse.errors import NotAvailableError
from janus_warehouse.platform.database import Role, connect
from janus_warehouse.platform.files import replace_text
from janus_warehouse.platform.settings import get_settings
from janus_warehouse.surveys import drift, matrix
from janus_warehouse.surveys.figures import (
    DEFINITION,
    REASONS,
    Row,
    SurveyFigures,
    can_be_told,
    completeness_of,
    latest_build,
    read_figures,
)

PAGE = "index.html"
DOCUMENT = "completeness.json"
MOST_OUT_OF_RANGE = 20


def survey_folder() -> Path:
    """Return the folder of the pages about surveys."""
    return get_settings().reports_dir / "surveys"


def write_survey_report() -> Path:
    """Write the page and the document from the marts as they are, and return the page.

    Raises:
        NotAvailableError: No database answers.
    """
    figures = read_figures()
    folder = survey_folder()
    folder.mkdir(parents=True, exist_ok=True)
    replace_text(folder / PAGE, survey_page(figures))
    # The document last: it tells that the page is of the same build.
    text = json.dumps(survey_document(figures), indent=1, default=_plain, ensure_ascii=False)
    replace_text(folder / DOCUMENT, text + "\n")
    return folder / PAGE


def write_missing_survey_report() -> Path | None:
    """Write the page when a build has made the matrix since; return it, None when it is current."""
    with connect(Role.reader) as connection:
        build_id = latest_build(connection)
    if build_id is None or reported_build() == build_id:
        return None
    try:
        return write_survey_report()
    except NotAvailableError:
        # A build of chosen models may have left out marts that the page shows.
        return None


def reported_build() -> str | None:
    """Return the build that the page and the document are of, None when they are not there."""
    try:
        told = json.loads((survey_folder() / DOCUMENT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return told.get("build_id") if (survey_folder() / PAGE).exists() else None


def survey_document(figures: SurveyFigures) -> dict[str, Any]:
    """Return what the document says: the figure with its parts, and the rows of the marts."""
    return {
        "build_id": figures.build_id,
        "definition": DEFINITION,
        "completeness_of_standardised_variables": _headline(figures.completeness),
        "by_collection": {
            collection: _headline(cells)
            for collection, cells in _grouped(figures.completeness, "collection_id").items()
        },
        "by_survey": {
            survey: _headline(cells)
            for survey, cells in _grouped(figures.completeness, "survey_id").items()
        },
        "suspects": [
            {"survey_id": survey, "variables": variables}
            for survey, _, variables in drift.suspects(figures)
        ],
        "drift_limits": {name: value for name, (value, _) in figures.limits.items()},
        "completeness": figures.completeness,
        "plausibility": figures.plausibility,
        "drift": figures.drift,
    }


def survey_page(figures: SurveyFigures) -> str:
    """Return the page; everything is inline and nothing is fetched."""
    template = resources.files(__package__).joinpath("page.html.jinja").read_text(encoding="utf-8")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["thousands"] = lambda value: f"{value:,.0f}"
    environment.filters["percent"] = lambda value: "–" if value is None else f"{value:.1f} %"
    environment.filters["figure"] = lambda value: "–" if value is None else f"{float(value):.4g}"
    surveys = {survey["survey_id"]: survey for survey in figures.surveys}
    return environment.from_string(template).render(
        figures=figures,
        surveys=figures.surveys,
        name_of=lambda survey_id: surveys[survey_id]["label_en"],
        labels={row["variable"]: row["label_en"] for row in figures.variables},
        families=matrix.families(figures),
        reasons=REASONS,
        reasons_chart=matrix.reasons_chart,
        survey_label=lambda survey: survey["label_en"],
        states=matrix.STATES,
        steps=range(matrix.STEPS),
        definition=DEFINITION,
        headline=_headline(figures.completeness),
        by_survey=_headlines(figures),
        checks=_checks(figures),
        out_of_range=matrix.out_of_range(figures, MOST_OUT_OF_RANGE),
        suspicions=drift.suspicions(figures),
        suspects=drift.suspects(figures),
    )


def _headline(cells: list[Row]) -> dict[str, Any]:
    share = completeness_of(cells)
    told = [cell for cell in cells if can_be_told(cell)]
    return {
        "percent": share.percent,
        "values": share.values,
        "answers_possible": share.possible,
        "cells": len(cells),
        "cells_told": len(told),
        "cells_partial": sum(cell["status"] == "partial" for cell in told),
        "cells_impossible": sum(cell["status"] == "impossible" for cell in cells),
        "cells_awaited": sum(
            cell["status"] != "impossible" and not cell["n_attenders"] for cell in cells
        ),
    }


def _headlines(figures: SurveyFigures) -> list[dict[str, Any]]:
    """Return the figure of each survey, in the order of the heat map."""
    cells = _grouped(figures.completeness, "survey_id")
    return [
        {
            "survey": survey,
            "attenders": max((cell["n_attenders"] for cell in of), default=0),
            **_headline(of),
        }
        for survey in figures.surveys
        for of in [cells.get(survey["survey_id"], [])]
    ]


def _checks(figures: SurveyFigures) -> list[dict[str, Any]]:
    """Return each cross-check with what it found in every survey that it could ask."""
    by_check = _grouped(figures.plausibility, "check_id")
    return [
        {
            "check_id": check_id,
            "label": figures.check_labels.get(check_id, check_id),
            "blanks": rows[0]["blanks"],
            "by_survey": {row["survey_id"]: row for row in rows},
        }
        for check_id, rows in by_check.items()
    ]


def _grouped(rows: list[Row], key: str) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row[key], []).append(row)
    return grouped


def _plain(value: Any) -> Any:
    """Return a value of the database as JSON has it; numbers stay numbers."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")
