"""The lake's catalogue and tables: Iceberg, catalogued in the warehouse's own PostgreSQL."""

import contextlib
import logging
from collections.abc import Collection, Iterator

import sqlalchemy as sa
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import (
    NamespaceAlreadyExistsError,
    NoSuchTableError,
    TableAlreadyExistsError,
)
from pyiceberg.expressions import BooleanExpression, In
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.table.sorting import SortField, SortOrder
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import DoubleType, IntegerType, NestedField, StringType

from janus_warehouse.assays.lake.errors import NothingInTheLakeError
from janus_warehouse.assays.platforms import COUNTING
from janus_warehouse.platform.database import Role, sqlalchemy_url
from janus_warehouse.platform.settings import get_settings
from janus_warehouse.platform.storage import iceberg_properties

SCHEMA = "lake"
"""Where in PostgreSQL the catalogue stands."""
ASSAY, QUARANTINE = "assay", "quarantine"
"""Namespaces: what was accepted, and the cells that broke a rule."""
_SORTED_BY = "analyte_code"
MEASURED = ("delivery_id", "sample_kind", _SORTED_BY, "status")
"""Columns whose least and greatest value are kept for each row group, so that readers skip what
they do not ask for. That of a sample would be all samples in every group, and costs (measured)
three times the writing of everything else."""


@contextlib.contextmanager
def open_lake(role: Role) -> Iterator[SqlCatalog]:
    """Give the catalogue of the lake, as a role that may read it (loader: also write it)."""
    # What it logs about a missing table names the place of its files.
    logging.getLogger("pyiceberg").setLevel(logging.ERROR)
    address = sa.make_url(sqlalchemy_url(role))
    address = address.update_query_dict({"options": f"-csearch_path={SCHEMA}"}, append=True)
    catalogue = SqlCatalog(
        "janus",
        uri=address.render_as_string(hide_password=False),
        init_catalog_tables="false",
        warehouse=get_settings().lake,
        **iceberg_properties(),
    )
    try:
        yield catalogue
    finally:
        catalogue.engine.dispose()


def table_to_read(catalogue: SqlCatalog, platform: str) -> Table:
    """Return the table of a platform.

    Raises:
        NothingInTheLakeError: No return of the platform was ever accepted.
    """
    try:
        return catalogue.load_table((ASSAY, platform))
    except NoSuchTableError:
        held = ", ".join(platforms(catalogue)) or "none yet"
        raise NothingInTheLakeError(
            f"the lake has no table {ASSAY}.{platform}; it has {held}. A table is made when the "
            "first return of its platform is accepted"
        ) from None


def table_to_write(catalogue: SqlCatalog, platform: str, namespace: str = ASSAY) -> Table:
    """Return the table of a platform, made if it is not there. Safe from several processes."""
    try:
        return catalogue.load_table((namespace, platform))
    except NoSuchTableError:
        pass
    with contextlib.suppress(NamespaceAlreadyExistsError):
        catalogue.create_namespace(namespace)
    schema = schema_of(platform, namespace)
    with contextlib.suppress(TableAlreadyExistsError):
        catalogue.create_table(
            (namespace, platform),
            schema,
            location=f"{get_settings().lake}/{namespace}/{platform}",
            sort_order=SortOrder(
                SortField(schema.find_field(_SORTED_BY).field_id, transform=IdentityTransform())
            ),
            properties={
                "write.metadata.metrics.default": "none",
                **{f"write.metadata.metrics.column.{name}": "full" for name in MEASURED},
            },
        )
    return catalogue.load_table((namespace, platform))


def platforms(catalogue: SqlCatalog) -> list[str]:
    """Return the platforms that have a table."""
    if (ASSAY,) not in catalogue.list_namespaces():
        return []
    return sorted(name for _, name in catalogue.list_tables(ASSAY))


def schema_of(platform: str, namespace: str = ASSAY) -> Schema:
    """Return the columns of a table: one row per sample, replicate and analyte."""
    number = IntegerType() if platform in COUNTING else DoubleType()
    fields = [
        NestedField(1, "delivery_id", StringType(), required=True),
        NestedField(2, "study_code", StringType(), required=False),
        NestedField(3, "sample_code", StringType(), required=True),
        NestedField(4, "sample_kind", StringType(), required=True),
        NestedField(5, "replicate", IntegerType(), required=True),
        NestedField(6, _SORTED_BY, StringType(), required=True),
        NestedField(7, "value", number, required=False),
        NestedField(8, "status", StringType(), required=True),
    ]
    if namespace == QUARANTINE:
        fields[6] = NestedField(7, "value", DoubleType(), required=False)
        fields += [
            NestedField(9, "line", IntegerType(), required=True),
            NestedField(10, "rule_ids", StringType(), required=True),
        ]
    return Schema(*fields)


def among(column: str, values: Collection[str]) -> BooleanExpression:
    """Return the condition that a column has one of some values."""
    # pyiceberg takes a name here; what it tells mypy of is the form with keywords alone.
    return In(column, sorted(values))  # type: ignore[misc, call-arg, arg-type]
