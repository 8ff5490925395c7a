"""What the page about surveys shows of given figures, and how the bank's figure is worked out."""

import json
import re

import pytest

from janus_warehouse.surveys import drift, matrix
from janus_warehouse.surveys.figures import (
    REASONS,
    SurveyFigures,
    completeness_of,
    drift_limits,
)
from janus_warehouse.surveys.report import survey_document, survey_page

SURVEYS = [
    {"survey_id": name, "collection_id": "janus", "label_en": label, "label_nb": label,
     "description": "Men in Oslo.", "first_year": year, "last_year": year + 1}
    for name, label, year in (("old", "The old one", 1972), ("new", "The new one", 2000))
]  # fmt: skip
VARIABLES = [
    {"variable": name, "family": family, "label_en": label, "label_nb": label, "unit": unit,
     "description_en": "What it is.", "description_nb": "Hva det er."}
    for name, family, label, unit in (
        ("height_cm", "body", "Height", "cm"),
        ("cigarettes_per_day", "smoking", "Cigarettes", None),
    )
]  # fmt: skip


def cell(survey, variable, *, status="complete", **counts):
    told = dict.fromkeys(REASONS, 0) | {f"n_{reason}": n for reason, n in counts.items()}
    attenders = sum(told.values())
    return {
        "collection_id": "janus", "survey_id": survey, "variable": variable, "status": status,
        "rule": "impossible" if status == "impossible" else "direct", "n_attenders": attenders,
        **told, "percent_missing": 100 * (attenders - told["n_values"]) / (attenders or 1),
        "first_year": 1972, "last_year": 1973, "unit": "cm", "question": "How <tall> are you?",
    }  # fmt: skip


def figures(cells, drift_rows=()):
    return SurveyFigures(
        completeness=list(cells), plausibility=[], drift=list(drift_rows), surveys=SURVEYS,
        variables=VARIABLES, build_id="build-1", limits=drift_limits(),
    )  # fmt: skip


CELLS = [
    cell("old", "height_cm", values=90, refused=6, out_of_range=4),
    cell("new", "height_cm"),
    cell("old", "cigarettes_per_day", values=30, not_answered=10, not_applicable=60,
         status="partial"),
    cell("new", "cigarettes_per_day", status="impossible"),
]  # fmt: skip


EMPTY = dict.fromkeys(
    ("median_before", "median", "median_ratio", "standardised_difference",
     "percent_out_of_range_before", "percent_out_of_range", "shares_difference",
     "shares_difference_swapped", "likely_factor", "factor_meaning", "swapped_codes",
     "suspect_survey_id")
)  # fmt: skip


def pair(**told):
    return EMPTY | {
        "collection_id": "janus", "variable": "height_cm", "previous_survey_id": "old",
        "survey_id": "new", "n_values_before": 300, "n_values": 400, "finding": "none", **told,
    }  # fmt: skip


def test_the_figure_leaves_out_whom_a_question_does_not_concern():
    # 90 of 100 and 30 of 40; what is impossible or has nobody yet does not count against it.
    assert completeness_of(CELLS).percent == pytest.approx(100 * 120 / 140, abs=0.05)
    assert completeness_of(CELLS[1:2]).percent is None


@pytest.mark.parametrize(
    ("given", "state"),
    [
        (CELLS[0], "told"),
        (CELLS[1], "awaited"),
        (CELLS[2], "partial"),
        (CELLS[3], "impossible"),
        (cell("old", "height_cm", status="impossible", not_asked=9), "impossible"),
        (cell("old", "height_cm", not_applicable=9), "nobody"),
    ],
)
def test_a_cell_is_shown_by_what_it_can_tell(given, state):
    assert matrix.state_of(given) == state


def test_every_state_is_told_in_words_and_signs_beside_the_colour():
    page = survey_page(figures(CELLS))
    heat = page[page.index('id="heat"') : page.index('id="details"')]
    cells = re.findall(r'<td class="cell (\w+)[^"]*"[^>]*title="([^"]*)">([^<]*)</td>', heat)

    assert [(state, sign) for state, _, sign in cells] == [
        ("told", "90"), ("awaited", "···"), ("partial", "75"), ("impossible", "–"),
    ]  # fmt: skip
    assert "100 attenders: value 90, refused 6, out of range 4" in cells[0][1]
    assert "not delivered yet" in cells[1][1]
    assert "not applicable 60" in cells[2][1]
    assert "did not ask" in cells[3][1]


def test_questions_cannot_break_out_of_the_page_and_nothing_is_fetched():
    page = survey_page(figures(CELLS))

    assert "How <tall>" not in page and "How &lt;tall&gt; are you?" in page
    assert re.findall(r"(?:src|href)=\"(?:https?:)?//", page) == []
    assert "@import" not in page and "url(" not in page


def test_the_page_says_what_leaves_the_house_and_how_the_figure_is_defined():
    page = survey_page(figures(CELLS))

    assert "Internal: small counts are shown" in page
    assert "of the attenders of a survey whom a question concerns" in page
    assert "85.7 %" in page


def test_the_survey_that_looks_wrong_is_named_with_the_reason():
    found = figures(CELLS, [
        pair(finding="unit_changed", median_before=178, median=17.8, median_ratio=0.1,
             likely_factor=10, factor_meaning="tens", suspect_survey_id="new",
             percent_out_of_range_before=0, percent_out_of_range=12.5),
        pair(variable="cigarettes_per_day", finding="codes_swapped", shares_difference=0.31,
             shares_difference_swapped=0.02, swapped_codes="former, never"),
        pair(finding="none"), pair(finding="too_few"),
    ])  # fmt: skip

    assert drift.suspects(found) == [("new", 1, ["height_cm"])]
    first, second = drift.suspicions(found)
    assert first["why"] == (
        "median 178 before, 17.8 after; factor 10: tens; out of range 0.0 % before, 12.5 % after"
    )
    assert second["why"] == (
        "exchanging the codes former and never brings the distance of the shares from 0.31 to 0.02"
    )
    page = survey_page(found)
    assert "Which of the surveys looks wrong?" in page and "cannot be told" in page
    assert "No survey looks wrong." in survey_page(figures(CELLS))


def test_the_document_counts_cells_by_what_they_can_tell():
    document = survey_document(figures(CELLS))
    headline = document["completeness_of_standardised_variables"]

    assert headline == {
        "percent": 85.7, "values": 120, "answers_possible": 140, "cells": 4, "cells_told": 2,
        "cells_partial": 1, "cells_impossible": 1, "cells_awaited": 1,
    }  # fmt: skip
    assert document["by_survey"]["new"]["percent"] is None
    assert json.loads(json.dumps(document))["completeness"] == CELLS
