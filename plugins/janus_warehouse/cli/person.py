"""`janus person`: records that are one person, or two; decided, shown and taken back."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from janus_warehouse.identity.history import Decision
    from janus_warehouse.identity.persons import Decided

app = typer.Typer(
    no_args_is_help=True, help="Say which records are one person, or two; undo; show."
)

Reason = Annotated[str, typer.Option(help="Why, in a sentence without an identity number.")]
System = Annotated[str, typer.Option(help="What the lines are: national_number, donor_number, …")]


@app.command(epilog="Example: janus person merge --reason 'letter 2023/114' < two_numbers.txt")
def merge(
    reason: Reason,
    donors: Annotated[
        list[str] | None, typer.Argument(help="Keys of donors; else numbers are read.")
    ] = None,
    system: System = "national_number",
    although_different: Annotated[
        bool, typer.Option(help="Also where sex or birth date contradict each other.")
    ] = False,
) -> None:
    """Make records one person. The key that was registered first stays.

    Identity numbers are read from standard input, one in each line, never taken as arguments,
    which the history of the shell and the list of processes would keep. A line may name its own
    system, as in `donor_number: J0000017`. Keys of donors may be arguments.
    """
    from janus_warehouse.identity.persons import is_donor_key, merge_persons

    if donors and not all(is_donor_key(donor) for donor in donors):
        raise typer.BadParameter(
            "expected keys of donors (D and 16 digits); numbers of persons are read from "
            "standard input", param_hint="DONORS",
        )  # fmt: skip
    identifiers = () if donors else _read(system)
    done = merge_persons(
        donors or (), identifiers, reason=reason, although_different=although_different
    )
    if done.decision_id is None:
        typer.echo(f"they are one person already, {done.donor_id}; nothing was changed")
        return
    typer.echo(
        f"decision {done.decision_id}: {', '.join(done.other_donor_ids)} and {done.donor_id} are "
        f"one person, {done.donor_id}; {done.identifiers} identifiers moved"
    )
    if done.differences:
        typer.echo(f"their records contradict each other in {', '.join(done.differences)}")
    if done.withdrawn:
        typer.echo("a withdrawal that was recorded for either holds for the person")
    _tell_next()


@app.command(epilog="Example: janus person split --reason 'letter 2023/117' < their_numbers.txt")
def split(reason: Reason, system: System = "national_number") -> None:
    """Give identifiers of a donor to a donor of their own; the rows found by them follow.

    All identifiers that are the other person's are read from standard input, one in each line;
    a line may name its system, as in `donor_number: J0000017`.
    """
    from janus_warehouse.identity.persons import split_person

    done = split_person(_read(system), reason=reason)
    typer.echo(
        f"decision {done.decision_id}: {done.identifiers} identifiers of {done.donor_id} are "
        f"another person's, {done.other_donor_ids[0]}"
    )
    _warn_of_withdrawals(done)
    _tell_next()


@app.command(epilog="Example: janus person undo 7 --reason 'the letter was about somebody else'")
def undo(decision: Annotated[int, typer.Argument(help="Its number.")], reason: Reason) -> None:
    """Take a decision back. Donors of an undone merge are kept apart from then on."""
    from janus_warehouse.identity.persons import undo_decision

    done = undo_decision(decision, reason=reason)
    typer.echo(
        f"decision {done.decision_id}: decision {decision} is undone, {done.identifiers} "
        "identifiers went back"
    )
    _warn_of_withdrawals(done)
    _tell_next()


@app.command(epilog="Example: janus person show D0123456789ABCDEF")
def show(
    donor: Annotated[str, typer.Argument(help="Key of the donor, of today or of before.")],
) -> None:
    """Show the decisions about a donor, and the kinds of its identifiers with their rows."""
    from rich.console import Console
    from rich.table import Table

    from janus_warehouse.identity.history import show_person

    person = show_person(donor)
    former = f", before also {', '.join(person.former_ids)}" if person.former_ids else ""
    typer.echo(f"{person.donor_id}{former}")
    listing = Table("identifier", "from", "to", "rows in raw", "tables")
    for known in person.identifiers:
        listing.add_row(
            known.kind,
            str(known.valid_from or ""),
            str(known.valid_to or ""),
            f"{known.rows:,}",
            ", ".join(known.tables),
        )
    Console().print(listing)
    _print_decisions(list(person.decisions))


@app.command(epilog="Example: janus person decisions --delivery population_register-2022-12-31-…")
def decisions(
    delivery: Annotated[str | None, typer.Option(help="Only what this delivery decided.")] = None,
) -> None:
    """List the decisions about who is who, oldest first."""
    from janus_warehouse.identity.history import list_decisions

    _print_decisions(list_decisions(delivery))


def _read(system: str) -> list[tuple[str, str]]:
    """Return system and value of each line of standard input; at a terminal it asks for two."""
    if sys.stdin.isatty():
        lines = [typer.prompt(system, hide_input=True), typer.prompt(system, hide_input=True)]
    else:
        lines = sys.stdin.read().splitlines()
    found = []
    for line in lines:
        named, colon, value = line.rpartition(":")
        # Letters write numbers in groups; no identifier holds a space.
        if value := "".join(value.split()):
            found.append((named.strip() if colon else system, value))
    return found


def _print_decisions(listed: "list[Decision]") -> None:
    from rich.console import Console
    from rich.table import Column, Table

    listing = Table(
        Column("no.", justify="right"), "what", "donor", "others", "why", "differ in", "who", "when"
    )
    for one in listed:
        what = one.kind if one.undoes is None else f"undo {one.undoes}"
        if one.undone_by is not None:
            what += f", undone by {one.undone_by}"
        listing.add_row(
            str(one.decision_id),
            what,
            one.donor_id,
            " ".join(one.other_donor_ids),
            one.delivery_id or one.reason,
            ", ".join(one.differences),
            one.actor,
            f"{one.decided_at:%Y-%m-%d %H:%M}",
        )
    Console().print(listing)


def _warn_of_withdrawals(done: "Decided") -> None:
    if done.withdrawn:
        typer.echo(
            f"look: a withdrawal is recorded for {', '.join(done.withdrawn)} and stays there; if "
            "it was the other person's, record it for that one with `janus withdraw`"
        )


def _tell_next() -> None:
    typer.echo("raw and the releases are as they were; the next `janus build` follows it")
