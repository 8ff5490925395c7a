"""Where the reports of returns are."""

from pathlib import Path

from janus_warehouse.platform.settings import get_settings

PAGE = "report.html"
DOCUMENT = "report.json"
INDEX = "index.html"
QUALITY_PAGE = "quality.html"
"""Page about what entered; `janus_warehouse.assays.quality` writes it after a build."""


def reports_folder() -> Path:
    """Return the folder of all reports of returns."""
    return get_settings().reports_dir / "assays"


def report_folder(delivery_id: str) -> Path:
    """Return the folder of a return's report."""
    return reports_folder() / delivery_id
