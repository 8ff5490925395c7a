"""Which platforms there are, and where their results stay."""

import csv
import functools
from dataclasses import dataclass

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


@dataclass(frozen=True)
class PlatformLimits:
    """What numbers a platform can give."""

    lowest: float
    highest: float
    may_be_negative: bool


@functools.cache
def platform_limits() -> dict[str, PlatformLimits]:
    """Return the limits of `metadata/gate/platform_limits.csv` by platform."""
    path = get_settings().metadata_dir / "gate" / "platform_limits.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["platform"]: PlatformLimits(
                float(row["lowest"]), float(row["highest"]), row["may_be_negative"] == "yes"
            )
            for row in csv.DictReader(file)
        }
