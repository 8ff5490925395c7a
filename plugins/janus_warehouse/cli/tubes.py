"""`janus tubes`: what became of the tubes of a project, and the history of one tube."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from janus_warehouse.assays.tubes import TubeHistory

app = typer.Typer(
    no_args_is_help=True, help="What became of tubes: accounts of projects, history of one tube."
)


@app.command(
    epilog="Examples: janus tubes report · janus tubes report pfas-testicular-cancer --json"
)
def report(
    project: Annotated[str | None, typer.Argument(help="Default: every project")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the documents instead.")] = False,
) -> None:
    """Write the page of each project: tubes sent, back, used up, missing; what disagrees.

    The page names study codes and barcodes and no donor. The same stands beside it as JSON.
    """
    from janus_warehouse.assays.marts import plain
    from janus_warehouse.assays.tubes import read_accounts, write_project_reports

    if as_json:
        accounts, words = read_accounts(project)
        documents = [account.as_dict(words) for account in accounts]
        typer.echo(json.dumps(documents, indent=1, default=plain, ensure_ascii=False))
        return
    written = write_project_reports(project)
    for account, page in written:
        typer.echo(
            f"{account.project_id}: {account.total('n_codes'):,} codes sent, "
            f"{account.total('n_with_results'):,} with results, {account.total('n_out'):,} out, "
            f"{account.total('n_missing'):,} missing, {len(account.findings):,} findings\n"
            f"  {page}"
        )
    if not written:
        typer.echo("no tube has been sent for a project yet")


@app.command(epilog="Examples: janus tubes show 1000000011 · janus tubes show 1000000011 --json")
def show(
    barcode: Annotated[str, typer.Argument(metavar="BARCODE", help="Ten digits, on the tube.")],
    as_json: Annotated[bool, typer.Option("--json", help="As a document.")] = False,
) -> None:
    """Show the history of one tube: places, volumes, thaws, shipments, results, findings."""
    from janus_warehouse.assays.marts import plain
    from janus_warehouse.assays.tubes import tube_history

    history = tube_history(barcode)
    if as_json:
        typer.echo(json.dumps(history.as_dict(), indent=1, default=plain, ensure_ascii=False))
        return
    _print_history(history)


def _print_history(history: "TubeHistory") -> None:
    from rich.console import Console
    from rich.table import Column, Table

    console, tube = Console(), history.tube
    if tube:
        console.print(
            f"{history.barcode}: {tube['material_code']} of draw {tube['draw_id']}, "
            f"{tube['tube_status']}, {tube['volume_ul']:,} uL, thawed {tube['thaw_count']} times, "
            f"{tube['place'] or 'no place'}",
            soft_wrap=True, highlight=False,
        )  # fmt: skip
    else:
        console.print(f"{history.barcode}: not in the last inventory", highlight=False)
    if history.aliquots:
        console.print(f"aliquots: {', '.join(history.aliquots)}", soft_wrap=True, highlight=False)
    listing = Table(
        Column("date", no_wrap=True),
        *(Column(name, overflow="fold") for name in (
            "what", "place", "uL", "thaws", "for", "finding"
        )),
    )  # fmt: skip
    for row in history.movements:
        listing.add_row(
            str(row["movement_date"] or "–"), row["movement_kind"].replace("_", " "),
            _place(row), _volume(row),
            _change(row["thaws_before"], row["thaws_after"]), _purpose(row),
            row["finding_code"] or "",
        )  # fmt: skip
    console.print(listing)
    for row in history.findings:
        detail = f": {row['finding_detail']}" if row["finding_detail"] else ""
        console.print(
            f"{row['found_date']} {row['finding_code']} {row['study_code'] or ''}{detail}",
            soft_wrap=True, highlight=False,
        )  # fmt: skip


def _change(before: Any, after: Any) -> str:
    if before is None or before == after:
        return "" if after is None else str(after)
    return f"{before} → {'–' if after is None else after}"


def _place(row: dict[str, Any]) -> str:
    if row["movement_source"] == "inventory":
        return _change(row["place_before"], row["place_after"])
    return row["laboratory"] or ""


def _volume(row: dict[str, Any]) -> str:
    if row["volume_used_ul"] is not None:
        return f"used {float(row['volume_used_ul']):g}"
    return _change(row["volume_before_ul"], row["volume_after_ul"])


def _purpose(row: dict[str, Any]) -> str:
    named = (row["project_id"], row["study_code"], row["parent_barcode"])
    return " ".join(text for text in named if text)
