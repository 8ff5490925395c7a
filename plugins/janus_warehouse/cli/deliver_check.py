"""`janus deliver --check`: what would become of a return, told on the terminal."""

import json

import typer

from janus_warehouse.assays.precheck import Asked, Checked, NoReturnError, check_return
from janus_warehouse.cli.lazy import NOT_AVAILABLE, REFUSED_BY_DATA, WRONG_USAGE
from janus_warehouse.cli.steps import step_bar
from janus_warehouse.errors import WarehouseError
from janus_warehouse.platform.faults import database_fault

WITH_ROWS_PUT_ASIDE = 4
_STATUS = {"accepted": 0, "quarantined": WITH_ROWS_PUT_ASIDE, "refused": REFUSED_BY_DATA}
_WORDS = {
    "accepted": "It would be accepted.",
    "quarantined": "It would be accepted, with rows put aside.",
    "refused": "It would be refused: nothing of it would enter.",
}
_TAGS = {"refused": "must be mended", "quarantined": "put aside", "warned": "look at it"}


def run(asked: Asked, *, as_json: bool) -> None:
    """Check a return, tell the verdict and end with its exit status.

    A check that could not be made has no verdict: its status is never that of a refusal.
    """
    try:
        with step_bar("check", in_percent=True) as move:
            checked = check_return(asked, lambda step, percent: move(step, percent, 100))
    except Exception as error:
        fault = error if isinstance(error, WarehouseError) else database_fault(error)
        if fault is None:
            raise
        status = WRONG_USAGE if isinstance(fault, NoReturnError) else NOT_AVAILABLE
        _show_error(str(fault), status, as_json=as_json)
        raise typer.Exit(status) from None
    status = _STATUS[checked.verdict]
    if as_json:
        told = {"verdict": checked.verdict, "exit_status": status, "report": str(checked.page)}
        typer.echo(json.dumps(told | checked.content, default=str, indent=1, ensure_ascii=False))
    else:
        _show(checked)
    raise typer.Exit(status)


def _show_error(told: str, status: int, *, as_json: bool) -> None:
    typer.secho(told, err=True, fg=typer.colors.RED)
    if as_json:
        content = {"verdict": None, "exit_status": status, "error": told}
        typer.echo(json.dumps(content, indent=1, ensure_ascii=False))


def _show(checked: Checked) -> None:
    content = checked.content
    counts = content["counts"]
    typer.echo(f"Judged by {content['check']['against']}.")
    for note in content["check"]["notes"]:
        typer.echo(note)
    if counts:
        typer.echo(", ".join(f"{number:,} {name}" for name, number in counts.items()))
    typer.echo(_WORDS[checked.verdict])
    for number, one in enumerate(content["to_do"], 1):
        typer.echo(f"{number}. {_TAGS[one['outcome']]}: {one['told']} {one['mend']}".rstrip())
    if content["not_asked"]:
        rules = ", ".join(one["rule_id"] for one in content["not_asked"])
        typer.echo(f"{len(content['not_asked'])} rules are not asked here: {rules}")
    typer.echo(f"Report: {checked.page}")
