"""What is known of the surveys: the marts of completeness, plausibility and drift, and one figure.

The figure "completeness of standardised variables" is defined in `completeness_of`.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.rows import dict_row

from janus_warehouse.errors import NotAvailableError
from janus_warehouse.metadata.located import read_yaml
from janus_warehouse.platform.database import Role, connect
from janus_warehouse.platform.settings import get_settings
from janus_warehouse.surveys.definition import CrossCheck

Row = dict[str, Any]

REASONS = {
    "n_values": "value",
    "n_not_answered": "not answered",
    "n_not_asked": "not asked",
    "n_refused": "refused",
    "n_unknown": "unknown",
    "n_out_of_range": "out of range",
    "n_inconsistent": "inconsistent",
    "n_not_applicable": "not applicable",
}
"""The columns of `fct_completeness` that add up to the attenders, in words."""

DEFINITION = (
    "Completeness of standardised variables: of the attenders of a survey whom a question "
    "concerns, the percentage with a standardised value, over every survey and variable that the "
    "survey's questions can tell (status complete or partial). Whom a question does not concern "
    "(a never-smoker's cigarettes per day) is left out, a refusal or an unreadable answer is not."
)

_TABLES = {
    "completeness": (
        "select * from marts.fct_completeness order by collection_id, survey_id, variable"
    ),
    "plausibility": (
        "select * from marts.fct_survey_plausibility order by collection_id, survey_id, check_id"
    ),
    "drift": (
        "select * from marts.fct_survey_drift "
        "order by collection_id, variable, survey_id, previous_survey_id"
    ),
    "surveys": (
        "select * from marts.dim_surveys order by collection_id, first_year, last_year, survey_id"
    ),
    "variables": "select * from marts.dim_variables order by family, variable",
}


@dataclass(frozen=True)
class Share:
    """Values among the answers that there could be."""

    values: int
    possible: int

    @property
    def percent(self) -> float | None:
        return round(100 * self.values / self.possible, 1) if self.possible else None


@dataclass(frozen=True)
class SurveyFigures:
    """The rows of the marts, each as its columns."""

    completeness: list[Row]
    plausibility: list[Row]
    drift: list[Row]
    surveys: list[Row]
    variables: list[Row]
    build_id: str | None = None
    limits: dict[str, tuple[float, str]] = field(default_factory=dict)
    check_labels: dict[str, str] = field(default_factory=dict)


def can_be_told(cell: Row) -> bool:
    """Tell whether a survey has attenders and questions for a variable."""
    return bool(cell["n_attenders"]) and cell["status"] != "impossible"


def concerned(cell: Row) -> int:
    """Return the attenders whom a question concerns."""
    return int(cell["n_attenders"] - cell["n_not_applicable"])


def completeness_of(cells: Iterable[Row]) -> Share:
    """Return the bank's figure over some cells of the matrix: see `DEFINITION`."""
    told = [cell for cell in cells if can_be_told(cell)]
    return Share(sum(cell["n_values"] for cell in told), sum(map(concerned, told)))


def read_figures() -> SurveyFigures:
    """Return the rows of the marts, and the build that they are of.

    Raises:
        NotAvailableError: No database answers, or a mart that the page shows was never built.
    """
    with connect(Role.reader) as connection, connection.transaction():
        try:
            rows = {name: _rows(connection, query) for name, query in _TABLES.items()}
        except psycopg.errors.UndefinedTable:
            raise NotAvailableError(
                "expected the marts about surveys, found not all of them; run `janus build`"
            ) from None
        build_id = latest_build(connection)
    return SurveyFigures(
        **rows, build_id=build_id, limits=drift_limits(), check_labels=_check_labels()
    )


def drift_limits() -> dict[str, tuple[float, str]]:
    """Return each threshold of the drift with what it is, as the models read them."""
    path = get_settings().metadata_dir / "classifications" / "drift_limits.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        return {
            row["drift_limit"]: (float(row["limit_value"]), row["meaning"])
            for row in csv.DictReader(lines)
        }


def _check_labels() -> dict[str, str]:
    document = read_yaml(get_settings().metadata_dir / "harmonisation" / "checks.yaml")
    checks, _ = document.entries(CrossCheck)
    return {name: check.label.en for name, check in checks.items()}


def latest_build(connection: psycopg.Connection[Any]) -> str | None:
    """Return the build that last made the matrix, None when no build has."""
    found = connection.execute(
        "select run_id from ops.check_results where run_kind = 'build' "
        "and subject = 'fct_completeness' and rule_id = 'is_built' and outcome = 'passed' "
        "order by checked_at desc limit 1"
    ).fetchone()
    return found[0] if found else None


def _rows(connection: psycopg.Connection[Any], query: str) -> list[Row]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query).fetchall()
