"""Pages that people and dataset search engines read: plain HTML with schema.org inside.

The schema.org block has its context inline, so that a reader fetches nothing. The public files
are listed in it as downloads; they are derived from the dataset and say so.
"""

import json
from collections.abc import Mapping
from typing import Any

import jinja2

from janus_warehouse.catalogue.declared import DeclaredFacts
from janus_warehouse.catalogue.describe import Files, public_address
from janus_warehouse.catalogue.inputs import CatalogueInput
from janus_warehouse.catalogue.mapping import Record

_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.PackageLoader("janus_warehouse.catalogue"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    keep_trailing_newline=True,
)


def catalogue_page(
    records: Mapping[str, Record], facts: DeclaredFacts, given: CatalogueInput
) -> bytes:
    """Return the page of the catalogue, in UTF-8."""
    catalogue = facts.file.catalogue
    about = {
        "@context": {"@vocab": "https://schema.org/"},
        "@type": "DataCatalog",
        "@id": f"{given.base_iri}catalogue",
        "name": catalogue.title.en,
        "description": catalogue.description.en,
        "url": public_address(given, "index.html"),
        "publisher": _organisation(facts, catalogue.publisher),
        "dataset": [
            {"@type": "Dataset", "@id": record["identifier"], "url": record["landing_page"]}
            for record in records.values()
        ],
    }
    return _render("catalogue.html", about, facts, given, records=records)


def dataset_page(
    name: str, record: Record, facts: DeclaredFacts, given: CatalogueInput, files: Files
) -> bytes:
    """Return the page of a dataset, in UTF-8."""
    folder = f"datasets/{name}/"
    public_files = [
        {
            "href": path.removeprefix("datasets/"),
            "title": path.removeprefix(folder),
            "path": path,
            "bytes": len(content),
        }
        for path, content in sorted(files.items())
        if path.startswith(folder)
    ]
    return _render(
        "dataset.html",
        _dataset_about(record, facts, given, public_files),
        facts,
        given,
        name=name,
        record=record,
        access_page=facts.datasets[name].access_page,
        public_files=public_files,
        tables=[given.release.tables[table] for table in facts.datasets[name].content.tables],
    )


def _dataset_about(
    record: Record,
    facts: DeclaredFacts,
    given: CatalogueInput,
    public_files: list[dict[str, Any]],
) -> dict[str, Any]:
    about = {
        "@context": {"@vocab": "https://schema.org/"},
        "@type": "Dataset",
        "@id": record["identifier"],
        "identifier": record["identifier"],
        "name": record["title"]["en"],
        "description": record["description"]["en"],
        "url": record["landing_page"],
        "version": record["version"],
        "datePublished": record["issued"].date().isoformat(),
        "dateModified": record["modified"].date().isoformat(),
        "keywords": record["keywords"]["en"],
        "inLanguage": [{"NOB": "nb", "ENG": "en"}.get(c, c) for c in record["languages"]],
        "isAccessibleForFree": False,
        "conditionsOfAccess": "Not open: for approved projects only.",
        "creator": _organisation(facts, record["creator"]),
        "publisher": _organisation(facts, record["publisher"]),
        "citation": record.get("referenced_by", []),
        "variableMeasured": [
            {"@type": "PropertyValue", "name": column["name"], "description": text["en"]}
            for table in record["variables"]["tables"].values()
            for column in table["columns"].values()
            for text in [column["description"]]
        ],
        "distribution": [
            {
                "@type": "DataDownload",
                "name": file["title"],
                "description": "Derived from the dataset: counts, dictionary or made-up rows.",
                "contentUrl": public_address(given, file["path"]),
                "contentSize": f"{file['bytes']} B",
                "encodingFormat": "text/csv",
                "license": "https://creativecommons.org/licenses/by/4.0/",
            }
            for file in public_files
        ],
        "includedInDataCatalog": {"@type": "DataCatalog", "@id": f"{given.base_iri}catalogue"},
    }
    if "temporal" in record:
        period = record["temporal"]
        about["temporalCoverage"] = f"{period['start'].date()}/{period['end'].date()}"
    return about


def _organisation(facts: DeclaredFacts, name: str) -> dict[str, str]:
    agent = facts.file.agents[name]
    return {"@type": "Organization", "name": agent.name.en, "url": agent.homepage}


def _render(
    template: str,
    about: dict[str, Any],
    facts: DeclaredFacts,
    given: CatalogueInput,
    **values: Any,
) -> bytes:
    # Inside a script element a "<" of some text could end it or begin another.
    schema_org = json.dumps(about, ensure_ascii=False).replace("<", "\\u003c")
    page = _ENVIRONMENT.get_template(template).render(
        schema_org=schema_org,
        catalogue=facts.file.catalogue,
        release=given.release,
        number=lambda count: "withheld" if _absent(count) else f"{count:,}".replace(",", " "),
        **values,
    )
    return page.encode()


def _absent(count: Any) -> bool:
    return count is None or isinstance(count, jinja2.Undefined)
