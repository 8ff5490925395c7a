"""What the commands for releases, projects and extracts share: progress, and wrong names."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

from janus_warehouse.cli.lazy import WRONG_USAGE


@contextmanager
def step_bar(what: str, *, in_percent: bool = False) -> Iterator[Callable[[str, int, int], None]]:
    """Give a function `(name, done, total)` that moves a bar; the bar goes when the work ends."""
    from rich import progress as bars
    from rich.console import Console

    done = bars.TaskProgressColumn() if in_percent else bars.MofNCompleteColumn()
    columns = (bars.TextColumn("{task.description}"), bars.BarColumn(), done)
    console = Console(stderr=True)
    with bars.Progress(
        *columns, bars.TimeElapsedColumn(), console=console, transient=True
    ) as progress:
        task = progress.add_task(what, total=None)

        def move(name: str, done: int, total: int) -> None:
            text = f"{what}: {name}" if name else what
            progress.update(task, description=text, completed=done, total=total)

        yield move


@contextmanager
def wrong_names_are_wrong_usage() -> Iterator[None]:
    """Exit with 2 when a release, project or extract of that name does not exist."""
    from janus_warehouse.extracts import UnknownExtractError
    from janus_warehouse.projects import UnknownProjectError
    from janus_warehouse.releases import InvalidReleaseNameError, UnknownReleaseError

    try:
        yield
    except (
        InvalidReleaseNameError, UnknownReleaseError, UnknownProjectError, UnknownExtractError,
    ) as error:  # fmt: skip
        typer.secho(str(error), err=True, fg=typer.colors.RED)
        raise typer.Exit(WRONG_USAGE) from None


def show_problems(problems: dict[str, str]) -> None:
    """Print what a verification found wrong, one line each."""
    for name, problem in problems.items():
        typer.secho(f"{name}: {problem}", err=True, fg=typer.colors.RED)
