"""Does a release hold what a specification asks for, and may it leave?"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import psycopg
from psycopg import sql

from janus_warehouse.platform.database import Role, connect
from janus_warehouse.projects.approval import Problem, approval_problems
from janus_warehouse.projects.cohort import cohort_query
from janus_warehouse.projects.columns import (
    DATE_TYPES,
    DELIVERABLE_TYPES,
    NEVER_DELIVERED,
    base_type,
    delivered_name,
)
from janus_warehouse.projects.errors import ProjectExpiredError, ProjectRefusedError
from janus_warehouse.projects.lake import analyte_problems, lake_problems
from janus_warehouse.projects.loading import ReadProject, load_project, load_projects
from janus_warehouse.projects.reasons import reason_problems
from janus_warehouse.projects.specification import Dataset, Flags, Project
from janus_warehouse.releases.errors import UnknownReleaseError
from janus_warehouse.releases.ledger import find_release, list_releases
from janus_warehouse.releases.manifest import Release, Table

DONOR_KEYS = ("donor_id", "draw_id")
"""How a mart knows its donor: by itself, or through the blood draw."""

APPROVED_BY_VALUE = frozenset({"variable", "analyte_id"})
"""Each value of these columns is a variable of its own, which has to be approved by name."""


@dataclass(frozen=True)
class CheckedProject:
    """A specification that a release can serve."""

    project: Project
    release: Release
    donors: int
    datasets: dict[str, int] = field(default_factory=dict)
    """Columns delivered of each dataset."""


def check_project(project_id: str, release_name: str | None = None) -> CheckedProject:
    """Return a project after every name in its specification was found in the release.

    Args:
        project_id: The file in `metadata/projects`.
        release_name: By default the newest release.

    Raises:
        UnknownProjectError, ProjectSpecificationError: The file is missing or wrong.
        UnknownReleaseError: There is no such release, or none at all.
        ProjectExpiredError: The approval has ended.
        ProjectRefusedError: It asks for what is not there or must not leave; all problems are
            listed with file and line.
    """
    read = load_project(project_id)
    release = find_release(release_name or newest_release_name(), Role.extractor)
    refuse_expired(read, date.today())
    with connect(Role.extractor) as connection:
        connection.execute("set transaction read only")
        donors = check_against(connection, read, release)
    columns = {dataset.name: len(dataset.columns) for dataset in read.project.files}
    return CheckedProject(read.project, release, donors, columns)


def projects_for(release_name: str) -> list[Project]:
    """Return the projects that can have an extract of a release today.

    That is every project whose approval runs and whose collection the release holds; a release
    of one collection does not fail the projects of another.
    """
    release = find_release(release_name, Role.extractor)
    with connect(Role.extractor) as connection:
        query = sql.SQL("select distinct collection_id from {}").format(
            sql.Identifier(release.schema, "dim_donors")
        )
        held = {row[0] for row in connection.execute(query)}
    today = date.today()
    return [
        project
        for project in load_projects()
        if project.cohort.collection in held and not project.expired(today)
    ]


def newest_release_name() -> str:
    """Return the name of the newest release.

    Raises:
        UnknownReleaseError: None was cut yet.
    """
    releases = list_releases(Role.extractor)
    if not releases:
        raise UnknownReleaseError("no release was cut yet: run `janus release cut <year>.<number>`")
    return releases[-1].name


def refuse_expired(read: ReadProject, today: date) -> None:
    """Raise when the approval of a project has ended.

    Raises:
        ProjectExpiredError: Its last day was before `today`.
    """
    if read.project.expired(today):
        raise ProjectExpiredError(
            f"{read.place('valid_until')}: the approval of {read.project.project_id} ended on "
            f"{read.project.valid_until}: nothing is delivered without a new approval; when there "
            "is one, change valid_until and the ethics reference"
        )


def check_against(connection: psycopg.Connection[Any], read: ReadProject, release: Release) -> int:
    """Return the number of donors of the cohort, withdrawn ones included, if all is well.

    Raises:
        ProjectRefusedError: With every problem found.
    """
    problems = [*_cohort_problems(read.project, release)]
    for index, dataset in enumerate(read.project.datasets):
        problems += _dataset_problems(index, dataset, release)
    problems += approval_problems(read.project, release)
    for index, lake_dataset in enumerate(read.project.lake_datasets):
        problems += lake_problems(index, lake_dataset, release)
    if not problems:
        problems += _value_problems(connection, read.project, release)
        problems += analyte_problems(read.project, release)
    donors = 0
    if not problems:
        donors = _count_donors(connection, read.project, release)
        if donors == 0:
            problems.append((("cohort",), "expected donors, found none that satisfy it"))
    if problems:
        raise ProjectRefusedError(
            "\n".join(
                f"{read.place(*place)}: {'.'.join(map(str, place))}: {message}"
                for place, message in problems
            )
        )
    return donors


def _cohort_problems(project: Project, release: Release) -> Iterator[Problem]:
    for mart, columns in cohort_query(project.cohort, release.schema).reads.items():
        table = release.tables.get(mart)
        if table is None:
            yield ("cohort",), f"needs {mart}, which release {release.name} does not have"
            continue
        for column in sorted(columns - set(table.column_names)):
            yield ("cohort",), f"needs column {column}, which {mart} does not have"


def _dataset_problems(index: int, dataset: Dataset, release: Release) -> Iterator[Problem]:
    at = ("datasets", index)
    table = release.tables.get(dataset.mart)
    if table is None:
        marts = ", ".join(sorted(release.tables))
        yield (*at, "mart"), f"no {dataset.mart} in release {release.name} (there are: {marts})"
        return
    if "donor_id" not in table.column_names and "draw_id" in table.column_names:
        draws = release.tables.get("dim_draws")
        if draws is None or "donor_id" not in draws.column_names:
            yield (*at, "mart"), f"{dataset.mart} knows its donor by dim_draws, which is missing"
    if table.name.startswith("fct_") and not set(DONOR_KEYS) & set(table.column_names):
        yield (
            (*at, "mart"),
            f"{dataset.mart} counts people and has no donor: whose counts they are cannot be told. "
            "Ask for rows of donors; counts leave through the disclosure function alone",
        )
    known = {column.name: column for column in table.columns}
    for position, name in enumerate(dataset.columns):
        if name not in known:
            yield (*at, "columns", position), f"{dataset.mart} has no column {name}"
        else:
            place = (*at, "columns", position)
            yield from _column_problems(place, dataset, name, base_type(known[name].type))
    for name in dataset.only:
        if name not in known:
            yield (*at, "only", name), f"{dataset.mart} has no column {name}"
        elif base_type(known[name].type) != "text":
            yield (*at, "only", name), "only columns of text can be restricted to values"
    yield from _name_problems(at, dataset, table)
    yield from reason_problems(at, dataset, table)
    if dataset.flags != Flags():
        yield from _flag_problems((*at, "flags"), dataset, table, release)
    if set(DONOR_KEYS) & set(known):
        for key in sorted(APPROVED_BY_VALUE & set(known) - set(dataset.only)):
            yield (*at, "only"), f"say under only which values of {key} are approved"


def _flag_problems(
    at: tuple[str | int, ...], dataset: Dataset, table: Table, release: Release
) -> Iterator[Problem]:
    if "tumour_id" not in table.column_names:
        yield at, f"{dataset.mart} has no tumours, so there are no flags to keep or leave out"
    for mart in ("fct_case_flags", "dim_case_checks"):
        if mart not in release.tables:
            yield at, f"release {release.name} has no {mart}: it was cut before there were flags"


def _column_problems(
    place: tuple[str | int, ...], dataset: Dataset, name: str, type_name: str
) -> Iterator[Problem]:
    if name in NEVER_DELIVERED:
        yield place, f"{name} is never delivered: it could identify the donor or the tube"
    if type_name not in DELIVERABLE_TYPES:
        yield place, f"{name} is {type_name}, which an extract cannot hold: ask for a date instead"
    if type_name in DATE_TYPES and name not in dataset.dates:
        yield place, f"{name} is a date: say under dates how much of it is approved"
    if type_name not in DATE_TYPES and name in dataset.dates:
        yield place, f"{name} is {type_name} and no date: take it out of dates"


def _name_problems(at: tuple[str | int, ...], dataset: Dataset, table: Table) -> Iterator[Problem]:
    names = [delivered_name(name, dataset.dates.get(name)) for name in dataset.columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        yield (*at, "columns"), f"two columns would both be called {', '.join(twice)}"
    if not table.columns:
        yield (*at, "mart"), f"{dataset.mart} has no columns"


def _value_problems(
    connection: psycopg.Connection[Any], project: Project, release: Release
) -> Iterator[Problem]:
    """Yield the variables, analytes and other values that no row of the release has."""
    cohort = project.cohort
    wanted: list[tuple[tuple[str | int, ...], str, str, tuple[str, ...]]] = [
        (("cohort", "collection"), "dim_donors", "collection_id", (cohort.collection,)),
        (("cohort", "donor_groups"), "dim_donors", "donor_group", cohort.donor_groups),
        (
            ("cohort", "has_survey_answers"),
            "fct_survey_answers",
            "variable",
            cohort.has_survey_answers,
        ),
        (("cohort", "has_measurements"), "fct_measurements", "analyte_id", cohort.has_measurements),
    ]
    for index, dataset in enumerate(project.datasets):
        for column, rows in dataset.only.items():
            wanted.append((("datasets", index, "only", column), dataset.mart, column, rows.values))
        for key in ("leave_out", "keep"):
            codes: tuple[str, ...] = getattr(dataset.flags, key)
            wanted.append(
                (("datasets", index, "flags", key), "dim_case_checks", "rule_code", codes)
            )
    for place, mart, column, values in wanted:
        if values:
            absent = _absent(connection, release, mart, column, values)
            if absent:
                yield place, f"not in {mart}.{column} of this release: {', '.join(absent)}"


def _absent(
    connection: psycopg.Connection[Any],
    release: Release,
    mart: str,
    column: str,
    values: tuple[str, ...],
) -> list[str]:
    query = sql.SQL("select distinct {column} from {table} where {column} = any(%s)").format(
        column=sql.Identifier(column), table=sql.Identifier(release.schema, mart)
    )
    found = {row[0] for row in connection.execute(query, [list(values)])}
    return [value for value in values if value not in found]


def _count_donors(connection: psycopg.Connection[Any], project: Project, release: Release) -> int:
    cohort = cohort_query(project.cohort, release.schema)
    query = sql.SQL("select count(*) from ({}) as cohort").format(cohort.query)
    counted = connection.execute(query, cohort.parameters).fetchone()
    assert counted is not None
    return int(counted[0])
