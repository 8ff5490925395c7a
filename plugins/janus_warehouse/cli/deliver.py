"""`janus deliver`, `janus deliveries`, `janus ingest`, `janus retry`: for senders and loaders."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Deliveries: write manifests, look, ingest by hand.")


Folder = Annotated[Path, typer.Argument(help="folder with the plain files")]
AsOf = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="day the content describes; --check: or today"),
]
Source = Annotated[str | None, typer.Option(help="who delivers; default: the parent folder")]
Collection = Annotated[str, typer.Option(help="whose people and samples these are")]
Tables = Annotated[list[str] | None, typer.Option(help="FILE=TABLE, where names differ")]
Supersedes = Annotated[str | None, typer.Option(help="delivery id that this one corrects")]
Check = Annotated[
    bool, typer.Option("--check", help="of a return: tell what would become of it, no more")
]
Shipment = Annotated[
    list[Path] | None,
    typer.Option(help="with --check: samples_sent.csv, where there is no warehouse"),
]
Report = Annotated[
    Path | None,
    typer.Option(help="with --check: folder of the report; else FOLDER-check", file_okay=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="with --check: for programs")]


@app.command(
    epilog="Examples: janus deliver landing/census/2022 --as-of 2022-12-31 · "
    "janus deliver drop/ --source biobank --as-of 2022-06-30 --table export7.csv=tubes · "
    "janus deliver landing/laboratories/pfas-2022 --as-of 2022-06-30 (a return: a folder with "
    "return.yaml and returned/) · janus deliver return/ --check --shipment samples_sent.csv. "
    "Exit status of --check: 0 accepted, 4 accepted with rows put aside, 1 refused; 2 wrong usage, "
    "3 could not be checked."
)
def deliver(
    folder: Folder,
    as_of: AsOf = None,
    source: Source = None,
    collection: Collection = "janus",
    table: Tables = None,
    supersedes: Supersedes = None,
    check: Check = False,
    shipment: Shipment = None,
    report: Report = None,
    as_json: AsJson = False,
) -> None:
    """Write the manifest of a folder of plain files, which makes it a delivery."""
    day = as_of.date() if as_of else None
    if check:
        from janus_warehouse.assays.precheck import Asked
        from janus_warehouse.cli.deliver_check import run

        run(Asked(folder, tuple(shipment or ()), report, collection, day, supersedes),
            as_json=as_json)  # fmt: skip
        return
    if not folder.exists():
        raise typer.BadParameter(f"{folder} does not exist", param_hint="FOLDER")
    if day is None:
        raise typer.BadParameter("missing: the day the content describes", param_hint="--as-of")
    _write_manifest(folder, day, source, collection, table, supersedes)


def _write_manifest(
    folder: Path,
    as_of: date,
    source: str | None,
    collection: str,
    tables: list[str] | None,
    supersedes: str | None,
) -> None:
    """Write the manifest, of a return or of plain files, and tell what it declares."""
    from janus_warehouse.assays.packages import is_return, write_return_manifest
    from janus_warehouse.deliveries import write_manifest
    from janus_warehouse.deliveries.manifest import read_manifest

    if is_return(folder):
        path = write_return_manifest(
            folder, collection=collection, as_of=as_of, supersedes=supersedes
        )
    else:
        path = write_manifest(
            folder, source=source or folder.resolve().parent.name, collection=collection,
            as_of=as_of, supersedes=supersedes,
            tables=dict(entry.split("=", 1) for entry in tables) if tables else None,
        )  # fmt: skip
    manifest = read_manifest(path.read_text(encoding="utf-8"), str(path))
    rows = sum(file.rows for file in manifest.files)
    typer.echo(f"{manifest.delivery_id}: {len(manifest.files)} files, {rows:,} rows, {path}")


@app.command(epilog="Examples: janus deliveries · janus deliveries --state refused")
def deliveries(
    state: Annotated[str | None, typer.Option(help="only this state")] = None,
) -> None:
    """List the deliveries with their rows; what is still being copied is named at the end."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from janus_warehouse.deliveries import scan_landing
    from janus_warehouse.deliveries.ledger import NEXT_STATES
    from janus_warehouse.platform.database import Role, connect

    if state is not None and state not in NEXT_STATES:
        raise typer.BadParameter(f"expected one of {', '.join(NEXT_STATES)}", param_hint="--state")
    copying = scan_landing().copying
    listing = Table(
        "delivery and why it was refused or is held", "state", "rows", "acc.", "quar.", "ref."
    )
    with connect(Role.loader) as connection:
        for row in connection.execute(
            "select delivery_id, state, rows_received, rows_accepted, rows_quarantined, "
            "rows_refused, coalesce(split_part(reason, E'\\n', 1), '') from ops.deliveries "
            "where %s::text is null or state = %s order by received_at, delivery_id",
            [state, state],
        ):
            *cells, reason = (f"{v:,}" if isinstance(v, int) else v for v in row)
            # The id stands whole, to be copied; the reason goes below it.
            cells[0] = f"{cells[0]}\n[dim]{escape(reason)}[/dim]" if reason else cells[0]
            listing.add_row(*cells)
    listing.columns[0].min_width = 44
    Console().print(listing)
    for folder in copying:
        typer.echo(f"{folder}: no manifest yet, taken as still being copied")


@app.command(epilog="Examples: janus ingest · janus ingest census-2022-12-31-0a1b2c3d4e")
def ingest(
    delivery_id: Annotated[list[str] | None, typer.Argument(help="default: all that wait")] = None,
) -> None:
    """Ingest deliveries without Airflow, with a progress bar; exit status 1 if one is refused."""
    from rich.progress import track

    from janus_warehouse.deliveries import ingest as ingest_one
    from janus_warehouse.deliveries import scan_landing
    from janus_warehouse.deliveries.decisions import to_do
    from janus_warehouse.errors import DeliveryNotReadyError
    from janus_warehouse.platform.database import Role, connect

    found = scan_landing()
    if not delivery_id:
        with connect(Role.loader) as connection:
            delivery_id = [delivery.delivery_id for delivery in to_do(connection)]
        if not delivery_id:
            _tell_of_held()
            typer.echo(
                f"nothing waits: {len(found.known)} folders are known already, "
                f"{len(found.copying)} have no manifest yet; `janus deliveries` lists them"
            )
            return
    refused = 0
    for one in track(delivery_id, "ingest"):
        try:
            outcome = ingest_one(one)
        except DeliveryNotReadyError as error:
            typer.echo(f"{one}: {error}", err=True)
            continue
        refused += outcome.is_refused
        typer.echo(
            f"{one}: {outcome.state}, {outcome.rows_received:,} rows = "
            f"{outcome.rows_accepted:,} accepted + {outcome.rows_quarantined:,} quarantined + "
            f"{outcome.rows_refused:,} refused"
        )
        if outcome.reason:
            typer.echo(outcome.reason, err=True)
    _tell_of_held()
    raise typer.Exit(1 if refused else 0)


def _tell_of_held() -> None:
    """Say which deliveries wait for a person, and what to do."""
    from janus_warehouse.deliveries.decisions import held_questions
    from janus_warehouse.platform.database import Role, connect

    with connect(Role.loader) as connection:
        held = held_questions(connection)
    for question in held:
        typer.echo(
            f"{question.delivery_id} is held until somebody decides: look with "
            f"`janus decide {question.delivery_id}`, then add --accept or --refuse, and --reason"
        )


@app.command(epilog="Example: janus retry cancer_registry-2022-12-31-0a1b2c3d4e && janus ingest")
def retry(delivery_id: str) -> None:
    """Put a refused delivery back to the start, once what it lacked has come."""
    from janus_warehouse.deliveries import retry as retry_one

    retry_one(delivery_id)
    typer.echo(f"{delivery_id} waits again; the next ingest takes it")
