"""What readers share when they make the four tables."""

import polars as pl
import pyarrow as pa

_AGAIN = r"\.[0-9]{1,4}$"
"""How programs tell columns of one name apart: POOL, POOL.1, POOL.2."""
_NUMBER = rf"[ _-]?[0-9]{{0,3}}({_AGAIN}|$)"
CONTROLS = {
    "control": rf"^(qc|ctrl|control|kontroll|pool|srm|nist|ipc|pc|poscontrol){_NUMBER}",
    "calibrator": rf"^(cal|calibrator|std|standard){_NUMBER}",
    "blank": rf"^(blank|blind|nc|negcontrol|h2o|water){_NUMBER}",
}
"""Kind of sample → its code, in lower case; a study code of the bank has nine characters."""


def control_kind(code: str) -> pl.Expr:
    """Return the kind of sample that a code tells."""
    text = pl.col(code).str.to_lowercase()
    found = (pl.when(text.str.contains(form)).then(pl.lit(k)) for k, form in CONTROLS.items())
    return pl.coalesce(*found, pl.lit("sample"))


def material(code: str) -> pl.Expr:
    """Return what a control is of: its code without the number of its column."""
    return pl.col(code).str.replace(_AGAIN, "")


def conform(frame: pl.DataFrame, schema: pa.Schema) -> pa.Table:
    """Return a frame as a table of a schema; columns that it lacks are empty."""
    lacking = [pl.lit(None).alias(n) for n in schema.names if n not in frame.columns]
    return frame.with_columns(lacking).select(schema.names).to_arrow().cast(schema)
