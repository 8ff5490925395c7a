"""`janus assay corrections`: what a corrected return changes."""

import json
from typing import Annotated

import typer

app = typer.Typer()


@app.command(epilog="Example: janus assay corrections laboratories-2016-05-31-0a1b2c3d4e")
def corrections(
    delivery_id: Annotated[str, typer.Argument(help="the return that corrects another")],
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Count the cells that a corrected return changes, by analyte, plate and kind of change."""
    from janus_warehouse.assays.corrections import corrections_of

    found = corrections_of(delivery_id)
    if as_json:
        typer.echo(json.dumps(found.document(), indent=2))
        return

    from rich.console import Console
    from rich.table import Table

    listing = Table("analyte", "plate", "change", "cells", "samples")
    for analyte, plate, kind, cells, samples in found.rows:
        listing.add_row(analyte, plate or "", kind, f"{cells:,}", f"{samples:,}")
    typer.echo(f"{found.delivery_id} corrects {found.corrected_delivery_id}")
    if found.rows:
        Console().print(listing)
        typer.echo("Each cell stands in the mart fct_assay_corrections, before and after.")
    else:
        typer.echo("No cell differs, or the marts were not built since: run `janus build`")
