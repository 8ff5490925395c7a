"""`janus assay report`: the quality pages of returns."""

from typing import Annotated

import typer

app = typer.Typer()


@app.command(
    epilog="Examples: janus assay report laboratories-2016-05-31-0a1b2c3d4e · "
    "janus assay report --all"
)
def report(
    delivery_id: Annotated[
        str | None, typer.Argument(metavar="DELIVERY", help="a return whose results count")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every return whose results count.")] = False,
) -> None:
    """Write the quality page of a return from the marts as they are.

    It shows variation and drift of each analyte, the plates, the controls, and what a corrected
    return changes; the same stands beside it as quality.json. A build writes it as well.
    """
    from janus_warehouse.assays.quality import write_quality_reports

    if (delivery_id is None) != every:
        raise typer.BadParameter("name one return, or say --all", param_hint="DELIVERY")
    pages = write_quality_reports(delivery_id)
    for page in pages:
        typer.echo(f"written: {page}")
    if not pages:
        typer.echo("no return has results that count yet")
