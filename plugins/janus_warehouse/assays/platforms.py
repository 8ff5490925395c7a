"""Which platforms there are, and where their results stay."""

import csv
import functools

from janus_warehouse.platform.settings import get_settings

IN_LAKE = frozenset({"small_rna_sequencing", "aptamer_proteomics"})
"""Platforms that measure thousands of analytes in a sample: their values go to the lake, those of
all others, as rows, to PostgreSQL."""

COUNTING = frozenset({"small_rna_sequencing"})
"""Platforms whose numbers are counts: whole, and never below 0."""


@functools.cache
def known_platforms() -> tuple[str, ...]:
    """Return the codes of the codelist `analysis_platform`."""
    path = get_settings().metadata_dir / "codelists" / "analysis_platform.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(row["code"] for row in csv.DictReader(file))
