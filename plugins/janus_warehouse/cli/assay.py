"""`janus assay`: what laboratories send, read without a database."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from janus_warehouse.cli import (
    assay_analyte,
    assay_corrections,
    assay_lake,
    assay_report,
    assay_reuse,
)

if TYPE_CHECKING:
    from janus_warehouse.assays.summary import Moved, Summary

app = typer.Typer(no_args_is_help=True, help="Files of laboratories: known formats; read one.")

SHOWN_BYTES = 20 << 20
"""A file larger than this takes long enough for a progress bar."""

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


# Results there are already, what corrections change, pages of quality: these need the marts.
app.registered_commands += assay_reuse.app.registered_commands
app.registered_commands += assay_corrections.app.registered_commands
app.registered_commands += assay_report.app.registered_commands
app.add_typer(assay_lake.app, name="lake")


@app.callback()
def assay() -> None:
    """Files of laboratories: known formats; read one."""


app.command(epilog=assay_analyte.EPILOG)(assay_analyte.analyte)


@app.command(epilog="Examples: janus assay formats · janus assay formats --json")
def formats(as_json: AsJson = False) -> None:
    """List the formats that are read, their layouts, and what marks each of them."""
    from janus_warehouse.assays.formats.registry import FORMATS

    if as_json:
        known = [
            {"name": one.name, "title": one.title, "layouts": dict(one.layouts),
             "suffixes": list(one.suffixes)}
            for one in FORMATS.values()
        ]  # fmt: skip
        typer.echo(json.dumps(known, ensure_ascii=False, indent=2))
        return

    from rich.console import Console
    from rich.markup import escape
    from rich.table import Column, Table

    listing = Table(
        Column("format", no_wrap=True), Column("layout", no_wrap=True), "known by",
        Column("files", no_wrap=True),
    )  # fmt: skip
    for one in FORMATS.values():
        listing.add_section()
        listing.add_row(one.name, "", f"[bold]{escape(one.title)}[/bold]", " ".join(one.suffixes))
        for layout, mark in one.layouts.items():
            listing.add_row("", escape(layout), escape(mark), "")
    Console().print(listing)
    typer.echo("Each also packed with gzip (.gz). Try a file: janus assay read FILE")


@app.command(
    epilog="Examples: janus assay read plate7.csv · janus assay read npx.parquet --json · "
    "janus assay read counts.tsv.gz --format count_matrix --to read/"
)
def read(
    file: Annotated[
        Path, typer.Argument(help="As the laboratory sent it; .gz too", exists=True, dir_okay=False)
    ],
    format_name: Annotated[
        str | None, typer.Option("--format", help="A name of `janus assay formats`; else found")
    ] = None,
    as_json: AsJson = False,
    to: Annotated[
        Path | None,
        typer.Option(
            help="Folder that gets samples, analytes, values and qc as Parquet", file_okay=False
        ),
    ] = None,
) -> None:
    """Read a laboratory's file and tell what it holds; no value is shown.

    Shown are format and layout, samples and controls, analytes, values by status, the
    laboratory's quality figures, and a checksum of the values that is the same for the same
    values in any format. No database is needed. Exit status: 0 read, 1 the file is refused.
    """
    from janus_warehouse.assays.formats.registry import FORMATS
    from janus_warehouse.assays.reading import read_file
    from janus_warehouse.assays.summary import TABLES, summarise

    if format_name is not None and format_name not in FORMATS:
        raise typer.BadParameter(
            f"no format {format_name}; there are: {', '.join(FORMATS)}", param_hint="--format"
        )
    with _bar(file) as moved:
        summary = summarise(read_file(file, format_name), to=to, moved=moved)
    written = [str(to / f"{name}.parquet") for name in TABLES] if to else []
    if as_json:
        document = {"file": file.name, **summary.document(), "written": written}
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
        return
    _show(file.name, summary)
    if to:
        typer.echo(f"written: {', '.join(written)}")


@contextmanager
def _bar(file: Path) -> Iterator["Moved"]:
    from janus_warehouse.cli.steps import step_bar

    if file.stat().st_size < SHOWN_BYTES:
        yield lambda _done, _most: None
        return
    with step_bar("reading") as move:
        yield lambda done, most: move("values, at most", done, most)


def _show(name: str, summary: "Summary") -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Column, Table

    from janus_warehouse.assays.formats.registry import FORMATS

    first_last = " to ".join(dict.fromkeys(map(str, summary.run_dates)))
    controls = {kind: n for kind, n in summary.samples.items() if kind != "sample"}
    lines = {
        "format": f"{summary.format}: {FORMATS[summary.format].title}",
        "layout": f"{summary.layout}: {FORMATS[summary.format].layouts.get(summary.layout, '')}",
        "samples": f"{summary.samples.get('sample', 0):,} rows, {summary.sample_codes:,} codes",
        "controls": _listed(controls) or "none",
        "replicates": f"up to {summary.replicates}",
        "plates, batches": f"{summary.plates:,}, {summary.batches:,}",
        "run": first_last or "not told",
        "analytes": f"{summary.analytes:,}",
        "panels": _listed(summary.panels) or "not told",
        "units": _listed(summary.units) or "not told",
        "values": f"{summary.values:,}",
        **{f"  {status}": f"{n:,}" for status, n in summary.status.items()},
        "value checksum": summary.value_checksum,
    }
    listing = Table(Column(justify="left", no_wrap=True), Column(overflow="fold"),
                    title=escape(name), show_header=False)  # fmt: skip
    for label, text in lines.items():
        listing.add_row(label, escape(text))
    console = Console()
    console.print(listing)
    if not summary.qc:
        return
    figures = Table("quality figure", "of each", Column("rows", justify="right"),
                    Column("median", justify="right"), Column("note", overflow="fold"))  # fmt: skip
    for figure in summary.qc:
        median = "" if figure.median is None else f"{figure.median:g}"
        figures.add_row(
            escape(figure.metric), figure.scope, f"{figure.rows:,}", median,
            escape(figure.note or ""),
        )  # fmt: skip
    console.print(figures)


def _listed(counts: dict[str, int], most: int = 8) -> str:
    shown = [f"{name} {n:,}" for name, n in list(counts.items())[:most]]
    return ", ".join(shown + ([f"{len(counts) - most:,} more"] if len(counts) > most else []))
