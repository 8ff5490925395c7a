"""`janus release`: frozen editions of the marts."""

from typing import TYPE_CHECKING, Annotated

import typer

from janus_warehouse.cli.lazy import REFUSED_BY_DATA
from janus_warehouse.cli.steps import show_problems, step_bar, wrong_names_are_wrong_usage

if TYPE_CHECKING:
    from janus_warehouse.releases import Release

app = typer.Typer(no_args_is_help=True, help="Cut, list, show, compare and verify releases.")

Name = Annotated[str, typer.Argument(help="Year and number, such as 2022.1")]
AsJson = Annotated[bool, typer.Option("--json", help="The whole manifest, for programs.")]


@app.command(epilog="Example: janus release cut 2022.1")
def cut(
    name: Name,
    code_version: Annotated[
        str | None, typer.Option(help="Code that made the marts; default: what the build says")
    ] = None,
) -> None:
    """Freeze the marts of the last good build under a name. Twice the same is once."""
    from janus_warehouse.releases import cut_release

    with wrong_names_are_wrong_usage(), step_bar("freezing") as bar:
        release = cut_release(name, code_version=code_version, on_progress=bar)
    typer.echo(
        f"release {release.name}: {len(release.tables)} tables, {release.rows:,} rows from "
        f"{len(release.deliveries)} deliveries, in schema {release.schema}{_pinned(release)}; "
        f"sha256 {release.manifest_sha256[:12]}"
    )


@app.command("list", epilog="Example: janus release list")
def list_all() -> None:
    """List the releases, oldest edition first."""
    from rich.console import Console
    from rich.table import Column, Table

    from janus_warehouse.releases import list_releases

    listing = Table(
        Column("release", no_wrap=True), "cut at", "tables", "rows", "deliveries", "code", "sha256"
    )
    for release in list_releases():
        listing.add_row(
            release.name,
            f"{release.created_at:%Y-%m-%d %H:%M}",
            str(len(release.tables)),
            f"{release.rows:,}",
            str(len(release.deliveries)),
            release.code_version[:12],
            release.manifest_sha256[:12],
        )
    Console().print(listing)


@app.command(epilog="Examples: janus release show 2022.1 · janus release show 2022.1 --json")
def show(name: Name, as_json: AsJson = False) -> None:
    """Show the tables and deliveries of a release."""
    import json

    from rich.console import Console
    from rich.table import Column, Table

    from janus_warehouse.releases import find_release

    with wrong_names_are_wrong_usage():
        release = find_release(name)
    if as_json:
        typer.echo(json.dumps(release.manifest, indent=2, ensure_ascii=False))
        return
    tables = Table("table", "rows", "columns", "sha256", title=f"Release {name}")
    for table in release.tables.values():
        tables.add_row(table.name, f"{table.rows:,}", str(len(table.columns)), table.sha256[:12])
    deliveries = Table("delivery", "as of", "sha256", title=f"Code {release.code_version}")
    for delivery in release.deliveries:
        deliveries.add_row(delivery["id"], delivery["as_of"], delivery["content_sha256"][:12])
    Console().print(tables, deliveries)
    if release.lake:
        names = ("pinned in the lake", "snapshot", "delivery", "rows", "sha256")
        lake = Table(*(Column(name, overflow="fold") for name in names))
        for pinned in release.lake.values():
            for append in pinned.appends:
                lake.add_row(
                    pinned.name, str(pinned.snapshot_id), append.delivery_id, f"{append.rows:,}",
                    append.content_sha256[:12],
                )  # fmt: skip
        Console().print(lake)


@app.command(epilog="Example: janus release diff 2022.1 2022.2")
def diff(
    old: Annotated[str, typer.Argument(help="The earlier release")],
    new: Annotated[str, typer.Argument(help="The later release")],
) -> None:
    """Count what changed between two releases, by primary key."""
    from rich.console import Console
    from rich.table import Table

    from janus_warehouse.releases import diff_releases

    with wrong_names_are_wrong_usage(), step_bar("comparing") as bar:
        differences = diff_releases(old, new, on_progress=bar)
    listing = Table("table", "", "added", "removed", "changed", "columns", title=f"{old} → {new}")
    for found in differences:
        columns = [f"+{name}" for name in found.columns_added]
        columns += [f"-{name}" for name in found.columns_removed]
        counts = (found.rows_added, found.rows_removed, found.rows_changed)
        shown = [f"{count:,}" if count else "" for count in counts]
        listing.add_row(found.table, found.status, *shown, ", ".join(columns))
    Console().print(listing)


@app.command(epilog="Example: janus release verify 2022.1")
def verify(name: Name) -> None:
    """Compute every hash of a release again; exit status 1 if anything has changed."""
    from janus_warehouse.releases import verify_release

    with wrong_names_are_wrong_usage(), step_bar("verifying") as bar:
        result = verify_release(name, on_progress=bar)
    show_problems(result.problems)
    if not result.passed:
        typer.secho(
            f"release {name} is not what was cut: {len(result.problems)} of its parts differ "
            f"({result.tables} tables); restore the schema, and files of the lake, from a backup, "
            "or cut a new release and withdraw this one",
            err=True,
        )
        raise typer.Exit(REFUSED_BY_DATA)
    lake = f" and {result.lake_rows:,} pinned in the lake" if result.lake_rows else ""
    typer.echo(f"release {name}: {result.tables} tables, {result.rows:,} rows{lake}, all as cut")


def _pinned(release: "Release") -> str:
    rows = sum(pinned.rows for pinned in release.lake.values())
    return f", {rows:,} rows pinned in the lake" if release.lake else ""
