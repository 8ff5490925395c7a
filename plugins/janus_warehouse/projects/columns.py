"""What happens to a column on its way out: given, pseudonymised, coarsened, or kept in.

A rule by name, so that a column nobody thought of is treated as the careful case: whatever
ends like an identifier and is not known to name a thing that is not a person's becomes a
pseudonym.
"""

from janus_warehouse.projects.specification import DatePrecision

PUBLIC_IDS = frozenset({"collection_id", "survey_id", "analyte_id", "delivery_id", "project_id"})
"""Names of collections, surveys, analytes, deliveries: they say nothing about a person."""

OTHER_KEYS = frozenset({"study_code", "sample_code", "plate", "well", "batch"})
"""Keys without an ending that gives them away: with them two projects could find each other."""

NEVER_DELIVERED = frozenset(
    {"freezer", "rack", "box", "position", "line_number", "municipality_of_birth_code",
     "value_before", "value_after"}
)  # fmt: skip
"""A place in the freezer finds a tube as surely as its barcode does. A column that holds values
of any other column as text would let dates out that are to be coarsened."""

DATE_TYPES = frozenset({"date"})

DELIVERABLE_TYPES = frozenset(
    {"text", "smallint", "integer", "bigint", "numeric", "real", "double precision", "date",
     "boolean"}
)  # fmt: skip

_SAME_KIND = {"parent_barcode": "tube_barcode"}
_KINDS = ("donor_id", "draw_id", "tumour_id", "tube_barcode")
_ENDINGS = ("_id", "_barcode", "_code")


def is_pseudonymised(column: str) -> bool:
    """Tell whether the values of a column leave as pseudonyms only."""
    if column in PUBLIC_IDS:
        return False
    return column in OTHER_KEYS or column.endswith(("_id", "_barcode"))


def key_kind(column: str) -> str:
    """Return whose key a column holds; equal keys of one kind get equal pseudonyms.

    A parent tube is a tube and a previous tumour a tumour, and the two columns can be joined
    within an extract.
    """
    of_kind = (kind for kind in _KINDS if column.endswith(f"_{kind}"))
    return next(of_kind, _SAME_KIND.get(column, column))


def delivered_name(column: str, precision: DatePrecision | None = None) -> str:
    """Return what a column is called in the extract.

    A changed value gets a changed name, so that nobody takes a month for a day or a pseudonym for
    a barcode: `tube_barcode` → `tube_pseudonym`, `birth_date` by month → `birth_date_month`.
    """
    if is_pseudonymised(column):
        ending = next((ending for ending in _ENDINGS if column.endswith(ending)), "")
        return f"{column.removesuffix(ending)}_pseudonym"
    if precision in (DatePrecision.year, DatePrecision.month):
        return f"{column}_{precision.value}"
    return column


def base_type(type_name: str) -> str:
    """Return a PostgreSQL type without its size: `numeric` for `numeric(10,3)`."""
    plain = type_name.split("(")[0].strip()
    return "text" if plain in ("character varying", "character") else plain
