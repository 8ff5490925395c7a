"""Writing what a laboratory returns: native files, a form, and what must become of each table."""

import dataclasses
import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import yaml

from janus_warehouse.deliveries.manifest import DeliveredFile, Manifest, Returned
from janus_warehouse.deliveries.readers.source import fingerprint
from janus_warehouse.synthetic.dirt import Fault, Planted, plant
from janus_warehouse.synthetic.world import World
from janus_warehouse.synthetic.writing import write_manifest

SOURCE = "laboratories"
_PLACE = ("study_code", "plate_id", "well")
_OF_THE_RETURN = {
    "study_code_was_issued": "gate.codes_issued",
    "key.unique": "gate.codes_doubled",
    "below_lod_is_below": "gate.status_fits_number",
}
"""Rule of a row → the rule of the gate that sees the same."""
_OF_SAMPLES = ("study_code_was_issued", "study_code_is_of_the_project")
"""Rules that a result breaks together with its sample."""


@dataclass(frozen=True)
class LabReturn:
    """What a laboratory sends.

    Attributes:
        form: What it fills in, the format of its files among it.
        files: The bytes of each file, by its name.
        planted: What must become of each table, and of the return as a whole.
    """

    form: Mapping[str, str]
    files: Mapping[str, bytes]
    planted: Mapping[str, Planted]


def long_return(
    form: Mapping[str, str],
    file: str,
    separator: str,
    cells: tuple[pl.DataFrame, Planted],
    analytes: int,
    headers: Mapping[str, str] | None = None,
    sheet: pl.DataFrame | None = None,
    has_specification: bool = True,
) -> LabReturn:
    """Return a return whose one file has a line for each result.

    Args:
        form: What the laboratory fills in.
        file: Name of its file.
        separator: Between the cells of the file.
        cells: Text columns under our names, faults planted, and what was planted.
        analytes: How many analytes the file has.
        headers: Our names → the laboratory's, where they differ.
        sheet: `samples.csv`, if it sends one.
        has_specification: Whether the bank has the project's specification, and so its approval.
    """
    results, planted = cells
    files = {file: as_csv(results.rename(dict(headers or {})), separator)}
    if sheet is not None:
        files["samples.csv"] = as_csv(sheet, ",")
    tables = {
        "analytes": Planted(rows=analytes),
        "results": planted,
        "samples": _planted_samples(results, planted, sheet),
        "return": _planted_return(planted, has_specification=has_specification),
    }
    return LabReturn({**form, "format": "long_csv"}, files, tables)


def plant_cells(
    frame: pl.DataFrame, faults: list[Fault], world: World, stream: str
) -> tuple[pl.DataFrame, Planted]:
    """Return results with faults planted, and what was planted."""
    return plant(frame, world.contracts[SOURCE, "results"], faults, world.stream(stream))


def with_controls(
    cells: tuple[pl.DataFrame, Planted], controls: pl.DataFrame
) -> tuple[pl.DataFrame, Planted]:
    """Return results with those of controls after them, all of which enter."""
    results, planted = cells
    both = pl.concat([results, controls.select(results.columns)])
    return both, dataclasses.replace(planted, rows=both.height)


def write_return(
    folder: Path, made: LabReturn, world: World, as_of: date, supersedes: str | None
) -> Manifest:
    """Write a return as the laboratory lays it down; return its manifest."""
    native = folder / "returned"
    native.mkdir()
    for name, content in made.files.items():
        (native / name).write_bytes(content)
    form = {name: text for name, text in made.form.items() if name != "format"}
    (folder / "return.yaml").write_text(yaml.safe_dump(form, sort_keys=False))
    sha256, size = fingerprint(native)
    files = [
        DeliveredFile(
            path=native.name, table=table, contract=world.contracts[SOURCE, table].version,
            sha256=sha256, rows=of_table.rows, bytes=size,
        )
        for table, of_table in made.planted.items() if table != "return"
    ]  # fmt: skip
    returned = Returned.model_validate(made.form)
    return write_manifest(folder, SOURCE, as_of, files, supersedes, returned)


def _planted_return(planted: Planted, *, has_specification: bool) -> Planted:
    """Return what the gate finds of the return as a whole."""
    found = Counter({gate: planted.by_rule[rule] for rule, gate in _OF_THE_RETURN.items()})
    # A code never sent stands in one line: it lacks the others, and the true sample lacks this one.
    warned = Counter({
        "gate.cells_complete": 2 * planted.by_rule["study_code_was_issued"],
        "gate.approval_named": int(not has_specification),
    })  # fmt: skip
    return Planted(rows=0, by_rule=+found, warnings=+warned)


def _planted_samples(cells: pl.DataFrame, planted: Planted, sheet: pl.DataFrame | None) -> Planted:
    """Return what the table of samples holds: each place once, the spoilt ones beside."""
    rows = cells.select(_PLACE).unique().height
    if sheet is not None:
        rows += sheet.join(cells, left_on="sample_code", right_on="study_code", how="anti").height
    by_rule = Counter({rule: n for rule, n in planted.by_rule.items() if rule in _OF_SAMPLES})
    # A code that was never issued breaks both rules about codes, in one row.
    quarantined = by_rule["study_code_was_issued"]
    return Planted(rows=rows, quarantined=quarantined, by_rule=by_rule)


def as_csv(frame: pl.DataFrame, separator: str) -> bytes:
    """Return a table as delimited text."""
    buffer = io.BytesIO()
    frame.write_csv(buffer, separator=separator)
    return buffer.getvalue()
