"""The drift between surveys in sentences: what looks wrong, and in which survey."""

from collections import Counter
from typing import Any

from janus_warehouse.surveys.figures import Row, SurveyFigures

QUIET = ("none", "too_few")
FINDINGS = {
    "unit_changed": "the unit looks changed",
    "out_of_range": "many answers are out of range",
    "codes_swapped": "two codes look swapped",
    "level_changed": "the level is quite another",
    "shares_changed": "the distribution is quite another",
}


def suspicions(figures: SurveyFigures) -> list[dict[str, Any]]:
    """Return the pairs of surveys with a finding, each with its sentence, the gravest first."""
    order = list(FINDINGS)
    found = [
        {**row, "looks": FINDINGS[row["finding"]], "why": sentence(row)}
        for row in figures.drift
        if row["finding"] not in QUIET
    ]
    return sorted(found, key=lambda row: (order.index(row["finding"]), row["variable"]))


def suspects(figures: SurveyFigures) -> list[tuple[str, int, list[str]]]:
    """Return the surveys that look wrong: id, number of variables, and those variables."""
    pairs = {
        (row["suspect_survey_id"], row["variable"])
        for row in figures.drift
        if row["suspect_survey_id"]
    }
    counted = Counter(survey for survey, _ in pairs)
    return [
        (survey, many, sorted(variable for of, variable in pairs if of == survey))
        for survey, many in sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    ]


def sentence(row: Row) -> str:
    """Return why a pair of surveys was flagged, with the figures that it stands on."""
    finding = row["finding"]
    if finding == "codes_swapped":
        return (
            f"exchanging the codes {row['swapped_codes'].replace(', ', ' and ')} brings the "
            f"distance of the shares from {row['shares_difference']:.2f} to "
            f"{row['shares_difference_swapped']:.2f}"
        )
    if finding == "shares_changed":
        return f"the distance of the shares is {row['shares_difference']:.2f}"
    told = []
    if row["median_ratio"] is not None:
        told.append(f"median {_short(row['median_before'])} before, {_short(row['median'])} after")
    if finding == "unit_changed":
        told.append(f"factor {_short(row['likely_factor'])}: {row['factor_meaning']}")
    if finding == "level_changed":
        told.append(f"{abs(row['standardised_difference']):.1f} standard deviations apart")
    before, after = row["percent_out_of_range_before"], row["percent_out_of_range"]
    if before or after:
        told.append(f"out of range {before:.1f} % before, {after:.1f} % after")
    return "; ".join(told)


def _short(number: Any) -> str:
    return f"{float(number):.6g}"
