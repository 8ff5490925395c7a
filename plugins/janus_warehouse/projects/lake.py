"""Does a release hold the results of the lake that a specification asks for, and may they leave?"""

from collections.abc import Iterator

from janus_warehouse.projects.approval import Problem
from janus_warehouse.projects.columns import NEVER_DELIVERED
from janus_warehouse.projects.specification import LakeDataset, Project
from janus_warehouse.releases.manifest import Release

SAMPLES = "dim_shipments"
"""The mart that knows whose sample a study code is."""
_ITS_COLUMNS = {"collection_id", "study_code", "donor_id"}
_VALUE, _STATUS = "value_reported", "status_code"
_SHOWN = 10


def lake_problems(index: int, dataset: LakeDataset, release: Release) -> Iterator[Problem]:
    """Yield what of a dataset a release does not have or must not give, but for its analytes."""
    at = ("lake_datasets", index)
    samples = release.tables.get(SAMPLES)
    if samples is None or not set(samples.column_names) >= _ITS_COLUMNS:
        yield (*at, "lake"), f"release {release.name} has no {SAMPLES}, which knows whose samples"
    pinned = release.lake.get(dataset.lake)
    if pinned is None:
        there = ", ".join(sorted(release.lake)) or (
            "none: it was cut before releases pinned the lake, or no return was accepted"
        )
        yield (
            (*at, "lake"),
            f"release {release.name} pins no results of {dataset.lake} (there are: {there})",
        )
        return
    known = [column.name for column in pinned.columns]
    for position, name in enumerate(dataset.columns):
        place = (*at, "columns", position)
        if name in NEVER_DELIVERED:
            yield place, f"{name} is never delivered: it could identify the donor or the tube"
        elif name not in known:
            yield place, f"{pinned.name} has no column {name} (there are: {', '.join(known)})"
        elif name == _VALUE and _STATUS not in dataset.columns:
            yield (
                place,
                f"{name} is asked for without {_STATUS}: list it too, because a number below the "
                "limit of detection would look like one above it",
            )


def analyte_problems(project: Project, release: Release) -> Iterator[Problem]:
    """Yield the analytes of which the release's lake has no results.

    Raises:
        ReleaseError: The lake has not what the release pins.
    """
    if not project.lake_datasets:
        return
    # Who asks for no wide results does not wait for the lake's libraries.
    from janus_warehouse.releases.cells import analytes_of

    collection = project.cohort.collection
    for index, dataset in enumerate(project.lake_datasets):
        found = analytes_of(release, dataset.lake, collection, dataset.analytes)
        absent = [name for name in dataset.analytes if name not in found]
        if absent:
            more = f" and {len(absent) - _SHOWN} more" if len(absent) > _SHOWN else ""
            first = dataset.analytes.index(absent[0])
            yield (
                ("lake_datasets", index, "analytes", first),
                f"no results in assay.{dataset.lake} of release {release.name}: "
                f"{', '.join(absent[:_SHOWN])}{more}",
            )
