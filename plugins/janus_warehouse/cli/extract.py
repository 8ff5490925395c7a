"""`janus extract`: what projects receive."""

from typing import Annotated

import typer

from janus_warehouse.cli.lazy import REFUSED_BY_DATA
from janus_warehouse.cli.steps import show_problems, step_bar, wrong_names_are_wrong_usage

app = typer.Typer(no_args_is_help=True, help="Build, verify and list extracts.")

Project = Annotated[str, typer.Argument(help="File name in metadata/projects, without ending")]
ReleaseName = Annotated[str, typer.Argument(help="Release, such as 2022.1")]


@app.command(epilog="Example: janus extract build pfas-testicular-cancer 2022.1")
def build(project_id: Project, release: ReleaseName) -> None:
    """Write the extract of a project from a release. Twice the same is once."""
    from janus_warehouse.extracts import build_extract

    with wrong_names_are_wrong_usage(), step_bar("writing") as bar:
        extract = build_extract(project_id, release, on_progress=bar)
    what = "was there, unchanged" if extract.was_there else "written"
    size = sum(entry["bytes"] for entry in extract.files) / 2**20
    typer.echo(
        f"extract {extract.extract_id} {what}: {len(extract.files)} files, {extract.rows:,} rows, "
        f"{size:.1f} MiB in {extract.folder}"
    )


@app.command(epilog="Example: janus extract verify pfas-testicular-cancer 2022.1")
def verify(project_id: Project, release: ReleaseName) -> None:
    """Compare the files of an extract with what was delivered; exit status 1 if they differ."""
    from janus_warehouse.extracts import verify_extract

    with wrong_names_are_wrong_usage():
        result = verify_extract(project_id, release)
    show_problems(result.problems)
    if not result.passed:
        typer.secho(
            f"extract {result.extract_id} is not what was delivered: run `janus extract build "
            f"{project_id} {release}` to make it again from the release",
            err=True,
        )
        raise typer.Exit(REFUSED_BY_DATA)
    typer.echo(f"extract {result.extract_id}: every file is as delivered")


@app.command("list", epilog="Example: janus extract list")
def list_all() -> None:
    """List the extracts that were delivered."""
    from rich.console import Console
    from rich.table import Column, Table

    from janus_warehouse.extracts import list_extracts

    listing = Table(
        Column("extract", no_wrap=True), "files", "rows", "built at", "sha256", "folder"
    )
    for record in list_extracts():
        listing.add_row(
            record.extract_id,
            str(record.files),
            f"{record.rows:,}",
            f"{record.built_at:%Y-%m-%d %H:%M}",
            record.sha256[:12],
            record.folder,
        )
    Console().print(listing)
