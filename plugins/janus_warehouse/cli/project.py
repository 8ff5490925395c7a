"""`janus project`: approved studies."""

from datetime import date
from typing import Annotated

import typer

from janus_warehouse.cli.steps import wrong_names_are_wrong_usage

app = typer.Typer(no_args_is_help=True, help="Check and list approved projects.")


@app.command(
    epilog="Examples: janus project check pfas-testicular-cancer · "
    "janus project check smoking-lung-cancer --release 2022.1"
)
def check(
    project_id: Annotated[str, typer.Argument(help="File name in metadata/projects, no ending")],
    release: Annotated[str | None, typer.Option(help="Default: the newest release")] = None,
) -> None:
    """Check that a release holds what a project asks for, and record its specification."""
    from janus_warehouse.projects import check_project, register_project

    with wrong_names_are_wrong_usage():
        checked = check_project(project_id, release)
    changed = register_project(checked.project)
    columns = ", ".join(f"{name} ({count})" for name, count in checked.datasets.items())
    typer.echo(
        f"{project_id}: release {checked.release.name} serves it, {checked.donors:,} donors meet "
        f"the cohort; datasets and columns: {columns}"
    )
    typer.echo("recorded in governance.projects" if changed else "recorded before, unchanged")


@app.command("list", epilog="Example: janus project list")
def list_all() -> None:
    """List the projects in metadata/projects."""
    from rich.console import Console
    from rich.table import Column, Table

    from janus_warehouse.projects import load_projects

    listing = Table(
        Column("project", no_wrap=True), "title", "collection", "datasets", "valid until", ""
    )
    today = date.today()
    for project in load_projects():
        listing.add_row(
            project.project_id,
            project.title,
            project.cohort.collection,
            str(len(project.files)),
            project.valid_until.isoformat(),
            "expired" if project.expired(today) else "",
        )
    Console().print(listing)
