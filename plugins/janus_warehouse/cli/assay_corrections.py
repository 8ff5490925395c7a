"""`janus assay corrections`: what a corrected return changes."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from janus_warehouse.assays.corrections import Corrections

app = typer.Typer()

_SHOWN = 50
"""Analytes and samples of a return in the lake that are listed; `--json` has them all."""


@app.command(epilog="Example: janus assay corrections laboratories-2016-05-31-0a1b2c3d4e")
def corrections(
    delivery_id: Annotated[str, typer.Argument(help="the return that corrects another")],
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Count the cells that a corrected return changes, by analyte, plate and kind of change.

    Of a return in the lake also by sample; the numbers are read from its two snapshots.
    """
    from janus_warehouse.assays.corrections import corrections_of

    found = corrections_of(delivery_id)
    if as_json:
        typer.echo(json.dumps(found.document(), indent=2))
        return

    typer.echo(f"{found.delivery_id} corrects {found.corrected_delivery_id}")
    if found.is_in_lake:
        _list_wide(found)
    else:
        _list_rows(found)


def _list_rows(found: "Corrections") -> None:
    from rich.console import Console
    from rich.table import Table

    listing = Table("analyte", "plate", "change", "cells", "samples")
    for analyte, plate, kind, cells, samples in found.rows:
        listing.add_row(analyte, plate or "", kind, f"{cells:,}", f"{samples:,}")
    if found.rows:
        Console().print(listing)
        typer.echo("Each cell stands in the mart fct_assay_corrections, before and after.")
    else:
        typer.echo("No cell differs, or the marts were not built since: run `janus build`")


def _list_wide(found: "Corrections") -> None:
    from rich.console import Console
    from rich.table import Table

    if not found.rows:
        typer.echo("No cell differs.")
        return
    analytes = Table("analyte", "change", "cells")
    for analyte, _, kind, cells, _ in found.rows[:_SHOWN]:
        analytes.add_row(analyte, kind, f"{cells:,}")
    samples = Table("sample", "change", "cells")
    for sample, kind, cells in found.samples[:_SHOWN]:
        samples.add_row(sample, kind, f"{cells:,}")
    for listing, lines in ((analytes, found.rows), (samples, found.samples)):
        Console().print(listing)
        if len(lines) > _SHOWN:
            typer.echo(f"The first {_SHOWN} of {len(lines):,}; --json has them all.")
    total = sum(row[3] for row in found.rows)
    typer.echo(f"{total:,} cells differ. Both returns stand in the lake; a superseded one is kept.")
