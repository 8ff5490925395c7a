"""`janus codes`: the rules of the registries as filters, CSV in and CSV out, no database."""

import io
import sys
from typing import Annotated, Any, ClassVar

import typer
from typer.core import TyperGroup

from janus_warehouse.codes.tool import MODULES, CodeTool, UnreadableRowsError, load_tool

DELIMITERS = ",;\t|"

Delimiter = Annotated[
    str | None,
    typer.Option(help="Between the cells; default: the most frequent of , ; tab | in line 1."),
]


class CodesGroup(TyperGroup):
    """One command for each tool; a tool is imported when it is asked for."""

    tools: ClassVar[tuple[str, ...]] = tuple(MODULES)

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.tools)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.tools:
            return None
        single = typer.Typer(add_completion=False, rich_markup_mode="markdown")
        tool = load_tool(cmd_name)
        single.command(cmd_name, help=_help(tool), epilog=_epilog(cmd_name, tool))(_filter(tool))
        command = typer.main.get_command(single)
        command.name = cmd_name
        return command


app = typer.Typer(
    name="codes",
    cls=CodesGroup,
    no_args_is_help=True,
    help="Check and convert codes in a file: CSV on standard input, CSV on standard output.",
    epilog="Example: janus codes icdo3-to-icd10 < tumours.csv > coded.csv",
)


@app.callback()
def codes() -> None:
    """Check and convert codes in a file: CSV on standard input, CSV on standard output.

    The rows come back in their order with columns added; no database is needed. The same rules
    build the warehouse.
    """


def _help(tool: CodeTool) -> str:
    parts = [tool.does, "**Columns of the input**"]
    parts += [_listed(tool.required)]
    if tool.optional:
        parts += ["**Used where they are there**", _listed(tool.optional)]
    parts += ["**Columns of the answer**, behind those that came", _listed(tool.adds)]
    return "\n\n".join(parts)


def _listed(columns: dict[str, str]) -> str:
    return "\n".join(f"- `{name}`: {what}" for name, what in columns.items())


def _epilog(name: str, tool: CodeTool) -> str:
    lines = "\\n".join(tool.example.strip().splitlines())
    tried = f"printf '{lines}\\n' | " if lines else ""
    return f"Example: {tried}janus codes {name}{'' if lines else ' < rows.csv > answered.csv'}"


def _filter(tool: CodeTool) -> Any:
    def run(delimiter: Delimiter = None) -> None:
        import polars as pl

        if sys.stdin.isatty():
            typer.echo(
                "waiting for CSV on standard input; Ctrl-D ends it, --help shows the columns",
                err=True,
            )
        given = sys.stdin.buffer.read()
        chosen = delimiter or _delimiter_of(given)
        try:
            rows = pl.read_csv(
                io.BytesIO(given),
                separator=chosen,
                infer_schema=False,
            )
        except (pl.exceptions.PolarsError, ValueError) as error:
            raise UnreadableRowsError(
                "expected CSV in UTF-8 on standard input, a header in line 1 and as many cells in "
                f"each line; it cannot be read ({type(error).__name__}). Example: "
                "janus codes primaries < tumours.csv"
            ) from None
        answered = tool.answer(rows)
        sys.stdout.buffer.write(answered.write_csv(separator=chosen).encode())

    return run


def _delimiter_of(given: bytes) -> str:
    """Return the delimiter that is most frequent in the header."""
    header = given.split(b"\n", 1)[0].decode("utf-8", errors="replace")
    return max(DELIMITERS, key=header.count)
