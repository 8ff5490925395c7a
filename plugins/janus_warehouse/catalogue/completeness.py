"""The completeness matrix as it may be published: every count has passed the small-count rule.

A published cell tells attenders, values and so also how many have none: where either is small, or
nobody, all of it is withheld. The bank's figure is worked out from the cells that are shown, so
nothing can be had from it by subtraction.
"""

from collections.abc import Sequence
from decimal import Decimal

from janus_warehouse.catalogue.figures import csv_bytes
from janus_warehouse.catalogue.inputs import SurveyCell
from janus_warehouse.catalogue.mapping import Record
from janus_warehouse.disclosure import safe_count, suppress_small_counts

METRIC = "completeness_of_standardised_variables"
METRIC_RECORD: Record = {
    "label": {
        "nb": "Kompletthet av standardiserte variabler",
        "en": "Completeness of standardised variables",
    },
    "definition": {
        "nb": "Prosent av deltakerne et spørsmål gjelder, som har en standardisert verdi, over "
        "alle undersøkelser og variabler der undersøkelsen kan fortelle variabelen. Celler med små "
        "tall er holdt utenfor.",
        "en": "Percent of the attenders whom a question concerns that have a standardised value, "
        "over all surveys and variables of which the survey can tell the variable. Cells with "
        "small counts are left out.",
    },
    "type": "http://www.w3.org/2001/XMLSchema#decimal",
    "dimension": "http://www.w3.org/2016/05/ldqd#completeness",
}
"""What the figure is, for whoever reads the catalogue."""

_HEADER = (
    "survey", "variable", "status", "rule", "unit", "first_year", "last_year", "attenders",
    "values", "percent_missing", "counts", "question",
)  # fmt: skip


def shown_counts(cell: SurveyCell, minimum: int) -> tuple[int, int] | None:
    """Return attenders and values of a cell, None where they may not be shown."""
    parts = {("cell", "values"): cell.values, ("cell", "missing"): cell.attenders - cell.values}
    safe = suppress_small_counts(parts, minimum)
    if safe.withheld:
        return None
    return cell.attenders, cell.values


def completeness_csv(cells: Sequence[SurveyCell], minimum: int) -> bytes:
    """Return the matrix: one row per survey and variable, also where there can be no value.

    `counts` says whether the counts are shown, withheld, or whether there are none: the survey
    did not ask, or nobody of it has been delivered.
    """
    return csv_bytes(_HEADER, [_row(cell, minimum) for cell in cells])


def _row(cell: SurveyCell, minimum: int) -> tuple[object, ...]:
    shown = shown_counts(cell, minimum) if cell.is_told else None
    attenders, values, missing = "", "", ""
    if shown is not None:
        attenders, values = (str(count) for count in shown)
        missing = f"{100 * (1 - shown[1] / shown[0]):.1f}"
    counts = "none" if not cell.is_told else "withheld" if shown is None else "shown"
    return (
        cell.survey, cell.variable, cell.status, cell.rule, cell.unit or "", cell.first_year,
        cell.last_year, attenders, values, missing, counts, cell.question or "",
    )  # fmt: skip


def published_completeness(cells: Sequence[SurveyCell], minimum: int) -> Decimal | None:
    """Return the bank's figure in percent, None where there is nothing that may be shown."""
    shown = [cell for cell in cells if cell.is_told and shown_counts(cell, minimum)]
    spared = safe_count(sum(cell.not_applicable for cell in shown), minimum) or 0
    possible = sum(cell.attenders for cell in shown) - spared
    if possible <= 0:
        return None
    values = sum(cell.values for cell in shown)
    return Decimal(f"{min(100 * values / possible, 100):.1f}")


def quality_measurements(
    cells: Sequence[SurveyCell], minimum: int, dataset_iri: str
) -> dict[str, Record]:
    """Return the measurement of a dataset that has the matrix; nothing for any other."""
    percent = published_completeness(cells, minimum)
    if percent is None:
        return {}
    return {METRIC: {"metric": METRIC, "computed_on": dataset_iri, "value": percent}}
