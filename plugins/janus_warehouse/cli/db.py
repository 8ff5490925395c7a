"""`janus db`: connection addresses and migrations."""

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Connection addresses and migrations.")


@app.command()
def url(
    role: Annotated[
        str,
        typer.Option(
            help="admin, loader, transformer, extractor, publisher, reader or curator",
            metavar="NAME",
        ),
    ] = "reader",
) -> None:
    """Print the connection address of a role; the database is started when it is ours.

    Example: `psql "$(janus db url --role reader)"`
    """
    from janus_warehouse.platform import database, embedded
    from janus_warehouse.platform.settings import get_settings

    if role not in set(database.Role):
        raise typer.BadParameter(f"expected one of {', '.join(database.Role)}", param_hint="--role")
    if get_settings().database_url is None and not embedded.is_running():
        database.ensure_database()
    typer.echo(database.url(database.Role(role)))


@app.command()
def migrate() -> None:
    """Bring the database to the version of this program.

    Example: `janus db migrate`, after an upgrade.
    """
    from janus_warehouse.platform.database import ensure_database

    ensure_database()
    typer.echo("The database is current.")
