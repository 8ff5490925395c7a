"""The list of what was sent, by which a laboratory's own check knows the shipment."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import psycopg

from janus_warehouse.assays.gate.context import FROM_MANIFEST
from janus_warehouse.assays.precheck.errors import NoReturnError
from janus_warehouse.deliveries.manifest import Manifest, Returned
from janus_warehouse.errors import DeliveryRefusedError

LIST = "samples_sent.csv"
_COLUMNS = ("study_code", "plate_id", "well")
_OF_SHIPMENT = ("project", "platform")
"""The same in every row. Lists of earlier shipments do not have them."""


def read_list(path: Path) -> pl.DataFrame:
    """Return study code, plate and well of everything that was sent, and what it was sent for.

    Project and platform are null where the list does not name them.

    Raises:
        NoReturnError: It is no list of a shipment; says what was expected and found.
    """
    expected = f"expected the {LIST} that came with the shipment (columns {', '.join(_COLUMNS)})"
    try:
        header = path.open(encoding="utf-8-sig").readline()
        separator = max((",", ";", "\t"), key=header.count)
        sent = pl.read_csv(path, separator=separator, infer_schema=False)
    except (pl.exceptions.PolarsError, UnicodeDecodeError, OSError):
        raise NoReturnError(f"{path}: not readable as a list; {expected}") from None
    missing = [name for name in _COLUMNS if name not in sent.columns]
    if missing:
        raise NoReturnError(f"{path}, line 1: no column {', '.join(missing)}; {expected}")
    unnamed = [pl.lit(None, pl.String).alias(n) for n in _OF_SHIPMENT if n not in sent.columns]
    sent = sent.with_columns(unnamed).select(
        pl.col(*_COLUMNS, *_OF_SHIPMENT).str.strip_chars().replace("", None)
    )
    if sent["study_code"].null_count() or sent["study_code"].is_duplicated().any():
        raise NoReturnError(f"{path}: codes are empty or stand twice; {expected}")
    if sent.is_empty():
        raise NoReturnError(f"{path}: no codes; {expected}")
    mixed = [name for name in _OF_SHIPMENT if sent[name].n_unique() > 1]
    if mixed:
        raise NoReturnError(
            f"{path}: {' and '.join(mixed)} differ from row to row, and a list is of one shipment; "
            "give each list as it came"
        )
    return sent


def refuse_other_projects(lists: Mapping[Path, pl.DataFrame], returned: Returned) -> None:
    """Refuse a return whose project is not that of a list: all its codes would look unknown.

    Raises:
        DeliveryRefusedError: Says which list is of which project.
    """
    others = {
        path.name: sent["project"][0]
        for path, sent in lists.items()
        if sent["project"][0] not in (None, returned.project)
    }
    if others:
        told = ", ".join(f"{name} is the list of project {of}" for name, of in others.items())
        raise DeliveryRefusedError(
            f"{told}, and the return is of project {returned.project}: name the list that came "
            "with the tubes of this return, or mend `project` in return.yaml"
        )


def notes_of_platforms(lists: Mapping[Path, pl.DataFrame], returned: Returned) -> list[str]:
    """Return a sentence for each list of tubes that were sent for another platform."""
    return [
        f"The tubes of {path.name} were sent for {sent['platform'][0]}, and the return says "
        f"{returned.platform}: see that `platform` in return.yaml is right."
        for path, sent in lists.items()
        if sent["platform"][0] not in (None, returned.platform)
    ]


def enter_lists(
    connection: psycopg.Connection[Any], lists: dict[Path, pl.DataFrame], manifest: Manifest
) -> None:
    """Make known what was sent, as if the bank's delivery had entered; no donor, no tube.

    Args:
        connection: To the other warehouse, as administrator, in a transaction.
        lists: What was sent, by list.
        manifest: Of the return. The lists are taken to be of its project and laboratory.
    """
    connection.execute("set local session_replication_role = replica")
    assert manifest.returned is not None
    for number, sent in enumerate(lists.values(), 1):
        name = f"list-{number}"
        digest = hashlib.sha256(sent.write_csv().encode() + name.encode()).hexdigest()
        connection.execute(
            "insert into ops.deliveries (delivery_id, source, collection_id, kind, folder, as_of, "
            "content_sha256, state, rows_received, rows_accepted, settled_at) "
            "values (%s, 'biobank', %s, %s, '', %s, %s, 'accepted', %s, %s, now())",
            [name, manifest.collection, FROM_MANIFEST, manifest.as_of, digest, sent.height,
             sent.height],
        )  # fmt: skip
        connection.execute(
            "insert into ops.delivery_tables (delivery_id, source, table_name, path, "
            "contract_version, sha256, bytes, rows_declared, rows_received, rows_accepted) "
            "values (%s, 'biobank', 'shipments', '', '', %s, 0, %s, %s, %s)",
            [name, digest, sent.height, sent.height, sent.height],
        )
        with connection.cursor() as cursor, cursor.copy(
            "copy raw.biobank__shipments (delivery_id, collection_id, line_number, donor_id, "
            "study_code, plate_id, well, project_id, laboratory, shipment_id) from stdin"
        ) as copy:  # fmt: skip
            for line, row in enumerate(sent.select(_COLUMNS).iter_rows(), 2):
                copy.write_row(
                    (name, manifest.collection, line, "", *row, manifest.returned.project,
                     manifest.returned.laboratory, name)
                )  # fmt: skip
