"""`janus doctor`: what is installed, reachable or misconfigured, and the mend."""

import json
from typing import Annotated

import typer

MARKS = {
    "ok": ("ok  ", typer.colors.GREEN),
    "warn": ("warn", typer.colors.YELLOW),
    "fail": ("FAIL", typer.colors.RED),
}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Examine this installation; exit status 3 when something is missing that the work needs.

    Example: `janus doctor`
    """
    from janus_warehouse.doctor import examine

    findings = examine()
    if as_json:
        typer.echo(json.dumps([vars(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            mark, colour = MARKS[finding.state]
            typer.secho(mark, fg=colour, nl=False)
            typer.echo(f"  {finding.point:17}{finding.told}")
            if finding.mend:
                typer.echo(f"      {'':17}→ {finding.mend}")
    if any(finding.state == "fail" for finding in findings):
        raise typer.Exit(3)
