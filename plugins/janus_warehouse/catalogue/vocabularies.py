"""Controlled vocabularies: short codes in our metadata, their IRIs and labels in the graph."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rdflib import RDF, RDFS, SKOS, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS

from janus_warehouse.catalogue.errors import CatalogueMetadataError
from janus_warehouse.metadata.located import LocatedYaml, read_yaml

Model = TypeVar("Model", bound=BaseModel)


class Vocabulary(BaseModel):
    """One controlled vocabulary, as far as we use it.

    `base` + code is the IRI of a concept. A vocabulary without `scheme` is a list of terms that
    no concept scheme was published for.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    base: str
    scheme: str | None = None
    title: str | None = None
    types: tuple[str, ...] = ()
    concepts: dict[str, dict[str, str]] = Field(min_length=1)

    def iri(self, code: str) -> URIRef:
        return URIRef(self.base + code)

    def code(self, iri: URIRef) -> str | None:
        """Return the code of an IRI of this vocabulary, None for any other IRI."""
        code = iri.removeprefix(self.base)
        return code if code != str(iri) and code in self.concepts else None


class VocabularyFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    vocabularies: dict[str, Vocabulary]


def validated(document: LocatedYaml, model: type[Model]) -> Model:
    """Return the document as `model`.

    Raises:
        CatalogueMetadataError: It does not fit; every problem is listed with its line.
    """
    try:
        return model.model_validate(document.content)
    except ValidationError as error:
        problems = [
            document.problem(problem["loc"], problem["msg"])
            for problem in error.errors(include_input=False, include_url=False)
        ]
    raise CatalogueMetadataError("\n".join(sorted(problems)))


def load_vocabularies(folder: Path) -> dict[str, Vocabulary]:
    """Return the vocabularies of every YAML file in a folder, by name.

    Raises:
        MetadataError: A file does not fit; with file and line.
    """
    vocabularies: dict[str, Vocabulary] = {}
    for path in sorted(folder.glob("*.yaml")):
        vocabularies |= validated(read_yaml(path), VocabularyFile).vocabularies
    return vocabularies


def describe_concepts(graph: Graph, vocabularies: Mapping[str, Vocabulary]) -> None:
    """Say in the graph what each concept is that it uses, with its labels and its scheme.

    Validators look for `skos:inScheme` in the data itself; without it a correct code is refused.
    """
    by_iri = {
        vocabulary.iri(code): (vocabulary, labels)
        for vocabulary in vocabularies.values()
        for code, labels in vocabulary.concepts.items()
    }
    for iri in {o for o in graph.objects() if isinstance(o, URIRef) and o in by_iri}:
        vocabulary, labels = by_iri[iri]
        for name in vocabulary.types:
            graph.add((iri, RDF.type, graph.namespace_manager.expand_curie(name)))
        is_concept = "skos:Concept" in vocabulary.types
        for language, label in labels.items():
            predicate = SKOS.prefLabel if is_concept else RDFS.label
            graph.add((iri, predicate, Literal(label, language)))
        if vocabulary.scheme:
            scheme = URIRef(vocabulary.scheme)
            graph.add((iri, SKOS.inScheme, scheme))
            graph.add((scheme, RDF.type, SKOS.ConceptScheme))
            graph.add((scheme, DCTERMS.title, Literal(vocabulary.title or "", "en")))
