"""The wells of a batch export: where each sample stood, and whether the sections agree on it."""

from pathlib import Path

import polars as pl

from janus_warehouse.assays.formats.cells import told_lines
from janus_warehouse.assays.formats.xponent_sections import Export, Section
from janus_warehouse.errors import DeliveryRefusedError

PLACE = r"^(?:[0-9]+\()?([0-9]+),([A-P][0-9]{1,2})\)?$"
"""`13(1,E2)`: thirteenth well, plate 1 of the batch, well E2; warnings write `1,E2`."""


def wells_of(path: Path, export: Export, section: Section) -> pl.DataFrame:
    """Return `number` of the plate in the batch, `well`, `sample_code`, `plate_id` of each well.

    The batch is the plate; where it has several, their number stands behind its name.

    Raises:
        DeliveryRefusedError: A place or a sample is not told, or a place is told twice.
    """
    where = f"{path.name}, section {section.name}"
    wells = pl.DataFrame({
        "place": pl.Series(section.column("location"), dtype=pl.String),
        "sample_code": pl.Series(section.column("sample"), dtype=pl.String),
        "line": pl.Series(section.lines, dtype=pl.Int64),
    }).with_columns(
        number=pl.col("place").str.extract(PLACE, 1), well=pl.col("place").str.extract(PLACE, 2)
    )  # fmt: skip
    faults = {
        "have no place of the form 1(1,A1)": wells["well"].is_null(),
        "stand at a place that another row has too": wells["place"].is_duplicated(),
        "name no sample": wells["sample_code"] == "",
    }
    for what, is_bad in faults.items():
        if is_bad.any():
            lines = wells["line"].filter(is_bad)
            raise DeliveryRefusedError(
                f"{where}: {len(lines):,} rows {what} ({told_lines(lines)}); name the sample of "
                "every well in the program and export the batch again"
            )
    batch = export.told("batch")
    plate = pl.lit(batch, pl.String)
    if wells["number"].n_unique() > 1:
        plate = plate + pl.lit("/") + pl.col("number")
    return wells.with_columns(plate_id=plate).drop("line")


def refuse_cut_short(path: Path, export: Export, section: Section) -> None:
    """Refuse an export whose sections have different wells, or that lacks the mark of its end.

    Fewer wells than the header announces are no fault: the batch was stopped early.

    Raises:
        DeliveryRefusedError: So it is.
    """
    places = set(section.column("location"))
    for other in export.sections.values():
        if other.is_by_well and set(other.column("location")) != places:
            raise DeliveryRefusedError(
                f"{path.name}, line {other.line}, section {other.name}: expected the "
                f"{len(places)} wells of section {section.name}, found {len(other.rows)}; export "
                "the batch again, or send the file again if it was cut off"
            )
    if not export.is_whole:
        raise DeliveryRefusedError(
            f"{path.name}: expected the program's mark of the end (-- CRC --) in the last lines, "
            f"found none after section {list(export.sections.values())[-1].name}; export the batch "
            "again, or send the file again if it was cut off"
        )
