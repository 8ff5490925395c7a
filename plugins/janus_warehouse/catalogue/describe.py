"""From declared facts and a release to the full record of each dataset."""

import hashlib
from collections.abc import Mapping

from janus_warehouse.catalogue.completeness import (
    METRIC_RECORD,
    completeness_csv,
    quality_measurements,
)
from janus_warehouse.catalogue.declared import Dataset
from janus_warehouse.catalogue.errors import CatalogueInputError
from janus_warehouse.catalogue.figures import (
    counts_csv,
    datatype,
    published_figures,
    sample_csv,
    variables_csv,
)
from janus_warehouse.catalogue.inputs import CatalogueInput, Table
from janus_warehouse.catalogue.iris import mint
from janus_warehouse.catalogue.mapping import Record
from janus_warehouse.catalogue.namespaces import DQV

Files = Mapping[str, bytes]
"""What is published beside the graph: path inside the catalogue folder → content."""


def dataset_files(name: str, dataset: Dataset, given: CatalogueInput) -> dict[str, bytes]:
    """Return the public files of a dataset: counts, data dictionary, made-up sample rows."""
    tables = tables_of(name, dataset, given)
    files = {f"datasets/{name}/variables.csv": variables_csv(tables)}
    files |= {f"datasets/{name}/sample_{table.name}.csv": sample_csv(table) for table in tables}
    counted = counts_csv(given.counts[name], given.minimum)
    if counted is not None:
        files[f"datasets/{name}/counts.csv"] = counted
    if cells := given.completeness.get(name):
        files[f"datasets/{name}/completeness.csv"] = completeness_csv(cells, given.minimum)
    return files


def tables_of(name: str, dataset: Dataset, given: CatalogueInput) -> list[Table]:
    """Return the tables of a dataset as the release froze them.

    Raises:
        CatalogueInputError: The release lacks a table, or a column has no description.
    """
    held = given.release.tables
    missing = sorted(set(dataset.content.tables) - set(held))
    if missing:
        raise CatalogueInputError(
            f"dataset {name} consists of {', '.join(missing)}, which release {given.release.name} "
            f"does not hold; it holds {', '.join(held)}. Correct metadata/datasets/{name}.yaml"
        )
    tables = [held[table] for table in dataset.content.tables]
    silent = [f"{t.name}.{c.name}" for t in tables for c in t.columns if not c.description]
    if silent:
        raise CatalogueInputError(
            f"dataset {name}: expected a description of every column, {len(silent)} have none: "
            f"{', '.join(silent)}. Describe them in the yml of the dbt model"
        )
    return tables


def describe_dataset(
    name: str, datasets: Mapping[str, Dataset], given: CatalogueInput, files: Files
) -> Record:
    """Return the record of a dataset: what was declared and everything that is computed."""
    dataset, release = datasets[name], given.release
    page = public_address(given, f"datasets/{name}.html")
    record = dataset.record() | {
        "identifier": str(mint(given.base_iri, "dataset", name)),
        "version": release.name,
        "is_version_of": str(mint(given.base_iri, "dataset", name)),
        "issued": release.created_at,
        "modified": release.created_at,
        "structured": True,
        "landing_page": page,
        "variables": _variables(name, dataset, given),
        "distributions": _distributions(dataset),
        "samples": _samples(name, dataset, given, files),
        "quality": {
            "target": _version_iri(name, given),
            "body": f"{page}#quality",
            "motivation": str(DQV.qualityAssessment),
        },
        "measures": quality_measurements(
            given.completeness.get(name, ()), given.minimum, _version_iri(name, given)
        ),
        "released_by": release.name,
        "deliveries": _deliveries(dataset, given),
        "sources": [_version_iri(other, given) for other in _sources(name, datasets, given)],
        "relations": [
            _version_iri(other, given)
            for other in sorted(datasets)
            if other != name and datasets[other].content.collection == dataset.content.collection
        ],
    }
    record |= published_figures(given.counts[name], given.minimum, release.created_at)
    record["analytics"] = _analytics(name, dataset, given, files)
    record["collected_by"] |= {"label": record["title"]}
    return {key: value for key, value in record.items() if value not in (None, [], {})}


def public_address(given: CatalogueInput, path: str) -> str:
    """Return where a file of the catalogue folder is read by the public."""
    return f"{given.base_iri}catalogue/{path}"


def _version_iri(name: str, given: CatalogueInput) -> str:
    return str(mint(given.base_iri, "dataset", name, given.release.name))


def _variables(name: str, dataset: Dataset, given: CatalogueInput) -> Record:
    return {
        "title": dataset.title.model_dump(),
        "tables": {
            table.name: {
                "title": {"en": _words(table.name)},
                "description": {"en": table.description} if table.description else None,
                "url": public_address(given, f"datasets/{name}/sample_{table.name}.csv"),
                "columns": {
                    column.name: {
                        "name": column.name,
                        "title": dict(column.title),
                        "description": dict(column.description),
                        "datatype": datatype(column.type),
                    }
                    for column in table.columns
                },
            }
            for table in tables_of(name, dataset, given)
        },
    }


def _words(name: str) -> str:
    return name.removeprefix("fct_").removeprefix("dim_").replace("_", " ").capitalize()


def _distributions(dataset: Dataset) -> dict[str, Record]:
    """Return how the data themselves are had: as an extract of an approved project."""
    return {
        code.lower(): {
            "title": {"nb": f"Uttrekk som {label}", "en": f"Extract as {label}"},
            "description": {
                "nb": "Variablene og giverne et godkjent prosjekt skal ha, under prosjektets egne "
                "pseudonymer. Tilgang søkes om på siden som er oppgitt.",
                "en": "The variables and donors that an approved project is to have, under the "
                "project's own pseudonyms. Access is applied for on the page given.",
            },
            "access_url": dataset.access_page,
            "applicable_legislation": sorted(dataset.applicable_legislation),
            "format": code,
            "media_type": media_type,
            "availability": "STABLE",
            "status": "COMPLETED",
            "rights": {
                "label": {
                    "nb": "Bare for godkjente prosjekter.",
                    "en": "For approved projects only.",
                }
            },
        }
        for code, label, media_type in (
            ("CSV", "CSV", "text/csv"),
            ("PARQUET", "Parquet", "application/vnd.apache.parquet"),
        )
    }


def _samples(name: str, dataset: Dataset, given: CatalogueInput, files: Files) -> dict[str, Record]:
    return {
        table: _public_file(f"datasets/{name}/sample_{table}.csv", dataset, given, files)
        | {
            "title": {
                "nb": f"Oppdiktede rader: {_words(table)}",
                "en": f"Made-up rows: {_words(table)}",
            },
            "description": {
                "nb": "Viser kolonner og format. Verdiene er oppdiktet og handler ikke om noen.",
                "en": "Shows columns and format. The values are made up and are about nobody.",
            },
        }
        for table in dataset.content.tables
    }


def _analytics(
    name: str, dataset: Dataset, given: CatalogueInput, files: Files
) -> dict[str, Record]:
    return {
        kind: _public_file(path, dataset, given, files) | words
        for kind, words in _analytics_words(given.minimum).items()
        if (path := f"datasets/{name}/{kind}.csv") in files
    }


def _analytics_words(few: int) -> dict[str, Record]:
    """Return title and description of each file of counts, by its name."""
    return {
        "counts": {
            "title": {
                "nb": "Antall personer etter gruppe og kjønn",
                "en": "Individuals by group and sex",
            },
            "description": {
                "nb": f"Hver person telles én gang. Tall under {few} er holdt tilbake, og så mange "
                "andre at de ikke kan regnes ut.",
                "en": f"Each individual is counted once. Counts below {few} are withheld, and as "
                "many others as it takes that they cannot be worked out.",
            },
        },
        "completeness": {
            "title": dict(METRIC_RECORD["label"]),
            "description": {
                "nb": "For hver undersøkelse og variabel: deltakere, verdier, prosent som mangler. "
                f"Der under {few} har eller mangler en verdi, er tallene holdt tilbake.",
                "en": "For every survey and variable: attenders, values and percent missing. "
                f"Where fewer than {few} have a value, or lack one, the counts are withheld.",
            },
        },
    }


def _public_file(path: str, dataset: Dataset, given: CatalogueInput, files: Files) -> Record:
    address = public_address(given, path)
    return {
        "access_url": address,
        "download_url": address,
        "applicable_legislation": sorted(dataset.applicable_legislation),
        "format": "CSV",
        "media_type": "text/csv",
        "byte_size": len(files[path]),
        "issued": given.release.created_at,
        "modified": given.release.created_at,
        "licence": "CC_BY_4_0",
        "availability": "STABLE",
        "status": "COMPLETED",
        "checksum": {
            "algorithm": "checksumAlgorithm_sha256",
            "value": hashlib.sha256(files[path]).hexdigest(),
        },
    }


def _deliveries(dataset: Dataset, given: CatalogueInput) -> list[str]:
    """Return the deliveries that the dataset's tables were made from, of its own collection."""
    sources = set().union(*(given.release.sources.get(t, ()) for t in dataset.content.tables))
    return sorted(
        delivery.delivery_id
        for delivery in given.release.deliveries
        if delivery.source in sources and delivery.collection == dataset.content.collection
    )


def _sources(name: str, datasets: Mapping[str, Dataset], given: CatalogueInput) -> list[str]:
    """Return the datasets whose tables the tables of this one are built from."""
    mine = datasets[name].content
    parents = set().union(*(given.release.parents.get(table, ()) for table in mine.tables))
    return sorted(
        other
        for other, dataset in datasets.items()
        if other != name
        and dataset.content.collection == mine.collection
        and (parents - set(mine.tables)) & set(dataset.content.tables)
    )
