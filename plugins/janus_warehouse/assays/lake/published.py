"""What the columns of lake tables are called outside of the lake: as marts call the same things."""

from pyiceberg.schema import Schema
from pyiceberg.types import DoubleType, IntegerType, StringType

PUBLISHED = {
    "delivery_id": "delivery_id",
    "study_code": "study_code",
    "sample_code": "sample_code",
    "replicate": "replicate",
    "analyte_code": "analyte_code",
    "value_reported": "value",
    "status_code": "status",
}
"""Published name → name in the lake. What is read for others are samples of the bank alone, so
their kind is left out."""

_TYPES: dict[type, str] = {
    StringType: "text", IntegerType: "integer", DoubleType: "double precision"
}  # fmt: skip


def published_types(schema: Schema) -> dict[str, str]:
    """Return the published columns of a table with their PostgreSQL types."""
    return {
        name: _TYPES[type(schema.find_field(column).field_type)]
        for name, column in PUBLISHED.items()
    }
