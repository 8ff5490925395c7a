"""What somebody asks to be sent: the list of tubes, and the approval that has to cover it."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from janus_warehouse.assays.platforms import known_platforms
from janus_warehouse.assays.shipments.errors import ShipmentRefusedError
from janus_warehouse.assays.shipments.layout import Design
from janus_warehouse.projects.checking import refuse_expired
from janus_warehouse.projects.loading import load_project
from janus_warehouse.projects.specification import Project

COLUMNS = ("tube_barcode", "set_number", "status")
STATUSES = ("case", "control")
_SHOWN = 8


@dataclass(frozen=True)
class Request:
    """A shipment to be made.

    Attributes:
        project_id: A file in `metadata/projects`.
        laboratory: Who receives it.
        platform: What it is measured with, a code of `analysis_platform`.
        tubes: Path of the list of tubes.
        design: How the plates are laid out.
        seed_was_given: Whether somebody chose the seed.
        volume_ul: What is taken of each tube, for each sample.
        is_thawed: Whether the tubes are thawed to take it.
        shipped: Day it leaves.
    """

    project_id: str
    laboratory: str
    platform: str
    tubes: Path
    design: Design
    seed_was_given: bool = False
    volume_ul: int = 50
    is_thawed: bool = False
    shipped: date = field(default_factory=lambda: datetime.now(UTC).date())

    def sha256(self) -> str:
        """Return the digest of what is asked for: two requests alike are one shipment."""
        design = self.design
        asked = [
            self.project_id, self.laboratory, self.platform, self.volume_ul, self.is_thawed,
            design.plate_wells, design.controls, design.duplicates,
            design.seed if self.seed_was_given else None,
            hashlib.sha256(self.tubes.read_bytes()).hexdigest(),
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def approved_project(request: Request) -> Project:
    """Return the project if its approval lets this material out.

    Raises:
        UnknownProjectError, ProjectSpecificationError: The file is missing or wrong.
        ProjectExpiredError: The approval has ended.
        ShipmentRefusedError: No material was approved, or not for this laboratory or platform.
    """
    read = load_project(request.project_id)
    refuse_expired(read, date.today())
    project, problems = read.project, []
    if request.platform not in known_platforms():
        problems.append(
            f"unknown platform {request.platform}: expected one of {', '.join(known_platforms())}"
        )
    elif project.material is None:
        problems.append(
            f"{read.path.name}: nothing under `material`, so no tube may leave for this project; "
            "when the approval covers it, add material with its laboratories and platforms"
        )
    else:
        at, allowed = read.place("material"), project.material
        for what, asked, approved in (
            ("laboratory", request.laboratory, allowed.laboratories),
            ("platform", request.platform, allowed.platforms),
        ):
            if asked not in approved:
                problems.append(
                    f"{at}: {what} {asked} is not approved (approved: {', '.join(approved)}); "
                    "check the name, or have the approval amended first"
                )
    if problems:
        raise ShipmentRefusedError("\n".join(problems))
    return project


def read_tubes(path: Path, columns: tuple[str, ...] = COLUMNS) -> pl.DataFrame:
    """Return the tubes of a list: the line of each, and the columns asked for.

    Raises:
        ShipmentRefusedError: Columns are missing or lines are wrong; all are listed.
    """
    tubes = _read(path, columns).with_row_index("line", offset=2)
    if "set_number" in columns:
        tubes = tubes.with_columns(pl.col("set_number").cast(pl.Int32, strict=False))
    problems = [
        f"{path.name}, column {column}: {lines_of(tubes.filter(bad)['line'])}: {wrong}"
        for column, bad, wrong in (
            ("tube_barcode", ~pl.col("tube_barcode").str.contains(r"^[0-9]{10}$").fill_null(False),
             "no barcode of ten digits; scan the tubes, or keep the column as text in a "
             "spreadsheet"),
            ("tube_barcode", pl.col("tube_barcode").is_duplicated()
             & pl.col("tube_barcode").is_not_null(),
             "a tube is named twice; list each once, duplicates are drawn by themselves"),
            ("set_number", (pl.col("set_number") < 1).fill_null(True),
             "no number of a matched set; write a whole number from 1, the same for a case "
             "and its controls"),
            ("status", ~pl.col("status").is_in(STATUSES).fill_null(False),
             f"neither {' nor '.join(STATUSES)}; write one of the two"),
        )
        if column in columns and not tubes.filter(bad).is_empty()
    ]  # fmt: skip
    if tubes.is_empty():
        problems.append(f"{path.name}: no tubes; write one line for each")
    if problems:
        raise ShipmentRefusedError("\n".join(problems))
    return tubes


def lines_of(lines: pl.Series) -> str:
    """Return how many lines there are and the first of them, as words."""
    shown = ", ".join(map(str, lines.head(_SHOWN).to_list()))
    more = ", …" if len(lines) > _SHOWN else ""
    return f"{len(lines):,} {'line' if len(lines) == 1 else 'lines'} (line {shown}{more})"


def _read(path: Path, columns: tuple[str, ...]) -> pl.DataFrame:
    expected = f"expected the columns {', '.join(columns)}, by commas or semicolons, in UTF-8"
    try:
        header = path.open(encoding="utf-8-sig").readline()
        separator = max((",", ";", "\t"), key=header.count)
        texts = pl.read_csv(path, separator=separator, infer_schema=False)
    except (pl.exceptions.PolarsError, UnicodeDecodeError):
        raise ShipmentRefusedError(
            f"{path.name}: not readable as such a table; {expected}"
        ) from None
    texts = texts.rename(lambda name: name.strip().lower())
    missing = [name for name in columns if name not in texts.columns]
    if missing:
        raise ShipmentRefusedError(
            f"{path.name}, line 1: {', '.join(missing)} not found; {expected}"
        )
    return texts.select(pl.col(columns).str.strip_chars().replace("", None))
