"""What a batch export tells about its run: bead counts, warnings, calibration, the instrument."""

from pathlib import Path

import polars as pl

from janus_warehouse.assays.formats.cells import read_cells, told_lines
from janus_warehouse.assays.formats.xponent_sections import Export, Section
from janus_warehouse.assays.formats.xponent_wells import PLACE
from janus_warehouse.errors import DeliveryRefusedError

OF_CELLS = {"median": "median_mfi", "net mfi": "net_mfi", "count": "bead_count"}
"""Section of wells and analytes → name of its figures; it may be the section of the results."""

OF_WELLS = {"total events": "total_events", "dilution factor": "dilution_factor"}
"""Column of the section of results, or of a section of that name → name of its figures."""

OF_ANALYTES = {
    ("units", "beadid:"): "bead_id",
    ("per bead count", "per bead:"): "beads_wanted",
}
"""Section and row of a figure of each analyte → its name."""

OF_FILE = {"sn": "instrument", "build": "software", "ddgate": "gate", "samplevolume": "volume"}
"""Line of the header → name of what it tells of the run. Who ran it is not read."""

STATUSES = {"warning": "warned", "error": "failed"}
_WARNINGS = "warnings/errors"
_SCHEMA = {
    "scope": pl.String, "plate_id": pl.String, "sample_code": pl.String,
    "analyte_code": pl.String, "metric": pl.String, "value": pl.Float64, "note": pl.String,
}  # fmt: skip


def judgements(path: Path, export: Export, wells: pl.DataFrame) -> pl.DataFrame:
    """Return `number`, `well`, `qc_status` of each well: passed where nothing is said of it.

    Raises:
        DeliveryRefusedError: A warning is about a well that the export does not have.
    """
    warned = _warnings(export)
    places = wells.select("number", "well").unique(maintain_order=True)
    strange = warned.join(places, on=["number", "well"], how="anti")["line"]
    if len(strange):
        raise DeliveryRefusedError(
            f"{path.name}, section Warnings/Errors: {len(strange):,} rows are about wells that "
            f"have no result ({told_lines(strange)}); export the batch again"
        )
    worst = warned.group_by("number", "well").agg(
        qc_status=pl.when((pl.col("status") == "failed").any())
        .then(pl.lit("failed"))
        .otherwise(pl.lit("warned"))
    )
    return places.join(worst, on=["number", "well"], how="left").with_columns(
        pl.col("qc_status").fill_null("passed")
    )


def figures(
    export: Export, results: Section, analytes: list[str], samples: pl.DataFrame
) -> pl.DataFrame:
    """Return the quality figures; the well of a figure stands in its note."""
    of_place = samples.select("place", "plate_id", "sample_code", "well")
    parts = [pl.DataFrame(schema=_SCHEMA), _of_file(export)]
    for name, metric in OF_CELLS.items():
        section = export.sections.get(name)
        if section is not None and section is not results and section.is_by_well:
            shared = [a for a in analytes if a in section.header]
            parts.append(_of_cells(export, section, shared, metric, of_place))
    for column, metric in OF_WELLS.items():
        for section in (results, export.sections.get(column)):
            headers = section.header if section is not None and section.is_by_well else []
            parts += [
                _of_cells(export, section, [header], metric, of_place).with_columns(
                    analyte_code=pl.lit(None, pl.String)
                )
                for header in headers
                if section is not None and header.lower() == column
            ]
    parts += [_of_analytes(export, *where, metric) for where, metric in OF_ANALYTES.items()]
    on = ["number", "well"]
    warned = _warnings(export).join(samples.unique(on, keep="first"), on=on, how="left")
    parts.append(
        warned.sort("line").select(
            "plate_id", "sample_code", scope=pl.lit("sample"), metric="status",
            note=pl.col("well") + ": " + pl.col("message"),
        )
    )  # fmt: skip
    return pl.concat(parts, how="diagonal").select(*_SCHEMA)


def _of_cells(
    export: Export, section: Section, columns: list[str], metric: str, of_place: pl.DataFrame
) -> pl.DataFrame:
    cells = pl.Series(section.cells(columns), dtype=pl.String)
    read = read_cells(cells, decimal=export.decimal)
    places = pl.Series(section.column("location"), dtype=pl.String)
    rows = pl.DataFrame({"place": places.repeat_by(len(columns)).explode()}).with_columns(
        analyte_code=pl.Series(columns * len(section.rows), dtype=pl.String),
        value=read["value"], text=read["value_text"],
    )  # fmt: skip
    placed = rows.join(of_place, on="place", how="left", maintain_order="left")
    return placed.select(
        "plate_id", "sample_code", "analyte_code", "value",
        scope=pl.lit("sample"), metric=pl.lit(metric),
        note=pl.concat_str("well", "text", separator=": ", ignore_nulls=True),
    )  # fmt: skip


def _of_analytes(export: Export, section: str, row: str, metric: str) -> pl.DataFrame:
    found = export.sections.get(section)
    cells = next((r for r in found.rows if r[0].lower() == row), None) if found else None
    if found is None or cells is None:
        return pl.DataFrame(schema=_SCHEMA)
    read = read_cells(pl.Series(cells[1:], dtype=pl.String))
    return pl.DataFrame({"analyte_code": pl.Series(found.header[1:], dtype=pl.String)}).select(
        "analyte_code", scope=pl.lit("analyte"), metric=pl.lit(metric),
        value=read["value"], note=read["value_text"],
    )  # fmt: skip


def _of_file(export: Export) -> pl.DataFrame:
    told: list[tuple[str, float | None, str | None]] = [
        (metric, None, export.told(name)) for name, metric in OF_FILE.items()
    ]
    counts = export.header.get("samples", [])
    if counts and counts[0].isdigit():
        told.append(("wells_announced", float(counts[0]), None))
    if len(counts) > 2 and counts[2].isdigit():
        told.append(("events_wanted", float(counts[2]), " ".join(counts[3:]) or None))
    told += [
        ("calibration", None, f"{name.removeprefix('last ')}: {' '.join(cells)}")
        for name, cells in export.header.items()
        if name.startswith("last ")
    ]
    used = {*OF_CELLS, "result", "units", "per bead count", "dilution factor", _WARNINGS}
    unread = [s.name for key, s in export.sections.items() if key not in used and s.rows]
    if unread:
        told.append(("sections_not_read", float(len(unread)), ", ".join(unread)))
    rows = [("file", *row) for row in told if row[1] is not None or row[2] is not None]
    names = ("scope", "metric", "value", "note")
    return pl.DataFrame(rows, schema={n: _SCHEMA[n] for n in names}, orient="row")


def _warnings(export: Export) -> pl.DataFrame:
    """Return number, well, status, message and line of what the program warns of."""
    section = export.sections.get(_WARNINGS) or Section("", [], 0, [], [])
    columns = {"place": "location", "status": "status", "message": "message"}
    told = pl.DataFrame({
        ours: pl.Series(section.column(theirs), dtype=pl.String) for ours, theirs in columns.items()
    }).with_columns(line=pl.Series(section.lines, dtype=pl.Int64))  # fmt: skip
    status = pl.col("status").str.to_lowercase()
    return told.with_columns(
        number=pl.col("place").str.extract(PLACE, 1),
        well=pl.col("place").str.extract(PLACE, 2),
        status=status.replace_strict(STATUSES, default="warned", return_dtype=pl.String),
    ).drop("place")
