"""The quality page of a return and the same as JSON, made from the marts after a build.

Internal: it tells which samples are duplicates, and must not reach the laboratory.
"""

import hashlib
import json
from collections import Counter
from importlib import resources
from pathlib import Path
from statistics import quantiles
from typing import Any

from jinja2 import Environment, StrictUndefined

from janus_warehouse.assays.gate.places_of_reports import PAGE, QUALITY_PAGE, report_folder
from janus_warehouse.assays.gate.report import write_index
from janus_warehouse.assays.marts import plain
from janus_warehouse.assays.platforms import IN_LAKE
from janus_warehouse.assays.quality import charts
from janus_warehouse.assays.quality.figures import (
    LEAST_POINTS,
    LEVELS,
    QualityFigures,
    assay_limits,
    read_figures,
    returns_in_force,
)
from janus_warehouse.errors import NotAvailableError
from janus_warehouse.platform.files import replace_text

DOCUMENT = "quality.json"
MOST_ANALYTES, MOST_PLATES, MOST_CHARTS, MOST_CHANGES = 300, 60, 24, 200
"""How many the page shows, what wants looking at first; the marts have them all."""
_SPREADS = ("call_rate", "share_below_lod", "cv_within_plate", "cv_between_plates", "cv_controls")


def quality_page(delivery_id: str) -> Path:
    """Return where the quality page of a return is, or would be."""
    return report_folder(delivery_id) / QUALITY_PAGE


def write_quality_reports(delivery_id: str | None = None) -> list[Path]:
    """Write the quality pages of one return or of all whose results count; return the pages.

    Raises:
        NoQualityError: The return that is named has no results that count.
        NotAvailableError: No database answers, or the marts have not been built.
    """
    pages = [_write(read_figures(one)) for one in returns_in_force(delivery_id)]
    if pages:
        write_index()
    return pages


def write_missing_quality_reports() -> list[Path]:
    """Write the pages whose figures, limits or form are no longer those of now; return them."""
    try:
        missing = [
            one for one in returns_in_force() if _made_from(one["delivery_id"]) != made_from(one)
        ]
        pages = [_write(read_figures(one)) for one in missing]
    except NotAvailableError:
        # A build of chosen models may have left out what the pages show.
        return []
    if pages:
        write_index()
    return pages


def quality_document(figures: QualityFigures) -> dict[str, Any]:
    """Return what the document says; no number of a sample is in it."""
    corrections = figures.corrections
    return {
        "build_id": figures.build_id,
        "made_from": made_from(figures.returned),
        "return": figures.returned,
        "limits": {name: value for name, (value, _) in figures.limits.items()},
        "n_analytes": len(figures.analytes),
        "n_marked": Counter(mark for row in figures.analytes for mark in row["marks"]),
        "spread": {name: _quartiles(figures, name) for name in _SPREADS},
        "analytes": figures.analytes[:MOST_ANALYTES],
        "runs": figures.runs,
        "plates": figures.plates,
        "levels": [words for _, words in LEVELS],
        "controls": figures.controls,
        "corrections": corrections.document() if corrections else None,
    }


def page_of(figures: QualityFigures) -> str:
    """Return the page; everything is inline and nothing is fetched."""
    template = resources.files(__package__).joinpath("page.html.jinja").read_text(encoding="utf-8")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["thousands"] = lambda value: f"{value:,.0f}"
    environment.filters["percent"] = _percent
    environment.filters["figure"] = _figure
    corrections = figures.corrections
    return environment.from_string(template).render(
        figures=figures,
        document=quality_document(figures),
        spreads=[(name, _quartiles(figures, name)) for name in _SPREADS],
        plates=[(plate, charts.plate_map(plate)) for plate in figures.plates[:MOST_PLATES]],
        controls=[
            (control, charts.control_chart(control), charts.control_in_words(control))
            for control in figures.controls[:MOST_CHARTS]
        ],
        analytes=figures.analytes[:MOST_ANALYTES],
        changes=corrections.rows[:MOST_CHANGES] if corrections else [],
        changed_samples=corrections.samples[:MOST_CHANGES] if corrections else [],
        changed=_by_kind(figures),
        levels=list(zip(LEVELS, charts.FILLS, strict=True)),
        least_points=LEAST_POINTS,
        wide=figures.returned["platform"] in IN_LAKE,
        gate_page=PAGE if (report_folder(figures.returned["delivery_id"]) / PAGE).exists() else "",
    )


def _percent(value: float | None) -> str:
    # Nothing is less than nothing: no minus before 0.0.
    return "–" if value is None else f"{round(100 * value, 1) + 0.0:.1f} %"


def _figure(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _write(figures: QualityFigures) -> Path:
    folder = report_folder(figures.returned["delivery_id"])
    folder.mkdir(parents=True, exist_ok=True)
    replace_text(folder / QUALITY_PAGE, page_of(figures))
    # The document last: it tells that the page is of the same build.
    text = json.dumps(quality_document(figures), indent=1, default=plain, ensure_ascii=False)
    replace_text(folder / DOCUMENT, text + "\n")
    return folder / QUALITY_PAGE


def made_from(returned: dict[str, Any]) -> str:
    """Return what tells whether a page would be the same: figures, limits and form, as a hash."""
    form = resources.files(__package__).joinpath("page.html.jinja").read_bytes()
    limits = repr(sorted(assay_limits().items())).encode()
    return hashlib.sha256(returned["figures_md5"].encode() + limits + form).hexdigest()


def _made_from(delivery_id: str) -> str | None:
    """Return what the page and the document of a return were made from."""
    try:
        told = json.loads((report_folder(delivery_id) / DOCUMENT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return told.get("made_from") if quality_page(delivery_id).exists() else None


def _quartiles(figures: QualityFigures, name: str) -> dict[str, float] | None:
    """Return number, quartiles and extremes of a figure over the analytes that have it."""
    known = sorted(row[name] for row in figures.analytes if row[name] is not None)
    if not known:
        return None
    low, middle, high = quantiles(known, n=4, method="inclusive") if len(known) > 1 else known * 3
    return {"n": len(known), "least": known[0], "lower_quartile": low, "median": middle,
            "upper_quartile": high, "greatest": known[-1]}  # fmt: skip


def _by_kind(figures: QualityFigures) -> dict[str, int]:
    """Return how many cells a correction changes, by kind of change."""
    changed: Counter[str] = Counter()
    for *_, kind, cells, _samples in figures.corrections.rows if figures.corrections else []:
        changed[kind] += cells
    return dict(changed.most_common())
