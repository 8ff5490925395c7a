"""`janus withdraw`: donors who no longer take part."""

import sys
from datetime import date, datetime
from typing import Annotated

import typer


def withdraw(
    since: Annotated[
        datetime,
        typer.Option("--date", formats=["%Y-%m-%d"], help="Day from which the withdrawal counts."),
    ],
    system: Annotated[
        str, typer.Option(help="What the lines are: national_number, donor_number, …")
    ] = "national_number",
) -> None:
    """Record that donors have withdrawn; their identifiers are read from standard input.

    One in each line, never as an argument, which the history of the shell and the list of
    processes would keep. At a terminal one is asked for, and not shown.

    Example: `janus withdraw --date 2023-05-05 --system donor_number < letters.txt`
    """
    from janus_warehouse.identity.withdrawals import record_withdrawals

    day = since.date()
    if day > date.today():
        raise typer.BadParameter("expected a day that has come", param_hint="--date")
    if sys.stdin.isatty():
        lines = [typer.prompt(system, hide_input=True)]
    else:
        lines = sys.stdin.read().splitlines()
    # Letters write numbers in groups; no identifier holds a space.
    identifiers = [found for line in lines if (found := "".join(line.split()))]
    news = record_withdrawals(identifiers, system=system, withdrawn=day)
    typer.echo(
        f"{news} withdrawals from {day} recorded, {len(identifiers) - news} were known before; "
        "the next `janus build` marks the donors, and extracts built from now on leave them out"
    )
