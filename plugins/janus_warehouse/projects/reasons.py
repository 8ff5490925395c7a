"""A missing answer leaves with the reason why it is missing."""

from collections.abc import Iterator

from janus_warehouse.projects.approval import Problem
from janus_warehouse.projects.specification import Dataset
from janus_warehouse.releases.definitions import REASON_SUFFIX
from janus_warehouse.releases.manifest import Table

LONG_VALUES, LONG_REASON = ("value", "value_original"), "missing_reason"


def reason_problems(at: tuple[str | int, ...], dataset: Dataset, table: Table) -> Iterator[Problem]:
    """Yield the values of answers that are asked for without their reasons.

    Not asked, refused and unknown are different answers; in a file without reasons all would be
    the same empty field.
    """
    for position, column in enumerate(dataset.columns):
        reason = LONG_REASON if column in LONG_VALUES else column + REASON_SUFFIX
        if reason in table.column_names and reason not in dataset.columns:
            yield (
                (*at, "columns", position),
                f"{column} is asked for without {reason}: list it too, because an empty field "
                "would not tell an answer that was refused from a question that was never asked",
            )
