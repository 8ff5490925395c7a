"""Commands that are imported when they are used, and errors told without a traceback."""

import importlib
from dataclasses import dataclass
from typing import Any, ClassVar

import typer
from typer.core import TyperGroup

from janus_warehouse.errors import NotAvailableError, UnknownDeliveryError, WarehouseError
from janus_warehouse.platform.faults import database_fault, places

REFUSED_BY_DATA, WRONG_USAGE, NOT_AVAILABLE = 1, 2, 3


@dataclass(frozen=True)
class LazyCommand:
    """Where a command is written (`janus_warehouse.cli.<module>`), and its line in the help."""

    module: str
    help: str

    def load(self, name: str) -> Any:
        """Return the command: a function, or a group of sub-commands, of that name.

        A module offers a function called like the command, or `app`, a `typer.Typer` that has a
        command of that name or is the group itself.
        """
        module = importlib.import_module(f"janus_warehouse.cli.{self.module}")
        if offered := getattr(module, "app", None):
            group = typer.main.get_group(offered)
            return group.commands.get(name, group)
        single = typer.Typer(add_completion=False)
        single.command(name)(getattr(module, name))
        return typer.main.get_command(single)


class LazyGroup(TyperGroup):
    """A group that knows names and help lines, and imports a command when it is called."""

    commands_by_name: ClassVar[dict[str, LazyCommand]] = {}

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.commands_by_name)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name in self.commands:
            return self.commands[cmd_name]
        if cmd_name not in self.commands_by_name:
            return None
        line = typer.Typer(add_completion=False)
        line.command(cmd_name, help=self.commands_by_name[cmd_name].help)(lambda: None)
        return typer.main.get_command(line)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Import the command that is about to run."""
        name = args[0]
        if name in self.commands_by_name and name not in self.commands:
            loaded = self.commands_by_name[name].load(name)
            loaded.name = name
            self.commands[name] = loaded
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; an error of ours is told as a paragraph, with its exit status.

        So is an error of the database, whose own message may quote values.
        """
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort):
            raise
        except Exception as error:
            told = error if isinstance(error, WarehouseError) else database_fault(error)
            if told is None:
                raise
            if ctx.params.get("traceback"):
                typer.echo(places(error), err=True)
            typer.secho(f"{told}", err=True, fg=typer.colors.RED)
            raise typer.Exit(exit_status(told)) from None


def exit_status(error: WarehouseError) -> int:
    """Return the exit status that belongs to an error."""
    if isinstance(error, NotAvailableError):
        return NOT_AVAILABLE
    return WRONG_USAGE if isinstance(error, UnknownDeliveryError) else REFUSED_BY_DATA
