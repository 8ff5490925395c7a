"""`janus quarantine`: what of a delivery was put aside, by rule, without values."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from janus_warehouse.assays.lake.aside import Aside

app = typer.Typer()

_SHOWN = 20
_BY_RULE = """
select table_name, rule_id, count(*), (array_agg(line_number order by line_number))[1:8]
from quarantine.rows, unnest(rule_ids) as rule_id
where delivery_id = %s group by 1, 2 order by 1, 3 desc
"""


@app.command(epilog="Example: janus quarantine cancer_registry-2022-12-31-0a1b2c3d4e")
def quarantine(
    delivery_id: str,
    as_json: Annotated[bool, typer.Option("--json", help="For programs, with all cells.")] = False,
) -> None:
    """Show the quarantined lines of a delivery by rule: counts and line numbers, no values.

    Of a return in the lake also the cells: sample, analyte, line and rules.
    """
    from janus_warehouse.assays.lake.aside import cells_put_aside
    from janus_warehouse.deliveries import ledger
    from janus_warehouse.platform.database import Role, connect

    with connect(Role.loader) as connection:
        delivery = ledger.get(connection, delivery_id)
        rows = connection.execute(_BY_RULE, [delivery_id]).fetchall()
        # What was staged of a return that was not accepted is no quarantine yet.
        is_in = delivery.state in ("accepted", "superseded")
        most = None if as_json else _SHOWN
        aside = cells_put_aside(connection, delivery_id, most) if is_in else None
    if aside is not None:
        rows += [("matrix", *row) for row in aside.by_rule.iter_rows()]
    if as_json:
        typer.echo(json.dumps(_document(delivery_id, rows, aside), indent=2))
    elif rows:
        _show(rows, aside)
    else:
        _tell_nothing(delivery_id, delivery.state)


def _document(delivery_id: str, rows: list[Any], aside: "Aside | None") -> dict[str, Any]:
    names = ("table", "rule_id", "rows", "first_lines")
    cells = [] if aside is None else aside.cells.iter_rows(named=True)
    return {
        "delivery_id": delivery_id,
        "rules": [dict(zip(names, row, strict=True)) for row in rows],
        "cells": [cell | {"rule_ids": cell["rule_ids"].split()} for cell in cells],
    }


def _show(rows: list[Any], aside: "Aside | None") -> None:
    from rich.console import Console
    from rich.table import Table

    listing = Table("table", "rule", "rows", "first lines")
    for table, rule, count, lines in rows:
        listing.add_row(table, rule, f"{count:,}", ", ".join(map(str, lines)))
    Console().print(listing)
    if aside is None:
        return
    cells = Table("sample", "analyte", "line", "rules", title="cells of the lake")
    for sample, _, analyte, line, rule_ids in aside.cells.iter_rows():
        cells.add_row(sample, analyte, str(line), rule_ids)
    Console().print(cells)
    if aside.n_cells > aside.cells.height:
        typer.echo(
            f"The first {aside.cells.height:,} of {aside.n_cells:,} cells; --json has them all."
        )


def _tell_nothing(delivery_id: str, state: str) -> None:
    from janus_warehouse.deliveries.report import report_folder

    if state == "refused":
        report = report_folder(delivery_id) / "report.html"
        typer.echo(f"{delivery_id} was refused, so none of its rows was kept; why: {report}")
    else:
        typer.echo(f"{delivery_id} is {state}; none of its rows is in quarantine")
