"""What readers share when they make the four tables."""

import polars as pl
import pyarrow as pa

CONTROLS = {
    "control": r"^(qc|ctrl|control|kontroll|pool|srm|nist|ipc|pc|poscontrol)[ _-]?[0-9]{0,3}$",
    "calibrator": r"^(cal|calibrator|std|standard)[ _-]?[0-9]{0,3}$",
    "blank": r"^(blank|blind|nc|negcontrol|h2o|water)[ _-]?[0-9]{0,3}$",
}
"""Kind of sample → its code, in lower case; a study code of the bank has nine characters."""


def control_kind(code: str) -> pl.Expr:
    """Return the kind of sample that a code tells."""
    text = pl.col(code).str.to_lowercase()
    found = (pl.when(text.str.contains(form)).then(pl.lit(k)) for k, form in CONTROLS.items())
    return pl.coalesce(*found, pl.lit("sample"))


def conform(frame: pl.DataFrame, schema: pa.Schema) -> pa.Table:
    """Return a frame as a table of a schema; columns that it lacks are empty."""
    lacking = [pl.lit(None).alias(n) for n in schema.names if n not in frame.columns]
    return frame.with_columns(lacking).select(schema.names).to_arrow().cast(schema)
