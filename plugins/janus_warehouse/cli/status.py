"""`janus status`: what came in, what was built, released and delivered."""

import json
from typing import Annotated, Any

import typer


def status(
    as_json: Annotated[
        bool, typer.Option("--json", help="The whole document, for programs.")
    ] = False,
) -> None:
    """Show deliveries, checks, builds, releases, extracts and what runs.

    Example: `janus status --json | jq '.deliveries[] | select(.state == "refused") | .reason'`
    """
    from janus_warehouse.airflow import stack
    from janus_warehouse.status import status_document

    document = status_document()
    running = stack.status()
    document["airflow"] = {
        "address": running.address if running.is_up else None,
        "is_up": running.is_up,
        "processes": running.processes,
        "health": running.health,
    }
    if as_json:
        typer.echo(json.dumps(document, indent=2, default=str))
    else:
        _show(document)


def _show(document: dict[str, Any]) -> None:

    from janus_warehouse.demo.tables import (
        check_table,
        delivery_table,
        marts_table,
        questions,
        refusals,
        terminal,
    )

    console = terminal()
    console.print(delivery_table(document["deliveries"]))
    for line in refusals(document["deliveries"]):
        console.print(f"Refused: {line}", soft_wrap=True)
    for line in questions(document["deliveries"]):
        console.print(f"Held until somebody decides (`janus decide`): {line}", soft_wrap=True)
    console.print(check_table(document["checks"]["outcomes"]))
    console.print(marts_table(document["marts"]))
    for build in document["builds"][-1:]:
        console.print(f"Last build {build['build_id']}: {build['state']}")
    for release in document["releases"]:
        console.print(f"Release {release['release_name']} of {release['created_at'][:10]}")
    for extract in document["extracts"]:
        console.print(f"Extract {extract['extract_id']}: {extract['rows']} rows")
    airflow = document["airflow"]
    state = f"runs at {airflow['address']}" if airflow["is_up"] else "is down: `janus up`"
    console.print(f"Airflow {state}")
