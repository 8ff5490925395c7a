"""The figures of a return's quality page: of the analytes, plates, controls and corrections."""

import csv
import math
from bisect import bisect
from dataclasses import dataclass

from janus_warehouse.assays.corrections import Corrections, NothingCorrectedError, corrections_of
from janus_warehouse.assays.marts import Row, reading_marts, rows
from janus_warehouse.assays.platforms import IN_LAKE
from janus_warehouse.assays.quality import queries
from janus_warehouse.assays.quality.errors import NoQualityError
from janus_warehouse.platform.database import Role, connect
from janus_warehouse.platform.settings import get_settings

LEVELS = (
    ("−−", "less than half"), ("−", "half to 0.8 times"), ("·", "0.8 to 1.25 times"),
    ("+", "1.25 to 2 times"), ("++", "more than twice"),
)  # fmt: skip
"""Signs and words of the classes in which the level of a well is told."""
_BETWEEN = tuple(math.log(factor) for factor in (0.5, 0.8, 1.25, 2))

LEAST_RESULTS = 10
"""Of fewer results no median is told. The median of an odd number is the number of a sample, so
it is told to three digits."""

LEAST_POINTS = 6
"""Of fewer values of a control no limits are drawn."""


@dataclass(frozen=True)
class QualityFigures:
    """What the page of a return shows.

    Attributes:
        returned: The return: delivery, laboratory, project, platform.
        build_id: Build that made the marts; None when the ledger knows none.
        analytes: Rows of `fct_assay_qc`, what wants looking at first, each with `marks`.
        runs: Rows of `dim_assay_runs`.
        plates: Each with `plate_id`, `times` (its level against all) and its `wells`, by name:
            `kind`, `is_repeated`, and `level`, a place in `LEVELS` or None without a result.
        controls: One per analyte and control, with its values in the order of the runs; of a
            matrix the sums of controls, and of plates, and the shares that were detected.
        limits: Of `assay_limits`, with their meaning.
        corrections: What a return that corrects another changes.
    """

    returned: Row
    build_id: str | None
    analytes: list[Row]
    runs: list[Row]
    plates: list[Row]
    controls: list[Row]
    limits: dict[str, tuple[float, str]]
    corrections: Corrections | None


def returns_in_force(delivery: str | None = None) -> list[Row]:
    """Return the returns that `fct_assay_qc` tells of, all or the one that is named.

    Raises:
        NoQualityError: The one that is named is not among them.
        NoMartsError: The marts have not been built.
    """
    with reading_marts("returned results", Role.transformer) as connection:
        found = rows(connection, queries.RETURNS, {"delivery": delivery})
    if delivery is not None and not found:
        raise NoQualityError(
            f"{delivery}: expected a return whose results count, found none in fct_assay_qc. A "
            "refused or superseded return has no quality page; of one that was just accepted, run "
            "`janus build`; `janus deliveries` lists all"
        )
    return found


def latest_build() -> str | None:
    """Return the build that last made `fct_assay_qc`, None when none has."""
    with connect(Role.transformer) as connection:
        found = connection.execute(queries.BUILD).fetchone()
    return found[0] if found else None


def read_figures(returned: Row) -> QualityFigures:
    """Return the figures of a return.

    Args:
        returned: As `returns_in_force` gives it.

    Raises:
        NoMartsError: A model that is asked has not been built.
    """
    delivery, build_id = returned["delivery_id"], latest_build()
    asked = {"delivery": delivery, "least": LEAST_RESULTS}
    is_wide, limits = returned["platform"] in IN_LAKE, assay_limits()
    with reading_marts("returned results", Role.transformer) as connection:
        analytes = rows(connection, queries.ANALYTES, asked)
        runs = rows(connection, queries.RUNS, asked)
        wells = rows(connection, queries.TOTAL_WELLS if is_wide else queries.WELLS, asked)
        levels = rows(connection, queries.TOTAL_PLATES if is_wide else queries.PLATES, asked)
        controls = (
            list(map(_blurred_medians, rows(connection, queries.TOTAL_CONTROLS, asked)))
            if is_wide
            else rows(connection, queries.CONTROLS, asked)
        )
    for row in analytes:
        row["median_value"] = _blurred(row["median_value"], row["n_values"])
        row["marks"] = marks_of(row, {name: value for name, (value, _) in limits.items()})
    return QualityFigures(
        returned, build_id, analytes, runs, _plates(runs, wells, levels), controls, limits,
        _corrections(delivery) if returned["supersedes"] else None,
    )  # fmt: skip


def assay_limits() -> dict[str, tuple[float, str]]:
    """Return the limits of quality figures and what each means, by name."""
    path = get_settings().metadata_dir / "analytes" / "assay_limits.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["assay_limit"]: (float(row["limit_value"]), row["meaning"])
            for row in csv.DictReader(file)
        }


def marks_of(row: Row, limits: dict[str, float]) -> dict[str, str]:
    """Return the figures of an analyte that are beyond a limit, each with the reason in words."""
    marks = {}
    if row["call_rate"] < limits["least_call_rate"]:
        marks["call_rate"] = f"below {limits['least_call_rate']:.0%}"
    for name in ("cv_within_plate", "cv_between_plates", "cv_controls"):
        if row[name] is not None and row[name] > limits["largest_cv"]:
            marks[name] = f"above {limits['largest_cv']:.0%}"
    if row["is_drifting"]:
        off = row["largest_plate_deviation"] or 0
        is_off = off >= limits["largest_plate_deviation"]
        marks["is_drifting"] = "a plate lies off" if is_off else "plates follow their order"
    return marks


def _blurred(median: float | None, n_values: int) -> float | None:
    return None if median is None or n_values < LEAST_RESULTS else float(f"{median:.3g}")


def level_of(difference: float | None) -> int | None:
    """Return the class of a difference of logarithms, a place in `LEVELS`."""
    return None if difference is None else bisect(_BETWEEN, difference)


def _blurred_medians(control: Row) -> Row:
    """Return a chart whose medians of samples are told to three digits."""
    if control["control"] != queries.OF_SAMPLES:
        return control
    return control | {"logs": [math.log(float(f"{math.exp(log):.3g}")) for log in control["logs"]]}


def _plates(runs: list[Row], wells: list[Row], levels: list[Row]) -> list[Row]:
    """Return the plates in the order of the runs."""
    times = {row["plate_id"]: math.exp(row["level"]) for row in levels if row["level"] is not None}
    by_plate: dict[str, Row] = {}
    for well in wells:
        by_plate.setdefault(well["plate_id"], {})[well["well"]] = {
            "kind": well["kind"], "is_repeated": bool(well["is_repeated"]),
            "level": level_of(well["level"]), "n_values": well["n_values"],
            "n_measured": well["n_measured"],
        }  # fmt: skip
    in_order = dict.fromkeys(run["plate_id"] for run in runs)
    return [
        {"plate_id": plate, "times": times.get(plate), "wells": by_plate[plate]}
        for plate in in_order if plate in by_plate
    ]  # fmt: skip


def _corrections(delivery: str) -> Corrections | None:
    try:
        return corrections_of(delivery)
    except NothingCorrectedError:
        return None
