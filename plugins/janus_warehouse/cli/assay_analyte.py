"""`janus assay analyte`: what a laboratory's code means, and its numbers in another unit."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from janus_warehouse.cli.lazy import REFUSED_BY_DATA

if TYPE_CHECKING:
    from janus_warehouse.assays.dictionary import Resolution

EPILOG = (
    "Examples: janus assay analyte PFHxS · janus assay analyte OID00482 --json · "
    "janus assay analyte hsa-miR-320a --as-of 21 · "
    "janus assay analyte PFOA --convert 5 ng/mL nmol/L"
)


def analyte(
    code: Annotated[str, typer.Argument(help="What a laboratory writes: a name or an identifier")],
    platform: Annotated[
        str | None, typer.Option(help="Where it was measured, a code of analysis_platform")
    ] = None,
    laboratory: Annotated[
        str | None, typer.Option(help="Who writes it; some names are of one laboratory")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="Edition of the identifiers, or a day as 2018-03-01")
    ] = None,
    convert: Annotated[
        tuple[float, str, str] | None,
        typer.Option(help="A number, its unit, and the unit wanted", metavar="NUMBER FROM TO"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Tell which analyte a laboratory's code means, with identifiers and units.

    No database is needed. Exit status: 0 known, 1 unknown, ambiguous or not convertible.
    """
    from janus_warehouse.assays.dictionary import excel_date_names, resolve
    from janus_warehouse.assays.platforms import known_platforms

    if platform is not None and platform not in known_platforms():
        known = ", ".join(known_platforms())
        raise typer.BadParameter(
            f"no platform {platform}; there are: {known}", param_hint="--platform"
        )
    found = resolve(code, platform, _day(as_of), laboratory=laboratory)
    document = _document(found)
    if names := excel_date_names(code):
        document["reason"] = (
            f"a spreadsheet makes such dates of names: {' or '.join(names)}? Ask the laboratory "
            "for the file as its instrument wrote it"
        )
    if found.analyte is not None and convert is not None:
        document["converted"] = _converted(found, convert)
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        _show(code, document)
    if found.analyte is None:
        raise typer.Exit(REFUSED_BY_DATA)


def _day(as_of: str | None) -> Any:
    from datetime import date

    try:
        return date.fromisoformat(as_of or "")
    except ValueError:
        return as_of


def _document(found: "Resolution") -> dict[str, Any]:
    from janus_warehouse.assays.dictionary import load_dictionary

    document: dict[str, Any] = {"code": found.code, "analyte_id": None}
    if found.analyte is None:
        return document | {"candidates": list(found.candidates), "reason": found.reason}
    known = found.analyte
    document |= {
        "analyte_id": known.analyte_id, "matched_by": found.matched_by, "name": known.name,
        "name_no": known.name_no, "class": known.analyte_class, "platform": known.platform,
        "unit": known.unit, "form": known.form or None,
        "molar_mass": float(known.molar_mass) if known.molar_mass else None,
        "usual_in_serum": [float(limit) for limit in known.usual] if known.usual else None,
        "usual_source": known.usual_source or None,
    }  # fmt: skip
    if found.current:
        document |= {"renamed_to": found.current, "since_edition": found.since or None}
    document["identifiers"] = [
        {"system": entry.system, "identifier": entry.identifier,
         "replaced_by": list(entry.replaced_by) or None, "last_edition": entry.last_edition or None}
        for entry in load_dictionary().identifiers_of(known.analyte_id)
    ]  # fmt: skip
    return document


def _converted(found: "Resolution", wanted: tuple[float, str, str]) -> dict[str, Any]:
    from janus_warehouse.assays.dictionary import convert, suspect_factor, unit_factor

    number, from_unit, to_unit = wanted
    assert found.analyte is not None
    (value,) = convert([number], from_unit, to_unit, found.analyte)
    suspected = suspect_factor(found.analyte, from_unit, number)
    return {
        "number": number, "from": from_unit, "value": float(value), "to": to_unit,
        "factor": str(unit_factor(from_unit, to_unit, found.analyte)),
        "caution": suspected.told if suspected else None,
    }  # fmt: skip


def _show(code: str, document: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Column, Table

    if document["analyte_id"] is None:
        typer.echo(f"{code}: {document['reason']}")
        return
    converted = document.pop("converted", None)
    identifiers = document.pop("identifiers")
    usual, source = document.pop("usual_in_serum"), document.pop("usual_source")
    if usual:
        document["usual in serum"] = f"{usual[0]:g} to {usual[1]:g} {document['unit']} ({source})"
    listing = Table(
        Column(no_wrap=True), Column(overflow="fold"), title=escape(code), show_header=False
    )
    for label, text in document.items():
        if text is not None and label != "code":
            listing.add_row(label.replace("_", " "), escape(str(text)))
    for entry in identifiers:
        became = " and ".join(entry["replaced_by"] or ())
        retired = f" (retired, now {became})" if became else ""
        listing.add_row(entry["system"], escape(entry["identifier"] + retired))
    Console().print(listing)
    if converted:
        typer.echo(
            f"{converted['number']:g} {converted['from']} = {converted['value']:.6g} "
            f"{converted['to']} (exactly × {converted['factor']})"
        )
        if converted["caution"]:
            typer.echo(converted["caution"])
