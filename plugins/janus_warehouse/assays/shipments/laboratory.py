"""What goes to the laboratory: who stands where, a picture of the plates, forms for the return.

Study code, plate, well and volume leave, and nothing else that is known of a sample. The list
says of what project and platform it is, so that a check can tell it from another's.
"""

from importlib import resources
from pathlib import Path

import polars as pl
import yaml
from jinja2 import Environment, StrictUndefined
from openpyxl import Workbook

from janus_warehouse.assays.packages import FORM, NATIVE
from janus_warehouse.assays.sheets import Sheets
from janus_warehouse.assays.shipments.layout import SHAPES
from janus_warehouse.assays.shipments.request import Request
from janus_warehouse.assays.tables import SAMPLES
from janus_warehouse.projects.specification import Project

SENT_COLUMNS = ("study_code", "plate_id", "well", "volume_ul")
MANIFEST, PLATES, README, TEMPLATE = "samples_sent", "plates.html", "README.md", "return"


def write_laboratory_files(
    folder: Path, shipment_id: str, placed: pl.DataFrame, request: Request, project: Project
) -> None:
    """Write the laboratory's folder.

    Args:
        folder: Empty.
        shipment_id: Name of the shipment.
        placed: One row per study code, in order of plate and place; more columns may be there.
        request: Laboratory, platform, design.
        project: Its approval is named in the form.
    """
    sent = placed.select(
        *SENT_COLUMNS, project=pl.lit(project.project_id), platform=pl.lit(request.platform)
    )
    sent.write_csv(folder / f"{MANIFEST}.csv")
    _write_workbook(sent, folder / f"{MANIFEST}.xlsx")
    words = {
        "shipment_id": shipment_id, "project": project, "request": request,
        "samples": sent.height, "plates": _plates(sent, request.design.plate_wells),
        "columns": SAMPLES.names, "form": FORM, "native": NATIVE, "sheet": Sheets.SAMPLES,
    }  # fmt: skip
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    for template, target, escapes in (
        ("plates.html.jinja", PLATES, True), ("laboratory.md.jinja", README, False),
    ):  # fmt: skip
        environment.autoescape = escapes
        text = resources.files(__package__).joinpath(template).read_text(encoding="utf-8")
        (folder / target).write_text(environment.from_string(text).render(words), encoding="utf-8")
    _write_return_template(folder / TEMPLATE, sent, request, project)


def _write_workbook(sent: pl.DataFrame, path: Path) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("samples sent")
    sheet.append(list(sent.columns))
    for row in sent.iter_rows():
        sheet.append(row)
    book.save(path)


def _plates(sent: pl.DataFrame, plate_wells: int) -> list[dict]:
    """Return each plate's name and its rows of wells, with the code that stands in each."""
    rows, columns = SHAPES[plate_wells]
    pictures = []
    for (plate_id,), wells in sent.group_by("plate_id", maintain_order=True):
        code_of = dict(wells.select("well", "study_code").iter_rows())
        grid = [
            (chr(65 + row), [code_of.get(f"{chr(65 + row)}{n:02d}") for n in range(1, columns + 1)])
            for row in range(rows)
        ]
        pictures.append({"plate_id": plate_id, "grid": grid, "filled": len(code_of)})
    return pictures


def _write_return_template(
    folder: Path, sent: pl.DataFrame, request: Request, project: Project
) -> None:
    """Write the form and the sheet of samples, with all that the bank knows filled in.

    The list of what was sent lies beside them: a check at the laboratory reads it there. Plates
    and wells stay empty: a laboratory may lay its own, and what it measured is asked.
    """
    (folder / NATIVE).mkdir(parents=True)
    sent.write_csv(folder / f"{MANIFEST}.csv")
    form = {
        "project": project.project_id, "approval": project.ethics_reference,
        "laboratory": request.laboratory, "platform": request.platform,
        "platform_version": None, "method": None, "embargo_until": None,
    }  # fmt: skip
    text = yaml.safe_dump(form, sort_keys=False, allow_unicode=True).replace(" null", "")
    (folder / FORM).write_text(text, encoding="utf-8")
    known = sent.select(sample_code="study_code", sample_kind=pl.lit("sample"), replicate=pl.lit(1))
    empty = [pl.lit(None, pl.String).alias(n) for n in SAMPLES.names if n not in known.columns]
    known.with_columns(empty).select(SAMPLES.names).write_csv(folder / NATIVE / Sheets.SAMPLES)
