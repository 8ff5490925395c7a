"""`janus init`, `janus up`, `janus down`: the database and Airflow of this installation."""

import time
from typing import Annotated

import typer


def init() -> None:
    """Create the database with its roles and tables, and the folders; safe to repeat.

    Example: `JANUS_HOME=/srv/janus janus init`
    """
    from janus_warehouse.platform.database import ensure_database
    from janus_warehouse.platform.settings import get_settings

    ensure_database()
    settings = get_settings()
    for folder in (settings.reports_dir, settings.data_docs_dir, settings.extracts_dir):
        folder.mkdir(parents=True, exist_ok=True)
    if "://" not in settings.landing:
        (settings.home / "landing").mkdir(parents=True, exist_ok=True)
    typer.echo(f"The warehouse is ready in {settings.home}; deliveries go to {settings.landing}")


def up() -> None:
    """Start the database and Airflow and wait until all of it is healthy.

    Example: `janus up`, then open the address it prints.
    """
    from janus_warehouse.airflow import stack

    started = time.monotonic()
    status = stack.start(lambda line: typer.echo(f"{time.monotonic() - started:5.1f} s  {line}"))
    typer.echo(f"{time.monotonic() - started:5.1f} s  Airflow is ready: {status.address}")


def down(
    keep_database: Annotated[
        bool, typer.Option("--keep-database", help="Leave the database server running.")
    ] = False,
) -> None:
    """Stop Airflow and the embedded database: exactly what `janus up` started.

    Example: `janus down --keep-database`
    """
    from janus_warehouse.airflow import stack

    if not stack.stop(typer.echo, keep_database=keep_database):
        typer.echo("nothing was running")
