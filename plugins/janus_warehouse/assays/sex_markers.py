"""Markers of sex as data: which analytes tell men from women, and on which platforms."""

import functools

import polars as pl

from janus_warehouse.platform.settings import get_settings


@functools.cache
def sex_markers(platform: str) -> pl.DataFrame:
    """Return the rows of `metadata/gate/sex_markers.csv` that hold for a platform.

    Args:
        platform: Code of the platform. A row that names none holds for all that do not count;
            counts have markers of their own.

    Returns:
        analyte_code (in capitals), higher_in, unit, other_sex_below, marker.
    """
    path = get_settings().metadata_dir / "gate" / "sex_markers.csv"
    texts = {"unit": pl.String, "platform": pl.String}
    rows = pl.read_csv(path, schema_overrides={"other_sex_below": pl.Float64, **texts})
    of_platform = rows.filter(pl.col("platform") == platform)
    chosen = rows.filter(pl.col("platform").is_null()) if of_platform.is_empty() else of_platform
    return chosen.drop("platform")


def name_of(code: pl.Expr) -> pl.Expr:
    """Return the name under which a marker is listed: in capitals, an Ensembl id unversioned."""
    return code.str.to_uppercase().str.replace(r"^(ENSG\d+)\.\d+$", "$1")
