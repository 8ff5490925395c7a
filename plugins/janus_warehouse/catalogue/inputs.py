"""What the catalogue is computed from, as plain values: no database is needed to test it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from janus_warehouse.catalogue.errors import CatalogueInputError


@dataclass(frozen=True)
class Column:
    """A column of a table as it was frozen; `type` is PostgreSQL's name of the type.

    `title` and `description` are by language (`nb`, `en`); `unit` is in UCUM, None without one.
    """

    name: str
    type: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    unit: str | None = None


@dataclass(frozen=True)
class Table:
    """A frozen table: what it holds, and the SHA-256 of its rows."""

    name: str
    description: str
    sha256: str
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Delivery:
    """A delivery that the release was made from."""

    delivery_id: str
    source: str
    collection: str
    as_of: str


@dataclass(frozen=True)
class Release:
    """A release, with the lineage of its tables.

    `parents` names, for each table, every dbt model it depends on, however far up; `sources` the
    deliverers at the end of those paths. `made_up` names the collections whose people are of the
    test population.
    """

    name: str
    created_at: datetime
    code_version: str
    deliveries: tuple[Delivery, ...]
    tables: Mapping[str, Table]
    parents: Mapping[str, frozenset[str]]
    sources: Mapping[str, frozenset[str]]
    made_up: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Counts:
    """The figures of one dataset, before anything is withheld.

    The four histograms count individuals once each: by the age (whole years) and the calendar
    year of their first and of their last record. `cells` counts them by (group, sex).
    """

    records: int
    individuals: int
    first_ages: Mapping[int, int] = field(default_factory=dict)
    last_ages: Mapping[int, int] = field(default_factory=dict)
    first_years: Mapping[int, int] = field(default_factory=dict)
    last_years: Mapping[int, int] = field(default_factory=dict)
    cells: Mapping[tuple[str, str], int] = field(default_factory=dict)


@dataclass(frozen=True)
class SurveyCell:
    """A survey and a variable, before anything is withheld; years are those of the survey."""

    survey: str
    variable: str
    status: str
    rule: str
    unit: str | None
    question: str | None
    first_year: int
    last_year: int
    attenders: int
    values: int
    not_applicable: int

    @property
    def is_told(self) -> bool:
        """Whether the survey has attenders, and asked."""
        return self.attenders > 0 and self.status != "impossible"


@dataclass(frozen=True)
class CatalogueInput:
    """Everything that the catalogue is computed from, beside the declared facts.

    `completeness` is the matrix of each dataset that holds `fct_completeness`.
    """

    release: Release
    counts: Mapping[str, Counts]
    base_iri: str
    minimum: int
    completeness: Mapping[str, tuple[SurveyCell, ...]] = field(default_factory=dict)


def release_facts(
    name: str, created_at: datetime, manifest: Mapping[str, Any], dbt_manifest: Mapping[str, Any]
) -> Release:
    """Return the facts of a release from its own manifest and dbt's.

    What the release froze (columns, hashes, deliveries) is believed before dbt's manifest, which
    describes the models of today; dbt gives descriptions that the release has not, and lineage.

    Raises:
        CatalogueInputError: The manifest lists no tables.
    """
    models = {
        node["name"]: node
        for node in dbt_manifest.get("nodes", {}).values()
        if node.get("resource_type") == "model"
    }
    variables = manifest.get("definitions", {}).get("variables", {})
    tables = {
        table: _table(table, facts, models.get(table, {}), variables)
        for table, facts in sorted(manifest.get("tables", {}).items())
    }
    if not tables:
        raise CatalogueInputError(
            f"release {name}: expected tables in its manifest, found none; cut the release again"
        )
    lineage = {table: _ancestors(models.get(table, {}), dbt_manifest) for table in tables}
    return Release(
        name=name,
        created_at=created_at,
        code_version=str(manifest.get("code_version", "")),
        deliveries=tuple(sorted(map(_delivery, manifest.get("deliveries", [])), key=_by_id)),
        tables=tables,
        parents={table: parents for table, (parents, _) in lineage.items()},
        sources={table: sources for table, (_, sources) in lineage.items()},
        made_up=frozenset(
            manifest.get("test_population_collections", ())
            if manifest.get("test_population")
            else ()
        ),
    )


def _table(
    name: str, facts: Mapping[str, Any], model: Mapping[str, Any], variables: Mapping[str, Any]
) -> Table:
    modelled = model.get("columns", {})
    frozen = facts.get("columns") or [
        {"name": column["name"], "type": column.get("data_type") or "text"}
        for column in modelled.values()
    ]
    columns = tuple(
        _column(column, modelled.get(column["name"], {}), variables.get(column["name"], {}))
        for column in frozen
    )
    description = facts.get("description") or model.get("description", "")
    return Table(name, " ".join(description.split()), facts.get("sha256", ""), columns)


def _column(
    frozen: Mapping[str, Any], modelled: Mapping[str, Any], variable: Mapping[str, Any]
) -> Column:
    """Return a column in the words of the variable of its name, else of the table itself."""
    name = frozen["name"]
    told = frozen.get("description") or modelled.get("description", "")
    description = variable.get("description") or ({"en": told} if told else {})
    return Column(
        name,
        frozen["type"],
        title=variable.get("label") or {"en": name.replace("_", " ").capitalize()},
        description={language: " ".join(text.split()) for language, text in description.items()},
        unit=variable.get("unit"),
    )


def _delivery(entry: Mapping[str, Any]) -> Delivery:
    return Delivery(entry["id"], entry["source"], entry["collection_id"], str(entry["as_of"]))


def _by_id(delivery: Delivery) -> str:
    return delivery.delivery_id


def _ancestors(
    model: Mapping[str, Any], dbt_manifest: Mapping[str, Any]
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the models and the sources that a model depends on, however far up."""
    nodes, sources = dbt_manifest.get("nodes", {}), dbt_manifest.get("sources", {})
    parents, origins, seen = set(), set(), set()
    waiting = list(model.get("depends_on", {}).get("nodes", []))
    while waiting:
        identifier = waiting.pop()
        if identifier in seen:
            continue
        seen.add(identifier)
        if identifier in sources:
            origins.add(_source_name(sources[identifier]))
        elif identifier in nodes:
            if nodes[identifier].get("resource_type") == "model":
                parents.add(nodes[identifier]["name"])
            waiting += nodes[identifier].get("depends_on", {}).get("nodes", [])
    return frozenset(parents), frozenset(origins)


def _source_name(source: Mapping[str, Any]) -> str:
    """Return who delivers: raw tables are named `<source>__<table>`."""
    table = source.get("identifier") or source.get("name", "")
    return table.split("__")[0] if "__" in table else source["source_name"]
