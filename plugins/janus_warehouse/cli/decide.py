"""`janus decide`: a person's word on linkages that are held."""

from typing import Annotated

import typer

from janus_warehouse.deliveries.decisions import Question


def decide(
    delivery_id: Annotated[
        str | None, typer.Argument(help="a held delivery; without it, list what waits")
    ] = None,
    accept: Annotated[
        bool | None, typer.Option("--accept/--refuse", help="whether it may enter")
    ] = None,
    reason: Annotated[str, typer.Option(help="why, in a sentence; its sender reads it")] = "",
) -> None:
    """Show what is asked about a held linkage, and decide; alone it lists what waits.

    Example: `janus decide cancer_registry-2021-12-31-0a1b2c3d4e --refuse --reason "half a file"`
    """
    from janus_warehouse.deliveries import ledger
    from janus_warehouse.deliveries.decisions import held_questions
    from janus_warehouse.platform.database import Role, connect

    with connect(Role.loader) as connection:
        asked = held_questions(connection)
        if delivery_id is not None:
            ledger.get(connection, delivery_id)  # an unknown one is told as such
    if delivery_id is None:
        _list(asked)
        return
    for question in asked:
        if question.delivery_id == delivery_id:
            _show(question)
    if accept is None:
        if reason:
            raise typer.BadParameter("expected --accept or --refuse beside the reason")
        if delivery_id not in {question.delivery_id for question in asked}:
            typer.echo(f"{delivery_id} does not wait for a decision")
        return
    if not reason.strip():
        raise typer.BadParameter("expected a sentence: why?", param_hint="--reason")
    _carry_out(delivery_id, accept, reason)


def _carry_out(delivery_id: str, accept: bool, reason: str) -> None:
    from janus_warehouse.airflow.questions import close_questions
    from janus_warehouse.deliveries import decide as record
    from janus_warehouse.deliveries import settle

    decision = record(delivery_id, accept=accept, reason=reason)
    typer.echo(decision.told())
    outcome = settle(delivery_id)
    if close_questions(delivery_id, accepted=accept, reason=reason):
        typer.echo("the question in Airflow is closed with this answer")
    typer.echo(
        f"{delivery_id}: {outcome.state}, {outcome.rows_received:,} rows = "
        f"{outcome.rows_accepted:,} accepted + {outcome.rows_quarantined:,} quarantined + "
        f"{outcome.rows_refused:,} refused"
    )
    if outcome.waits or (accept and outcome.is_refused):
        typer.echo(outcome.reason, err=True)
        raise typer.Exit(1)


def _list(asked: list[Question]) -> None:
    if not asked:
        typer.echo("nothing waits for a decision")
    for question in asked:
        _show(question)


def _show(question: Question) -> None:
    from janus_warehouse.linkages.report import linkage_page

    page = linkage_page(question.delivery_id)
    typer.echo(
        f"{question.delivery_id}: {question.source} for {question.collection_id}, as of "
        f"{question.as_of}, {question.rows_received:,} rows"
    )
    for line in question.reason.splitlines():
        typer.echo(f"  {line}")
    if page.exists():
        typer.echo(f"  figures: {page}")
