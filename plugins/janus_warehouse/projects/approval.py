"""What one dataset of a specification would give away of what another holds back.

Each dataset may be well written, and two together still tell more than was approved: a table of
all tumours beside one that is restricted to a site, or an exact time between two dates of which
only one is to be exact.
"""

from collections.abc import Iterator

from janus_warehouse.projects.specification import Dataset, DatePrecision, Project
from janus_warehouse.releases.manifest import Release

Problem = tuple[tuple[str | int, ...], str]
"""A place in the specification and what is wrong there."""

TUMOUR = "tumour_id"

TIMES_BETWEEN = {
    "lead_days": ("draw_date", "incidence_date"),
    "lead_years": ("draw_date", "incidence_date"),
    "follow_up_years": ("entry_date", "exit_date"),
    "cancer_free_years": ("entry_date", "cancer_free_exit_date"),
}
"""Columns that give the days between two dates, and these dates."""


def approval_problems(project: Project, release: Release) -> Iterator[Problem]:
    """Yield where datasets that are right by themselves tell too much together."""
    for index, dataset in enumerate(project.datasets):
        yield from _tumour_problems(("datasets", index), dataset, project, release)
        yield from _time_problems(("datasets", index), dataset, project)


def _tumour_problems(
    at: tuple[str | int, ...], dataset: Dataset, project: Project, release: Release
) -> Iterator[Problem]:
    if not _has_tumours(dataset, release):
        if dataset.tumours_of is not None:
            yield (*at, "tumours_of"), f"{dataset.mart} has no tumours"
        return
    others = {other.name: other for other in project.datasets if other.name != dataset.name}
    if dataset.tumours_of is not None:
        other = others[dataset.tumours_of]
        if not _has_tumours(other, release):
            yield (*at, "tumours_of"), f"{other.mart} of {other.name} has no tumours"
        if other.tumours_of is not None:
            yield (
                (*at, "tumours_of"),
                f"{other.name} has tumours_of itself: name {other.tumours_of}",
            )
        return
    restricted = sorted(
        name for name, other in others.items() if other.only and _has_tumours(other, release)
    )
    if restricted and not dataset.only:
        yield (
            (*at, "mart"),
            f"{dataset.mart} would tell of tumours that {', '.join(restricted)} holds back: say "
            f"`tumours_of: {restricted[0]}`, or restrict it under only",
        )


def _has_tumours(dataset: Dataset, release: Release) -> bool:
    table = release.tables.get(dataset.mart)
    return table is not None and TUMOUR in table.column_names


def _time_problems(
    at: tuple[str | int, ...], dataset: Dataset, project: Project
) -> Iterator[Problem]:
    exact = {
        name
        for each in project.datasets
        for name, precision in each.dates.items()
        if precision is DatePrecision.exact
    }
    for position, column in enumerate(dataset.columns):
        ends = TIMES_BETWEEN.get(column, ())
        given, hidden = sorted(set(ends) & exact), sorted(set(ends) - exact)
        if given and hidden:
            yield (
                (*at, "columns", position),
                f"{column} beside the exact {given[0]} tells the exact {hidden[0]}, which is not "
                f"approved: give both dates exactly or neither, or leave {column} out",
            )
