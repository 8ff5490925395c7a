"""The codebook of an extract: what each variable is, in a table for machines and one for people."""

import csv
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from janus_warehouse.extracts.queries import DeliveredColumn
from janus_warehouse.extracts.readme import made_up_notice
from janus_warehouse.projects.columns import is_pseudonymised
from janus_warehouse.projects.specification import Dataset, DatePrecision, LakeDataset, Project
from janus_warehouse.releases.definitions import REASON_SUFFIX
from janus_warehouse.releases.manifest import Release

LONG_KEYS = ("variable", "analyte_id")
"""Columns that say what the row is about; each of their values is a variable of its own."""

_PRECISION = {
    DatePrecision.year: "Given as the year only.",
    DatePrecision.month: "Given as year and month only.",
    DatePrecision.exact: "",
}


@dataclass(frozen=True)
class Entry:
    """One line of the codebook.

    `rows_where` is empty for a column; otherwise the line is about the values in the rows where
    that holds. `values` is how many are there and not missing; empty where it was not counted.
    """

    dataset: str
    variable: str
    rows_where: str
    label_en: str
    label_nb: str
    description: str
    type: str
    unit: str
    codes: str
    missing_reasons: str
    values: int | None


def entries_of(
    dataset: Dataset | LakeDataset,
    columns: tuple[DeliveredColumn, ...],
    present: dict[str, int],
    release: Release,
    analytes: dict[str, dict[str, str]],
    codes: dict[str, str],
) -> Iterator[Entry]:
    """Yield the lines of one dataset: its columns, then the variables within its rows.

    Args:
        dataset: As specified.
        columns: As delivered.
        present: How many values each delivered column has.
        release: Gives descriptions, labels and codes as they were when it was cut.
        analytes: Name and unit of each analyte, see `read_analytes`.
        codes: Codes of columns whose codes are a table of the release, see `read_codes`.
    """
    reasons = ""
    if "missing_reason" in dataset.columns:
        reasons = _codes(release, "missing_reason")
    for column in columns:
        yield _column_entry(dataset, column, present[column.name], release, codes)
    for key, values, number in _long_keys(dataset):
        # Without a column of values there is nothing in the file that the lines could describe.
        if {key, number} <= set(dataset.columns):
            for value in values:
                yield _row_entry(dataset, (key, value, number), release, analytes, reasons)


def _long_keys(
    dataset: Dataset | LakeDataset,
) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Yield columns that say what a row is about, the approved values, the column of the number."""
    if isinstance(dataset, LakeDataset):
        yield "analyte_code", dataset.analytes, "value_reported"
        return
    for key in LONG_KEYS:
        if key in dataset.only:
            yield key, dataset.only[key].values, "value"


def read_analytes(
    connection: psycopg.Connection[Any], release: Release
) -> dict[str, dict[str, str]]:
    """Return name and unit of every analyte of a release by its id; empty without that mart."""
    table = release.tables.get("dim_analytes")
    if table is None or not {"analyte_id", "analyte_name", "unit"} <= set(table.column_names):
        return {}
    query = sql.SQL("select analyte_id, analyte_name, unit from {}").format(
        sql.Identifier(release.schema, "dim_analytes")
    )
    return {
        analyte: {"name": name or "", "unit": unit or ""}
        for analyte, name, unit in connection.execute(query)
    }


def read_codes(connection: psycopg.Connection[Any], release: Release) -> dict[str, str]:
    """Return the site groups of a release as a codebook tells codes; empty without that mart."""
    table = release.tables.get("dim_site_groups")
    if table is None or not {"site_group_code", "label_en"} <= set(table.column_names):
        return {}
    query = sql.SQL("select site_group_code, label_en from {} order by display_order, 1").format(
        sql.Identifier(release.schema, "dim_site_groups")
    )
    groups = connection.execute(query).fetchall()
    return {"site_group_code": "; ".join(f"{code} = {label}" for code, label in groups)}


def write_codebook(project: Project, release: Release, entries: list[Entry], folder: Path) -> None:
    """Write `codebook.csv` and `codebook.html`, the same content for machines and for people."""
    names = [field.name for field in fields(Entry)]
    with (folder / "codebook.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(entry) for entry in entries)
    (folder / "codebook.html").write_text(_html(project, release, entries), encoding="utf-8")


def _html(project: Project, release: Release, entries: list[Entry]) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("janus_warehouse.extracts"),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    template = environment.get_template("codebook.html.jinja")
    by_dataset = [
        (dataset, [entry for entry in entries if entry.dataset == dataset.name])
        for dataset in project.files
    ]
    return template.render(
        project=project,
        release=release,
        by_dataset=by_dataset,
        notice=made_up_notice(project, release),
    )


def _column_entry(
    dataset: Dataset | LakeDataset,
    column: DeliveredColumn,
    values: int,
    release: Release,
    codes: dict[str, str],
) -> Entry:
    known = release.definitions.get("variables", {}).get(column.source, {})
    description = column.description or known.get("description", {}).get("en", "")
    if is_pseudonymised(column.source) and column.source != "donor_id":
        description = f"{description} As a pseudonym of this project.".strip()
    if isinstance(dataset, Dataset) and column.source in dataset.dates:
        description = f"{description} {_PRECISION[dataset.dates[column.source]]}".strip()
    reason = column.source + REASON_SUFFIX
    return Entry(
        dataset=dataset.name,
        variable=column.name,
        rows_where="",
        label_en=known.get("label", {}).get("en", ""),
        label_nb=known.get("label", {}).get("nb", ""),
        description=description,
        type="pseudonym" if is_pseudonymised(column.source) else column.type,
        unit=known.get("unit") or "",
        codes=codes.get(column.source) or _codes(release, column.source),
        missing_reasons=_codes(release, reason) if reason in dataset.columns else "",
        values=values,
    )


def _row_entry(
    dataset: Dataset | LakeDataset,
    about: tuple[str, str, str],
    release: Release,
    analytes: dict[str, dict[str, str]],
    reasons: str,
) -> Entry:
    """Return the line of one variable within the rows: column, its value, column of the number."""
    key, value, number = about
    known = release.definitions.get("variables", {}).get(value, {})
    # A platform's own code is the analyte where the dictionary has no other name for it.
    analyte = {} if key == "variable" else analytes.get(value, {})
    label = known.get("label", {}).get("en", "") or analyte.get("name", "")
    return Entry(
        dataset=dataset.name,
        variable=number,
        rows_where=f"{key} = {value}",
        label_en=label,
        label_nb=known.get("label", {}).get("nb", ""),
        description=known.get("description", {}).get("en", ""),
        type=known.get("type", "decimal" if analyte or number != "value" else "text"),
        unit=known.get("unit") or analyte.get("unit", ""),
        codes=_codes(release, value),
        missing_reasons=reasons,
        values=None,
    )


def _codes(release: Release, variable: str) -> str:
    """Return the codes of a variable as `1 = man; 2 = woman`, empty when it has none."""
    name = release.definitions.get("variables", {}).get(variable, {}).get("codelist")
    codes = release.definitions.get("codelists", {}).get(name, [])
    return "; ".join(f"{code['code']} = {code['en']}" for code in codes)
