"""The facts that somebody has to state: `metadata/catalogue.yaml` and `metadata/datasets/*.yaml`.

Whatever can be computed (counts, ages, periods, columns, lineage, dates of issue, sizes) has no
key here on purpose: a typed number is wrong after the next delivery.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from janus_warehouse.catalogue.errors import CatalogueMetadataError
from janus_warehouse.catalogue.kinds import Code, Part, Ref
from janus_warehouse.catalogue.mapping import AGENT, CATALOGUE, DATASET, Record, Shape
from janus_warehouse.catalogue.vocabularies import Vocabulary, load_vocabularies, validated
from janus_warehouse.metadata.errors import MetadataError
from janus_warehouse.metadata.located import LocatedYaml, read_yaml

Written = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Address = Annotated[str, StringConstraints(pattern=r"^(https?://|mailto:)\S+$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]*$")]
Duration = Annotated[str, StringConstraints(pattern=r"^P(\d+[YMWD])+(T(\d+[HMS])+)?$")]


class Declared(BaseModel):
    """A block of declared facts; a key that nobody reads is an error, not a comment."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Declared):
    """A text in both languages of the catalogue."""

    nb: Written
    en: Written


class Words(Declared):
    nb: list[Written] = Field(min_length=1)
    en: list[Written] = Field(min_length=1)


class Period(Declared):
    start: date | None = None
    end: date | None = None
    comment: Text | None = None


class ColumnOf(Declared):
    """A column of the release from which a figure is computed."""

    table: Name
    column: Name


class Content(Declared):
    """Which part of a release the dataset is, and where its figures come from."""

    collection: Name
    tables: list[Name] = Field(min_length=1)
    records: Name
    individuals: Name
    age: ColumnOf | None = None
    temporal: ColumnOf | None = None


class Dataset(Declared):
    """The declared facts of one dataset; the keys are those of the RDF mapping."""

    title: Text
    description: Text
    keywords: Words
    themes: list[str] = Field(min_length=1)
    type: str
    access_rights: str
    publisher: Name
    creator: Name
    custodian: Name
    hdab: Name
    contact_point: Name
    applicable_legislation: list[Address] = Field(min_length=1)
    purposes: list[Name] = Field(min_length=1)
    legal_bases: list[Name] = Field(min_length=1)
    personal_data: list[str] = []
    provenance: Text
    collected_by: list[str] = Field(min_length=1)
    languages: list[str] = Field(min_length=1)
    spatial: list[str] = Field(min_length=1)
    accrual_periodicity: str
    temporal_resolution: Duration
    retention: Period
    health_categories: list[str] = Field(min_length=1)
    health_themes: list[str] = []
    population_coverage: Text
    coding_systems: list[str] = []
    code_values: list[Written] = []
    referenced_by: list[Address] = []
    pages: list[Address] = []
    access_page: Address
    content: Content

    def record(self) -> Record:
        """Return the declared part of the dataset's record, in the words of the mapping."""
        record = self.model_dump(exclude_none=True, exclude={"content", "access_page"})
        record = {key: _plain(value) for key, value in record.items() if value not in ([], {})}
        record["provenance"] = {"label": record["provenance"]}
        record["collected_by"] = {"types": record["collected_by"]}
        return record


class Agent(Declared):
    name: Text
    identifier: str | None = None
    type: str | None = None
    authority_type: str | None = None
    homepage: Address
    contact: dict[str, Address] = Field(min_length=1)


class Contact(Declared):
    name: Text
    email: Address | None = None
    page: Address | None = None


class Concept(Declared):
    title: Text
    description: Text
    broader: list[Address] = []
    source: list[Address] = []


class Catalogue(Declared):
    title: Text
    description: Text
    publisher: Name
    languages: list[str] = Field(min_length=1)
    spatial: list[str] = Field(min_length=1)
    licence: str
    theme_taxonomy: list[Address]
    homepage: Address
    applicable_legislation: list[Address] = Field(min_length=1)


class CatalogueFile(Declared):
    """`metadata/catalogue.yaml`: the catalogue itself, and whom and what the datasets refer to."""

    catalogue: Catalogue
    agents: dict[Name, Agent]
    contact_points: dict[Name, Contact]
    purposes: dict[Name, Concept]
    legal_bases: dict[Name, Concept]


@dataclass(frozen=True)
class DeclaredFacts:
    """Everything declared, checked against each other."""

    file: CatalogueFile
    datasets: dict[str, Dataset]
    vocabularies: dict[str, Vocabulary]

    def records(self, part: str) -> dict[str, Record]:
        """Return the records of `agents`, `contact_points`, `purposes` or `legal_bases`."""
        return {
            name: _plain(thing.model_dump(exclude_none=True))
            for name, thing in getattr(self.file, part).items()
        }

    def catalogue_record(self) -> Record:
        return _plain(self.file.catalogue.model_dump(exclude_none=True))


def load_declared(metadata_dir: Path) -> DeclaredFacts:
    """Return the declared facts under a metadata folder.

    Raises:
        MetadataError: Something is missing, unknown or refers to nothing; every problem of every
            file is listed, with file and line.
    """
    vocabularies = load_vocabularies(metadata_dir / "vocabularies")
    document = read_yaml(metadata_dir / "catalogue.yaml")
    file = validated(document, CatalogueFile)
    problems = list(_unknown(document, ("catalogue",), CATALOGUE, vocabularies, file))
    for name in file.agents:
        problems += _unknown(document, ("agents", name), AGENT, vocabularies, file)
    datasets = {}
    for path in sorted((metadata_dir / "datasets").glob("*.yaml")):
        try:
            found = read_yaml(path)
            datasets[path.stem] = validated(found, Dataset)
        except MetadataError as error:
            problems.append(str(error))
            continue
        problems += _unknown(found, (), DATASET, vocabularies, file)
    if problems:
        raise CatalogueMetadataError("\n".join(problems))
    if not datasets:
        raise CatalogueMetadataError(f"expected at least one dataset in {metadata_dir}/datasets")
    return DeclaredFacts(file, datasets, vocabularies)


REFERRED = {
    "agent": "agents",
    "contact": "contact_points",
    "purpose": "purposes",
    "legal-basis": "legal_bases",
}
"""Kind of thing in an IRI → the block of `catalogue.yaml` that describes it."""


def _unknown(
    document: LocatedYaml,
    place: Sequence[str],
    shape: Shape,
    vocabularies: dict[str, Vocabulary],
    file: CatalogueFile,
) -> Iterator[str]:
    """Yield a problem for each code or name of the block that nothing describes."""
    block: Any = document.content
    for step in place:
        block = block[step]
    for key, _, kind in shape.properties:
        if isinstance(kind, Part) and isinstance(block.get(key), list):
            # Declared as a plain list of codes, published as a record that holds them.
            kind = next(line.kind for line in kind.shape.properties if isinstance(line.kind, Code))
        if isinstance(kind, Code):
            known, where = set(vocabularies[kind.vocabulary].concepts), "metadata/vocabularies"
        elif isinstance(kind, Ref) and kind.kind in REFERRED:
            known, where = set(getattr(file, REFERRED[kind.kind])), "metadata/catalogue.yaml"
        else:
            continue
        value = block.get(key, [])
        for i, name in enumerate(value if isinstance(value, list) else [value]):
            if name not in known:
                spot: list[str | int] = (
                    [*place, key, i] if isinstance(value, list) else [*place, key]
                )
                yield document.problem(
                    spot, f'"{name}" is not known in {where}: {", ".join(sorted(known))}'
                )


def _plain(value: Any) -> Any:
    """Return a value as records hold it: lists sorted, dates as moments in UTC."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if item not in (None, [], {})}
    if isinstance(value, list):
        return sorted(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return value
