"""`janus codes`: the rules of the registries as filters, CSV in and CSV out, no database."""

import sys
from typing import Annotated, Any, ClassVar

import typer
from typer.core import TyperGroup

from janus_warehouse.codes.tool import MODULES, CodeTool, load_tool

WRITTEN_OUT = {"tab": "\t", "\\t": "\t"}

Delimiter = Annotated[
    str | None,
    typer.Option(
        help="Between the cells, one character or `tab`; default: the most frequent of "
        ", ; tab | in line 1."
    ),
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
    epilog=(
        "CSV in UTF-8 with a header; columns in any order, others stay. Exit status: 0 answered, "
        "1 the file is refused, 2 wrong usage. Example: "
        "janus codes icdo3-to-icd10 < tumours.csv > coded.csv"
    ),
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
    for title, entries in tool.legend().items():
        parts += [f"**{title}**", _listed(entries)]
    return "\n\n".join(parts)


def _listed(columns: dict[str, str]) -> str:
    return "\n".join(f"- `{name}`: {what}" for name, what in columns.items())


def _epilog(name: str, tool: CodeTool) -> str:
    lines = "\\n".join(tool.example.strip().splitlines())
    tried = f"printf '{lines}\\n' | " if lines else ""
    return f"Example: {tried}janus codes {name}{'' if lines else ' < rows.csv > answered.csv'}"


def _filter(tool: CodeTool) -> Any:
    def run(delimiter: Delimiter = None) -> None:
        from janus_warehouse.codes.rows import delimiter_of, read_rows

        if delimiter is not None:
            delimiter = WRITTEN_OUT.get(delimiter.lower(), delimiter)
            if len(delimiter.encode()) != 1 or delimiter in '"\r\n':
                raise typer.BadParameter(
                    "one character, for example ';', or tab", param_hint="--delimiter"
                )
        if sys.stdin.isatty():
            typer.echo(
                "waiting for CSV on standard input; Ctrl-D ends it, --help shows the columns",
                err=True,
            )
        given = sys.stdin.buffer.read()
        chosen = delimiter or delimiter_of(given)
        rows = read_rows(given, chosen)
        answered = tool.answer(rows)
        sys.stdout.buffer.write(answered.write_csv(separator=chosen).encode())

    return run
