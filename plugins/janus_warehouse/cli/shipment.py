"""`janus shipment`: blinded shipments to laboratories; made, followed, opened."""

import secrets
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from janus_warehouse.cli.steps import wrong_names_are_wrong_usage

if TYPE_CHECKING:
    from janus_warehouse.assays.shipments import Progress

app = typer.Typer(no_args_is_help=True, help="Make blinded shipments, follow them, open the seal.")

ShipmentId = Annotated[str, typer.Argument(metavar="SHIPMENT", help="As `janus shipment list`.")]


@app.command(
    epilog="Example: janus shipment make pfas-testicular-cancer --laboratory toxicology_lab "
    "--platform targeted_chemistry --tubes tubes.csv --volume-ul 250 --thaw"
)
def make(
    project: Annotated[str, typer.Argument(help="File name in metadata/projects, no ending.")],
    laboratory: Annotated[str, typer.Option(help="Who receives it, as the project names it.")],
    tubes: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="tube_barcode, set_number, status.")
    ],
    platform: Annotated[str, typer.Option(help="What it is measured with.")],
    volume_ul: Annotated[int, typer.Option(min=1, max=5000, help="Taken of each tube.")] = 50,
    plate_wells: Annotated[int, typer.Option(help="Wells of a plate: 48, 96 or 384.")] = 96,
    controls: Annotated[int, typer.Option(help="Wells of each plate left to the laboratory.")] = 8,
    duplicates: Annotated[float, typer.Option(help="Share that goes out twice, blinded.")] = 0.05,
    seed: Annotated[
        int | None, typer.Option(help="Of the layout; default: random, sealed.")
    ] = None,
    thaw: Annotated[bool, typer.Option("--thaw", help="The tubes are thawed for it.")] = False,
) -> None:
    """Issue study codes, lay out plates, write the laboratory's folder, seal who is a case.

    The bank's own list of what was sent is laid into the landing zone. The same command again
    finishes what was interrupted, and makes nothing twice.
    """
    from janus_warehouse.assays.shipments import Design, Request, make_shipment

    design = Design(
        seed=secrets.randbits(63) if seed is None else seed,
        plate_wells=plate_wells, controls=controls, duplicates=duplicates,
    )  # fmt: skip
    request = Request(
        project, laboratory, platform, tubes, design, seed_was_given=seed is not None,
        volume_ul=volume_ul, is_thawed=thaw,
    )  # fmt: skip
    with wrong_names_are_wrong_usage():
        made = make_shipment(request)
    shipment = made.shipment
    typer.echo(
        f"{shipment.shipment_id}: {shipment.samples:,} samples on {shipment.plates} "
        f"plate{'s' if shipment.plates > 1 else ''}, "
        f"{shipment.duplicates} of them blinded duplicates"
        + ("" if made.is_new else "; it was made before and is complete now, nothing was added")
    )
    typer.echo(f"for the laboratory, whole and alone: {made.folder}")
    typer.echo("the bank's list of it waits in the landing zone: `janus ingest` takes it in")


@app.command(
    epilog="Example: janus shipment reserve pfas-testicular-cancer --tubes tubes.csv "
    "--until 2027-06-30"
)
def reserve(
    project: Annotated[str, typer.Argument(help="File name in metadata/projects, no ending.")],
    tubes: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="With tube_barcode.")],
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Last day.")],
) -> None:
    """Keep tubes for a project: no other project's shipment may take them until that day."""
    from janus_warehouse.assays.shipments import reserve_tubes

    with wrong_names_are_wrong_usage():
        reserved = reserve_tubes(project, tubes, until.date())
    typer.echo(f"{reserved:,} tubes are kept for {project} until {until.date()}")


@app.command(epilog="Example: janus shipment free pfas-testicular-cancer --tubes tubes.csv")
def free(
    project: Annotated[str, typer.Argument(help="For whom they are kept.")],
    tubes: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="With tube_barcode.")],
) -> None:
    """Give tubes free again that are kept for a project."""
    from janus_warehouse.assays.shipments import free_tubes

    typer.echo(f"{free_tubes(project, tubes):,} tubes are no longer kept for {project}")


@app.command("list", epilog="Example: janus shipment list")
def list_all() -> None:
    """List the shipments made here and how far each has come."""
    from rich.console import Console
    from rich.table import Column, Table

    from janus_warehouse.assays.shipments import list_progress

    listing = Table(
        Column("shipment", no_wrap=True), "laboratory", Column("sent", no_wrap=True),
        Column("codes", justify="right"), Column("back", justify="right"), "state",
    )  # fmt: skip
    found = list_progress()
    for one in found:
        shipment = one.shipment
        listing.add_row(
            shipment.shipment_id, shipment.laboratory,
            shipment.shipped_date.isoformat(), f"{one.total:,}", f"{one.back:,}", one.state,
        )  # fmt: skip
    if found:
        Console().print(listing)
    else:
        typer.echo("no shipment was made here yet: `janus shipment make --help`")


@app.command(epilog="Example: janus shipment show pfas-testicular-cancer-3 --codes pending")
def show(
    shipment_id: ShipmentId,
    codes: Annotated[
        str | None, typer.Option(help="List the codes that are: pending, reason, withdrawn, …")
    ] = None,
) -> None:
    """Show what became of the study codes of a shipment, as counts; or list the codes."""
    from janus_warehouse.assays.shipments import codes_by_account, list_progress
    from janus_warehouse.assays.shipments.ledger import ACCOUNTS

    if codes is not None and codes not in ACCOUNTS:
        raise typer.BadParameter(f"expected one of {', '.join(ACCOUNTS)}", param_hint="--codes")
    [progress] = list_progress(shipment_id)
    if codes is not None:
        for code in codes_by_account(shipment_id, codes):
            typer.echo(code)
        return
    _print_progress(progress)


@app.command(
    "open", epilog="Example: janus shipment open pfas-testicular-cancer-3 --reason 'REK …'"
)
def open_seal(
    shipment_id: ShipmentId,
    reason: Annotated[str, typer.Option(help="Why, in a sentence; it stands in the audit chain.")],
) -> None:
    """Open the seal: who is a case. Refused until every code is back, or has a reason."""
    from janus_warehouse.assays.shipments import open_shipment

    opened = open_shipment(shipment_id, reason=reason)
    typer.echo(
        f"{opened.shipment_id} is open: {opened.cases:,} samples of cases, {opened.controls:,} of "
        "controls, duplicates included; it stands in the audit chain"
    )
    typer.echo("the next `janus build` brings the status into dim_shipments")


def _print_progress(progress: "Progress") -> None:
    shipment, codes = progress.shipment, progress.codes
    typer.echo(
        f"{shipment.shipment_id}: {progress.state}\n"
        f"  project {shipment.project_id}, {shipment.laboratory}, {shipment.platform}, sent "
        f"{shipment.shipped_date}, made by {shipment.made_by}\n"
        f"  {shipment.samples:,} samples on {shipment.plates} plates, {shipment.duplicates} "
        f"duplicates\n"
        f"  back {progress.back:,} of {progress.total:,}: {codes['result']:,} with results, "
        f"{codes['reason']:,} with a reason why not, {codes['withdrawn']:,} of donors who withdrew"
    )
    if codes["waiting"]:
        typer.echo(f"  {codes['waiting']:,} not in yet with the bank's own delivery: janus ingest")
    if shipment.opened_at is not None:
        typer.echo(
            f"  opened {shipment.opened_at:%Y-%m-%d %H:%M} by {shipment.opened_by}: "
            f"{shipment.reason}"
        )
