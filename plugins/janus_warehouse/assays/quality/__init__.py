"""Pictures and figures of the quality of returns, made from the marts after a build."""

from janus_warehouse.assays.quality.report import (
    quality_page,
    write_missing_quality_reports,
    write_quality_reports,
)

__all__ = ["quality_page", "write_missing_quality_reports", "write_quality_reports"]
