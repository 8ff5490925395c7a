"""`janus assay lake`: what stands in the lake, and figures of it counted from its files."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import polars as pl

    from janus_warehouse.extracts.slicing import Measured
    from janus_warehouse.releases import Release

app = typer.Typer(
    no_args_is_help=True, help="Wide results in the lake: list; figures; slices; clean."
)

Platform = Annotated[str, typer.Argument(help="As `janus assay lake list` names it.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
OF = ("analytes", "samples")


@app.callback()
def lake() -> None:
    """Wide results in the lake: list; figures; slices; clean."""


@app.command("list", epilog="Examples: janus assay lake list · janus assay lake list --json")
def list_(as_json: AsJson = False) -> None:
    """List the returns in the lake: platform, delivery, state, snapshot, rows, releases.

    Rows of a superseded return stay, for the releases that pin them; nothing else reads them.
    """
    from dataclasses import asdict

    from janus_warehouse.assays.lake.slices import ever_held
    from janus_warehouse.platform.database import Role, connect
    from janus_warehouse.releases.appends import pinned_by

    with connect(Role.transformer) as connection:
        found, releases = ever_held(connection), pinned_by(connection)
    if as_json:
        told = [asdict(one) | {"releases": releases.get(one.delivery_id, [])} for one in found]
        typer.echo(json.dumps(told, indent=2))
        return

    from rich.console import Console
    from rich.table import Column, Table

    # A number or a name that is cut off cannot be asked for: what has no room goes on below.
    folded = (Column(name, overflow="fold") for name in ("platform", "delivery", "state",
                                                         "snapshot"))  # fmt: skip
    listing = Table(*folded, Column("rows", justify="right"), Column("pinned by", overflow="fold"))
    for one in found:
        listing.add_row(
            one.platform, one.delivery_id, one.state, str(one.snapshot_id), f"{one.rows:,}",
            ", ".join(releases.get(one.delivery_id, [])),
        )  # fmt: skip
    if found:
        Console().print(listing)
    else:
        typer.echo("The lake is empty: no return of a wide platform was accepted yet")


@app.command(
    epilog="Examples: janus assay lake qc small_rna_sequencing · janus assay lake qc "
    "small_rna_sequencing --of samples --to figures.parquet"
)
def qc(
    platform: Platform,
    of: Annotated[str, typer.Option(help="analytes or samples.")] = "analytes",
    delivery: Annotated[
        list[str] | None, typer.Option(help="An accepted return, again for more; else all.")
    ] = None,
    snapshot: Annotated[
        int | None, typer.Option(help="State of the table to read; else the latest.")
    ] = None,
    to: Annotated[Path | None, typer.Option(help="Parquet file that gets the figures.")] = None,
    as_json: AsJson = False,
) -> None:
    """Count figures from the lake's files and compare them with those noted at the acceptance.

    Where it counts says JANUS_LAKE_RUNNER: local, or ray with JANUS_RAY_ADDRESS. Exit status: 0
    the lake has what was accepted, 1 it has not.
    """
    from janus_warehouse.assays.lake.quality import differences, figures

    if of not in OF:
        raise typer.BadParameter(f"expected {' or '.join(OF)}", param_hint="--of")
    found = figures(platform, of, delivery, snapshot_id=snapshot)  # type: ignore[arg-type]
    differing = differences(found, of)  # type: ignore[arg-type]
    if to:
        found.write_parquet(to)
    told = _told(found, of, differing)
    if as_json:
        typer.echo(json.dumps(told, indent=2))
    else:
        for one in told["deliveries"]:
            typer.echo(
                f"{one['delivery_id']}: {one[of]:,} {of}, {one['values']:,} values, of them "
                f"{one['detected']:,} detected, {one['missing']:,} missing; "
                f"{_noted(one['differing'], of)}"
            )
        if to:
            typer.echo(f"written: {to}")
    if not differing.is_empty():
        raise typer.Exit(1)


@app.command(epilog="Examples: janus assay lake clean")
def clean() -> None:
    """Remove what killed runs left: lake files that no snapshot has, unpacked returns of nobody.

    What belongs to a delivery that is not settled stays: its next run uses it or writes over it.
    """
    from janus_warehouse.assays.lake.strays import remove, strays

    found = strays()
    remove(found)
    typer.echo(
        f"{len(found)} removed, {sum(one.bytes for one in found) / 2**20:,.1f} MiB"
        if found else "Killed runs left nothing"
    )  # fmt: skip


def _noted(differing: int, of: str) -> str:
    if not differing:
        return f"all {of} are as noted at the acceptance"
    return f"{differing:,} {of} are not as noted at the acceptance"


def _told(found: "pl.DataFrame", of: str, differing: "pl.DataFrame") -> dict:
    import polars as pl

    wrong = dict(differing.group_by("delivery_id").len().iter_rows())
    counts = found.group_by("delivery_id").agg(
        pl.len().alias(of), values=pl.col("n_values").sum(), detected=pl.col("n_detected").sum(),
        missing=pl.col("n_missing").sum(),
    )  # fmt: skip
    return {
        "deliveries": [
            {**row, "differing": wrong.get(row["delivery_id"], 0)}
            for row in counts.sort("delivery_id").iter_rows(named=True)
        ]
    }


@app.command(
    "slice",
    epilog="Examples: janus assay lake slice small_rna_sequencing --analytes miR-0001,miR-0002 · "
    "janus assay lake slice small_rna_sequencing --analytes @wanted.txt "
    "--project small-rna-early-detection --to slice.parquet",
)
def slice_(
    platform: Platform,
    analytes: Annotated[
        str | None,
        typer.Option(help="Codes between commas, or @FILE with one a line; else all approved."),
    ] = None,
    release: Annotated[str | None, typer.Option(help="Default: the newest release.")] = None,
    project: Annotated[
        str | None, typer.Option(help="Whose approval, donors, columns and pseudonyms.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option(help="File, .parquet or .csv, that must not be there.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write some analytes of a release to a file for an approved project, or count donors.

    The file has what an extract of the project would have: its donors without those who have
    withdrawn, its columns, its pseudonyms. Writing it is noted in the audit. Without a project
    nothing of a person is given: shown is how many donors have results, small counts withheld.
    """
    from janus_warehouse.cli.steps import wrong_names_are_wrong_usage
    from janus_warehouse.extracts import slicing

    wanted = _listed(analytes)
    if (project is None) != (to is None):
        raise typer.BadParameter(
            "results leave for an approved project alone: give --project with --to, or neither "
            "to see counts", param_hint="--to" if to else "--project",
        )  # fmt: skip
    if project is None or to is None:
        if wanted is None:
            raise typer.BadParameter("say what to count", param_hint="--analytes")
        with wrong_names_are_wrong_usage():
            _show_counts(*slicing.count_slice(platform, wanted, release), as_json)
        return
    if to.suffix not in slicing.ENDINGS:
        raise typer.BadParameter(f"expected .parquet or .csv, found {to.name}", param_hint="--to")
    with wrong_names_are_wrong_usage():
        made = slicing.write_slice(project, platform, to, wanted, release)
    if as_json:
        told = {"file": str(made.path), "rows": made.rows, "sha256": made.sha256}
        typer.echo(json.dumps(told | {"project": project, "release": made.release_name}, indent=2))
        return
    typer.echo(
        f"{made.path}: {made.rows:,} rows of release {made.release_name}, under the pseudonyms of "
        f"{project}; sha256 {made.sha256[:12]}"
    )


def _listed(analytes: str | None) -> list[str] | None:
    """Return the codes of an option, or of the file that it names; None without the option."""
    if analytes is None:
        return None
    text = analytes.replace(",", "\n")
    if analytes.startswith("@"):
        try:
            text = Path(analytes[1:]).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise typer.BadParameter(
                f"expected a text file with one code a line, found none at {analytes[1:]}",
                param_hint="--analytes",
            ) from None
    codes = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    if not codes:
        raise typer.BadParameter("expected codes of analytes, found none", param_hint="--analytes")
    return codes


def _show_counts(release: "Release", counts: "list[Measured]", as_json: bool) -> None:
    from dataclasses import asdict

    if as_json:
        told = {"release": release.name, "analytes": [asdict(one) for one in counts]}
        typer.echo(json.dumps(told, indent=2))
        return

    from rich.console import Console
    from rich.table import Column, Table

    listing = Table("analyte", *(Column(name, justify="right") for name in ("donors", "samples")),
                    title=f"Measured, release {release.name}")  # fmt: skip
    for one in counts:
        numbers = (one.n_donors, one.n_samples)
        listing.add_row(one.analyte_code, *("withheld" if n is None else f"{n:,}" for n in numbers))
    Console().print(listing)
    typer.echo("No value leaves without a project: give --project and --to to write a file.")
