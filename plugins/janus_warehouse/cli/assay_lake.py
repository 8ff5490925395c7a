"""`janus assay lake`: what stands in the lake, and figures of it counted from its files."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import polars as pl

app = typer.Typer(no_args_is_help=True, help="Wide results in the lake: list; figures; clean.")

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
OF = ("analytes", "samples")


@app.callback()
def lake() -> None:
    """Wide results in the lake: list; figures; clean."""


@app.command("list", epilog="Examples: janus assay lake list · janus assay lake list --json")
def list_(as_json: AsJson = False) -> None:
    """List the accepted returns in the lake: platform, delivery, snapshot, rows."""
    from dataclasses import asdict

    from janus_warehouse.assays.lake.slices import held
    from janus_warehouse.platform.database import Role, connect

    with connect(Role.transformer) as connection:
        found = held(connection)
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], indent=2))
        return

    from rich.console import Console
    from rich.table import Column, Table

    listing = Table("platform", Column("delivery", overflow="fold"), "snapshot",
                    Column("rows", justify="right"))  # fmt: skip
    for one in found:
        listing.add_row(one.platform, one.delivery_id, str(one.snapshot_id), f"{one.rows:,}")
    if found:
        Console().print(listing)
    else:
        typer.echo("The lake is empty: no return of a wide platform was accepted yet")


@app.command(
    epilog="Examples: janus assay lake qc small_rna_sequencing · janus assay lake qc "
    "small_rna_sequencing --of samples --to figures.parquet"
)
def qc(
    platform: Annotated[str, typer.Argument(help="As `janus assay lake list` names it.")],
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
                f"{one['differing'] or 'none'} of the {of} not as noted at the acceptance"
            )
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
