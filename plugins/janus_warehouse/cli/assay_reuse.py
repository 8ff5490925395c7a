"""`janus assay reuse`: results there are already, before another tube is thawed."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from janus_warehouse.assays.tubes import Reuse

app = typer.Typer()


@app.command(
    epilog="Examples: janus assay reuse --analytes PFOS,PFOA --site C62 · "
    "janus assay reuse --analytes PCB153 --sex female --from-year 1985 --json"
)
def reuse(
    analytes: Annotated[str, typer.Option(help="Ids of the dictionary, between commas.")],
    site: Annotated[
        str | None, typer.Option(help="Donors with a tumour whose ICD-10 begins so: C62.")
    ] = None,
    sex: Annotated[str | None, typer.Option(help="male or female.")] = None,
    from_year: Annotated[
        int | None, typer.Option(help="Blood drawn in this year or later.")
    ] = None,
    to_year: Annotated[int | None, typer.Option(help="Blood drawn in this year or before.")] = None,
    project: Annotated[
        str | None, typer.Option(help="Who asks; its own embargo does not bind it.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As a document.")] = False,
) -> None:
    """Tell which donors have results of these analytes already, and who would need a thaw.

    Donors who withdrew are left out. Small counts are withheld. Results under another project's
    embargo are told and do not count.
    """
    from janus_warehouse.assays.marts import plain
    from janus_warehouse.assays.tubes import Wish, find_reuse
    from janus_warehouse.assays.tubes.reuse import SEXES

    if sex is not None and sex not in SEXES:
        raise typer.BadParameter("expected male or female", param_hint="--sex")
    wanted = dict.fromkeys(text.strip() for text in analytes.split(",") if text.strip())
    found = find_reuse(Wish(tuple(wanted), site, sex, from_year, to_year, project))
    if as_json:
        typer.echo(json.dumps(found.as_dict(), indent=1, default=plain, ensure_ascii=False))
        return
    _print(found)


def _print(found: "Reuse") -> None:
    from rich.console import Console
    from rich.table import Column, Table

    from janus_warehouse.assays.tubes.reuse import TUBES, covered_by

    console = Console()
    console.print(f"{_count(found.donors)} donors of the wish", highlight=False)
    covered = Table("has results of", *(Column(t, justify="right") for t in (*TUBES, "donors")))
    for part in covered_by(found.wish):
        counts = found.of(part)
        covered.add_row(
            f"{part} of the {len(found.wish.analytes)}",
            *(_count(counts[column]) for column in (*TUBES, "total")),
        )
    covered.add_row("any or none", *(_count(found.tubes.count(t)) for t in TUBES),
                    _count(found.donors))  # fmt: skip
    console.print(covered)
    listing = Table(
        "analyte", "platform", "method", Column("donors", justify="right"),
        Column("tubes", justify="right"), Column("detected", justify="right"), "run",
    )  # fmt: skip
    for row in found.analytes:
        share = row["percent_detected"]
        listing.add_row(
            row["analyte_id"], row["platform"], row["method_version"] or "–",
            _count(row["n_donors"]), _count(row["n_tubes"]),
            "withheld" if share is None else f"{share} %",
            "–".join(dict.fromkeys(
                str(row[at]) for at in ("first_run_year", "last_run_year") if row[at]
            )),
        )  # fmt: skip
    console.print(listing)
    _print_rest(found)


def _print_rest(found: "Reuse") -> None:
    if found.unmeasured:
        typer.echo(f"no results that may be used: {', '.join(found.unmeasured)}")
    for row in found.embargoed:
        typer.echo(
            f"under embargo until {row['embargo_until']}: {_count(row['n_donors'])} donors, "
            f"{row['n_analytes']} of the analytes, measured by {row['laboratory']} for "
            f"{row['project_id']}; ask that project"
        )
    for row in found.lake:
        typer.echo(f"in the lake, {row['platform']}: {_count(row['n_donors'])} donors measured")
    typer.echo(
        f"Counts below {found.coverage.minimum}, and those that give them away, are withheld."
    )


def _count(count: int | None) -> str:
    return "withheld" if count is None else f"{count:,}"
