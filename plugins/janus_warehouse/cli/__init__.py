"""The command `janus`. Commands are imported when they run: `janus --help` answers at once."""

from typing import Annotated, ClassVar

import typer

from janus_warehouse import __version__
from janus_warehouse.cli.lazy import LazyCommand, LazyGroup

EPILOG = (
    "Exit status: 0 done, 1 refused by data, 2 wrong usage, 3 not available. "
    "Start with: janus demo --scale 0.05"
)


class JanusCommands(LazyGroup):
    """The commands in the order in which a newcomer needs them."""

    commands_by_name: ClassVar[dict[str, LazyCommand]] = {
        "init": LazyCommand("stack", "Create the database and the folders of this installation."),
        "demo": LazyCommand("demo", "Run the whole warehouse on made-up deliveries."),
        "up": LazyCommand("stack", "Start the database and Airflow; what runs is left alone."),
        "down": LazyCommand("stack", "Stop what `janus up` started."),
        "status": LazyCommand("status", "Show deliveries, checks, builds, releases, extracts."),
        "doctor": LazyCommand("doctor", "Tell what is missing or misconfigured, and the mend."),
        "db": LazyCommand("db", "Connection addresses and migrations of the database."),
        "synth": LazyCommand("synth", "Write synthetic deliveries of a made-up bank."),
        "deliver": LazyCommand("deliver", "Write the manifest of a folder of files."),
        "deliveries": LazyCommand("deliver", "List the deliveries with their rows."),
        "ingest": LazyCommand("deliver", "Take waiting deliveries in by hand, without Airflow."),
        "retry": LazyCommand("deliver", "Put a refused delivery back to the start."),
        "decide": LazyCommand("decide", "Decide about linkages that are held, or list them."),
        "quarantine": LazyCommand("quarantine", "Show which lines were rejected, and why."),
        "withdraw": LazyCommand("withdraw", "Record that donors have withdrawn."),
        "person": LazyCommand("person", "Say which records are one person, or two; undo; show."),
        "build": LazyCommand("build", "Build the marts with dbt."),
        "archive": LazyCommand("archive", "List, verify and restore archived returns."),
        "assay": LazyCommand("assay", "List formats of laboratories; read a file of one."),
        "survey": LazyCommand("survey", "Propose a survey from a file; check and show its rules."),
        "tubes": LazyCommand("tubes", "What became of tubes: projects, history of one."),
        "release": LazyCommand("release", "Cut, list, show, compare and verify releases."),
        "project": LazyCommand("project", "Check and list approved projects."),
        "shipment": LazyCommand("shipment", "Make blinded shipments, follow and open them."),
        "extract": LazyCommand("extract", "Build, verify and list extracts."),
        "codes": LazyCommand("codes", "Check and convert codes in a file, without a database."),
        "catalogue": LazyCommand("catalogue", "Build and validate the metadata catalogue."),
    }


app = typer.Typer(
    cls=JanusCommands,
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EPILOG,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"janus {__version__}")
        raise typer.Exit


@app.callback()
def janus(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show it.")
    ] = False,
    traceback: Annotated[
        bool, typer.Option("--traceback", help="With an error, list where it arose; no values.")
    ] = False,
) -> None:
    """The Janus data warehouse: deliveries in, checked and kept; releases and extracts out."""
