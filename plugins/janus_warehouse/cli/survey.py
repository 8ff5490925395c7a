"""`janus survey`: a new survey proposed from a file, its rules checked and shown, its report."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from janus_warehouse.cli.lazy import REFUSED_BY_DATA, WRONG_USAGE

if TYPE_CHECKING:
    from janus_warehouse.surveys.scaffold import Moved, Scaffold

app = typer.Typer(
    no_args_is_help=True, help="Propose a survey from a file of answers; check and show its rules."
)

SHOWN_BYTES = 20 << 20
"""A file larger than this takes long enough for a progress bar."""


@app.callback()
def survey() -> None:
    """Propose a survey from a file of answers; check and show its rules."""


@app.command(
    epilog="Examples: janus survey scaffold valley.csv --codebook valley_codebook.csv --survey "
    "valley_1978 · janus survey scaffold SMQ_G.XPT --codebook SMQ_G.md --collection nhanes "
    "--source nhanes_survey · janus survey scaffold valley.csv --to draft"
)
def scaffold(
    file: Annotated[Path, typer.Argument(help="csv, tsv, fixed width, xpt or Parquet; .gz too")],
    codebook: Annotated[
        Path | None,
        typer.Option(
            help="csv or yaml of name, label, question, unit, code, code_label (first, last for "
            "fixed width); documentation in markdown; or a file with labels: xpt, sav, dta"
        ),
    ] = None,
    survey: Annotated[str | None, typer.Option(help="Its id; default: the file's name")] = None,
    collection: Annotated[str, typer.Option(help="The collection it belongs to")] = "janus",
    source: Annotated[str, typer.Option(help="Who delivers it")] = "health_surveys",
    to: Annotated[
        Path | None, typer.Option(help="Folder for expectations/ and metadata/; default: here")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over files of that name")] = False,
) -> None:
    """Propose a contract and a rule file from a file of answers, for a person to edit.

    It reads the file once and shows no value of fewer than five persons. What it cannot know it
    marks TODO.
    """
    from janus_warehouse.platform.settings import get_settings
    from janus_warehouse.surveys.scaffold import scaffold as propose

    with _bar(file) as moved:
        proposed = propose(
            file, codebook=codebook, survey=survey, collection=collection, source=source,
            moved=moved,
        )  # fmt: skip
    folder = to or get_settings().repo_root
    proposed.write(folder, replaces=force)
    _show(proposed, folder)


@contextmanager
def _bar(file: Path) -> Iterator["Moved"]:
    from janus_warehouse.cli.steps import step_bar

    if not file.is_file() or file.stat().st_size < SHOWN_BYTES:
        yield lambda _done, _total: None
        return
    with step_bar("reading") as move:
        yield lambda done, total: move(f"{done >> 20} of {total >> 20} MiB", done, total)


def _show(proposed: "Scaffold", folder: Path) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Column, Table

    from janus_warehouse.surveys.scaffold import GUESSED_UNIT
    from janus_warehouse.surveys.scaffold_rules import TODO, next_steps

    listing = Table(
        Column("column", no_wrap=True), Column("type", no_wrap=True), "unit",
        Column("missing codes", max_width=10), Column("likely variable", overflow="fold"),
        "score", Column("look at", overflow="fold", max_width=30),
    )  # fmt: skip
    for column in proposed.columns:
        chosen = proposed.chosen.get(column.name)
        found = {c.variable: c.score for c in proposed.candidates[column.name]}
        best = chosen or next(iter(found), None)
        unit = f"{column.unit}?" if GUESSED_UNIT in column.notes else column.unit
        notes = [note for note in column.notes if note != GUESSED_UNIT]
        listing.add_row(
            escape(column.header), column.kind, escape(unit), escape(", ".join(column.missing)),
            chosen or (f"({best}?)" if best else ""), f"{found[best]:.2f}" if best else "",
            escape("; ".join(notes)),
        )  # fmt: skip
    console = Console()
    console.print(listing)
    todo = proposed.rules.count(TODO)
    console.print(
        f"{proposed.rows:,} rows, {len(proposed.columns)} columns, "
        f"{len(proposed.chosen)} with a likely variable; about {todo} TODO in the rule file"
    )
    console.print("Next:")
    steps = next_steps(
        str(folder / proposed.contract_path), str(folder / proposed.rules_path), proposed.survey
    )
    for number, step in enumerate(steps, 1):
        console.print(f"{number}. {escape(step)}", soft_wrap=True)


@app.command(epilog="Examples: janus survey check · janus survey check oslo_1972")
def check(
    survey: Annotated[str | None, typer.Argument(help="Id; default: every survey")] = None,
) -> None:
    """Check rule files against dictionary and contracts, without a database.

    Every problem stands on a line of its own with file, line and what to do.
    """
    from janus_warehouse.surveys.checking import check_rules

    checked = check_rules(survey)
    for problem in checked.problems:
        typer.secho(problem, err=True, fg=typer.colors.RED)
    for line in checked.told:
        typer.echo(line)
    if checked.elsewhere:
        typer.echo(f"{checked.elsewhere} problems in other files: janus survey check", err=True)
    if checked.is_unknown:
        typer.secho(f"expected a survey, found none called {survey}; there are: "
                    f"{', '.join(checked.known)}", err=True, fg=typer.colors.RED)  # fmt: skip
        raise typer.Exit(WRONG_USAGE)
    if checked.problems or checked.elsewhere:
        raise typer.Exit(REFUSED_BY_DATA)


@app.command(
    epilog="Examples: janus survey show oslo_1972 · janus survey show oslo_1972 smoking_status · "
    "janus survey show oslo_1972 --sql"
)
def show(
    survey: Annotated[str, typer.Argument(help="Id of the survey")],
    variable: Annotated[str | None, typer.Argument(help="Default: a line for each")] = None,
    sql: Annotated[bool, typer.Option("--sql", help="The whole view the rules compile to")] = False,
) -> None:
    """Show a survey's rules, or one of them with its codes and the SQL it compiles to."""
    from rich.console import Console

    from janus_warehouse.surveys.loading import load_harmonisation
    from janus_warehouse.surveys.showing import rule_lines, survey_lines
    from janus_warehouse.warehouse.answers_sql import survey_sql

    harmonisation = load_harmonisation()
    if survey not in harmonisation.surveys:
        known = ", ".join(harmonisation.surveys)
        raise typer.BadParameter(f"no survey {survey}; there are: {known}", param_hint="SURVEY")
    chosen = harmonisation.surveys[survey]
    if sql:
        typer.echo(survey_sql(chosen, harmonisation))
        return
    console = Console()
    if variable is None:
        for part in survey_lines(chosen, harmonisation):
            console.print(part)
        return
    if variable not in harmonisation.variables:
        raise typer.BadParameter(
            f"no variable {variable} in metadata/variables/surveys", param_hint="VARIABLE"
        )
    for part in rule_lines(chosen, variable, harmonisation):
        console.print(part, soft_wrap=True)


@app.command(epilog="Example: janus survey report")
def report() -> None:
    """Write the page of completeness, plausibility and drift from the marts as they are."""
    from janus_warehouse.surveys.report import write_survey_report

    typer.echo(f"written: {write_survey_report()}")
