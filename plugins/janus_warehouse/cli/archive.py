"""`janus archive`: the native files of settled returns, as they came."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Archived returns of laboratories, encrypted.")

DeliveryId = Annotated[str, typer.Argument(help="a return, as `janus archive list` names it")]


@app.command("list", epilog="Example: janus archive list")
def list_archived() -> None:
    """List the returns whose native files are archived."""
    from janus_warehouse.assays.archive import archive_folder_of_all, archived_deliveries

    found = archived_deliveries()
    for delivery_id in found:
        typer.echo(delivery_id)
    if not found:
        typer.echo(f"{archive_folder_of_all()}: nothing is archived; a return is, once it settles")


@app.command(
    epilog="Examples: janus archive verify · "
    "janus archive verify laboratories-2019-06-30-0a1b2c3d4e"
)
def verify(
    delivery_id: Annotated[list[str] | None, typer.Argument(help="default: all")] = None,
) -> None:
    """Read archives to their last byte; exit status 1 if one was changed or cut, 3 if one lacks.

    All that are asked for are read, whatever becomes of the first.
    """
    from rich.progress import track

    from janus_warehouse.assays.archive import ArchiveDamagedError, archived_deliveries
    from janus_warehouse.assays.archive import verify as verify_one
    from janus_warehouse.cli.lazy import NOT_AVAILABLE, REFUSED_BY_DATA
    from janus_warehouse.errors import NotAvailableError

    found = set()
    for one in track(delivery_id or archived_deliveries(), "verify"):
        try:
            files = verify_one(one)
        except (ArchiveDamagedError, NotAvailableError) as error:
            is_damaged = isinstance(error, ArchiveDamagedError)
            found.add(REFUSED_BY_DATA if is_damaged else NOT_AVAILABLE)
            typer.echo(str(error), err=True)
        else:
            typer.echo(f"{one}: {len(files)} files, {sum(f.bytes for f in files):,} bytes, whole")
    # A damaged archive weighs more than one that is not there.
    raise typer.Exit(min(found, default=0))


@app.command(epilog="Example: janus archive restore laboratories-2019-06-30-0a1b2c3d4e restored/")
def restore(
    delivery_id: DeliveryId,
    folder: Annotated[Path, typer.Argument(help="an empty folder, or one to be made")],
) -> None:
    """Write the files of an archived return below a folder, byte for byte as they came."""
    from janus_warehouse.assays.archive import restore as restore_one

    files = restore_one(delivery_id, folder)
    typer.echo(f"{delivery_id}: {len(files)} files below {folder}")
