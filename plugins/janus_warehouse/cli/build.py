"""`janus build`: the marts, from everything that has been accepted."""

from typing import Annotated

import typer


def build(
    full: Annotated[bool, typer.Option("--full", help="Build everything anew.")] = False,
    select: Annotated[
        str | None, typer.Option(help="Only these models, in dbt's selection syntax.")
    ] = None,
) -> None:
    """Build what new deliveries can touch; with nothing new, do nothing.

    Example: `janus build` · `janus build --full` · `janus build --select +fct_cancer_cases`
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    from janus_warehouse.warehouse import BuildEvent, UnknownSelectionError, build

    columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()]
    with Bar(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task("dbt starts", total=None)

        def show(event: BuildEvent) -> None:
            described = f"{event.kind} {event.name}"
            bar.update(task, completed=event.done, total=event.total, description=described)

        try:
            result = build(select, full=full, on_event=show)
        except UnknownSelectionError as error:
            raise typer.BadParameter(str(error), param_hint="--select") from None
    if not result.models_built and not result.checks:
        typer.echo(f"Nothing to build ({result.selection}).")
        return
    typer.echo(
        f"{result.build_id}: {result.models_built} models, {result.checks} checks passed "
        f"in {result.seconds:.1f} s ({result.selection})"
    )
