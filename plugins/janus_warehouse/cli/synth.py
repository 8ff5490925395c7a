"""`janus synth`: a made-up bank, written as deliveries into a folder."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer


def synth(
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Landing folder; by default this installation's."),
    ] = None,
    scale: Annotated[
        float,
        # The bounds of the plan, in figures: to import it would load NumPy for every --help.
        typer.Option(
            "--scale", "-s", min=0.0004, max=10, help="Share of the bank; 1 is 318,628 donors."
        ),
    ] = 0.05,
    seed: Annotated[
        int, typer.Option("--seed", "-n", min=0, help="The same seed gives the same bytes.")
    ] = 1,
    force: Annotated[
        bool,
        typer.Option("--force", help="Write over deliveries that the folder holds already."),
    ] = False,
) -> None:
    """Write synthetic deliveries of a made-up bank, and the answer key of their faults.

    A folder that holds another made-up bank, or deliveries without an answer key, is left as it
    is, with exit status 2, unless --force is given.

    Example: janus synth --scale 0.05 --seed 1 --out landing

    Example: janus synth --scale 1 --out /tmp/janus-whole
    """
    from janus_warehouse.platform.settings import get_settings
    from janus_warehouse.synthetic import ANSWER_KEY, Plan, generate
    from janus_warehouse.synthetic.errors import InvalidPlanError

    try:
        Plan.at(scale)
    except InvalidPlanError as error:
        raise typer.BadParameter(str(error), param_hint="--scale") from None
    folder = out or Path(get_settings().landing)
    if not force:
        _refuse_what_is_there(folder, scale, seed)
    with _table_bar() as move:
        key = generate(folder, scale=scale, seed=seed, on_progress=move)
    written = sum(table.rows for answer in key.deliveries for table in answer.tables)
    bad = sum(table.quarantined for answer in key.deliveries for table in answer.tables)
    typer.echo(
        f"{folder}: {len(key.deliveries)} deliveries, {written:,} rows, "
        f"{bad:,} planted for quarantine; what must become of them stands in {ANSWER_KEY}"
    )


def _refuse_what_is_there(folder: Path, scale: float, seed: int) -> None:
    """End with status 2 when writing would replace deliveries of somebody else."""
    from janus_warehouse.demo.landing import deliveries_of_others, other_bank

    found = other_bank(folder, scale, seed)
    if found is None and (others := deliveries_of_others(folder)):
        found = f"delivery folders without an answer key ({others:,})"
    if found is None:
        return
    typer.echo(
        f"{folder} holds {found}, and folders of the same names would be replaced by scale "
        f"{scale} and seed {seed}. Nothing was written: name another folder with --out, or add "
        "--force to write over them",
        err=True,
    )
    raise typer.Exit(2)


@contextmanager
def _table_bar() -> Iterator[Callable[[str, int, int], None]]:
    """Give a function `(step, done, total)` that moves a bar of tables, which stays when done."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description:<34}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total} tables"),
        TimeElapsedColumn(),
    )
    with Progress(*columns) as bar:
        task = bar.add_task("people and tumours", total=None)
        yield lambda step, done, total: bar.update(
            task, description=step, completed=done, total=total
        )
