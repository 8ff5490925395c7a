"""`janus demo`: everything, on a made-up bank."""

from typing import Annotated

import typer


def demo(
    scale: Annotated[
        float, typer.Option(min=0.0005, max=1, help="Share of the bank; 1 is 318,628 donors.")
    ] = 0.05,
    seed: Annotated[int, typer.Option(help="Another seed makes another bank.")] = 1953,
    fresh: Annotated[
        bool,
        typer.Option("--fresh/--keep", help="Begin anew, or go on with what the last demo did."),
    ] = False,
) -> None:
    """Run the whole warehouse on made-up deliveries; Airflow is left running.

    Writes synthetic deliveries, starts Airflow, lets its DAGs ingest, check, build, release,
    publish and extract, and ends with a summary. Exit status 1 when anything went otherwise
    than planted. Safe to repeat.

    Example: `janus demo --scale 0.01`, and `janus down` afterwards.
    """

    from janus_warehouse.demo.display import display_for
    from janus_warehouse.demo.run import DemoOptions, run_demo
    from janus_warehouse.demo.summary import show
    from janus_warehouse.demo.tables import terminal

    console = terminal()
    with display_for(console) as display:
        summary = run_demo(DemoOptions(scale, seed, fresh), display)
    show(summary, console)
    if summary.unexpected:
        raise typer.Exit(1)
