"""The command line: quick, complete, and clear when something is wrong."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from janus_warehouse.cli import JanusCommands, app
from janus_warehouse.cli.lazy import exit_status
from janus_warehouse.errors import (
    DeliveryRefusedError,
    NotAvailableError,
    UnknownDeliveryError,
)

COMMANDS = list(JanusCommands.commands_by_name)
HEAVY = ("airflow", "great_expectations", "pandas", "polars", "sqlalchemy", "rdflib", "psycopg")


def test_help_names_every_command_in_order():
    shown = CliRunner().invoke(app, ["--help"], terminal_width=120).output

    places = [shown.index(f"│ {name} ") for name in COMMANDS]
    assert places == sorted(places)


def test_help_imports_nothing_heavy():
    code = (
        "import sys\n"
        "from janus_warehouse.cli import app\n"
        "try:\n    app(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_can_be_imported_and_explains_itself(name):
    done = CliRunner().invoke(app, [name, "--help"])

    assert done.exit_code == 0, done.output
    assert f"Usage: root {name}" in done.output or f"Usage: janus {name}" in done.output


@pytest.mark.parametrize("name", ["demo", "up", "down", "init", "status", "doctor"])
def test_help_gives_an_example(name):
    assert "Example" in CliRunner().invoke(app, [name, "--help"]).output


def test_an_unknown_command_is_wrong_usage():
    assert CliRunner().invoke(app, ["nosuch"]).exit_code == 2


def test_an_unknown_role_is_wrong_usage_and_names_the_roles():
    done = CliRunner().invoke(app, ["db", "url", "--role", "nobody"])

    assert done.exit_code == 2
    assert "extractor" in done.output


@pytest.mark.parametrize(
    ("error", "status"),
    [(DeliveryRefusedError, 1), (UnknownDeliveryError, 2), (NotAvailableError, 3)],
)
def test_the_exit_status_tells_whose_turn_it_is(error, status):
    assert exit_status(error("why")) == status


def test_an_error_of_ours_is_one_paragraph_without_a_traceback(monkeypatch):
    def no_server() -> None:
        raise NotAvailableError("no database answers: run `janus init`")

    monkeypatch.setattr("janus_warehouse.status.status_document", no_server)
    done = CliRunner().invoke(app, ["status"])

    assert done.exit_code == 3
    assert done.output.strip() == "no database answers: run `janus init`"


TELLTALE = "01019912345"


def database_error() -> None:
    import psycopg
    import sqlalchemy

    try:
        raise psycopg.errors.UniqueViolation(f"DETAIL:  Key (value)=({TELLTALE}) already exists.")
    except psycopg.Error as error:
        statement = sqlalchemy.exc.IntegrityError("select 1", None, error)
    raise statement


@pytest.mark.parametrize("wrapped", [False, True], ids=["itself", "raised from"])
def test_an_error_of_the_database_is_told_by_its_kind_and_not_by_its_message(monkeypatch, wrapped):
    def fails() -> None:
        try:
            database_error()
        except Exception as error:
            if wrapped:
                raise RuntimeError(str(error)) from error
            raise

    monkeypatch.setattr("janus_warehouse.status.status_document", fails)
    plain = CliRunner().invoke(app, ["status"])
    traced = CliRunner().invoke(app, ["--traceback", "status"])

    assert (plain.exit_code, traced.exit_code) == (3, 3)
    assert "UniqueViolation (SQLSTATE 23505)" in plain.output and "janus doctor" in plain.output
    assert "in database_error" in traced.output and "in database_error" not in plain.output
    assert TELLTALE not in plain.output + traced.output


def test_an_error_of_the_program_keeps_its_traceback(monkeypatch):
    def fails() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("janus_warehouse.status.status_document", fails)

    assert isinstance(CliRunner().invoke(app, ["status"]).exception, ZeroDivisionError)


def test_a_selection_that_is_no_model_is_wrong_usage(monkeypatch):
    from janus_warehouse.warehouse import UnknownSelectionError

    def refuse(*_, **__) -> None:
        raise UnknownSelectionError("no model matches the selection nosuchmodel")

    monkeypatch.setattr("janus_warehouse.warehouse.build", refuse)
    done = CliRunner().invoke(app, ["build", "--select", "nosuchmodel"])

    assert done.exit_code == 2
    assert "nosuchmodel" in done.output
