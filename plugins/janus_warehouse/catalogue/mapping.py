"""The RDF mapping: one table per class of thing, read from left to right and back.

Each line is (key in our records, predicate, kind of value). `Shape.write` puts a record into a
graph, `Shape.read` takes it out again; nothing else in the warehouse knows a predicate.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

from rdflib import RDF, RDFS, XSD, Graph, URIRef
from rdflib.namespace import CSVW, DCTERMS, FOAF, PROV, SKOS

from janus_warehouse.catalogue.kinds import Code, Context, Iri, Kind, Part, Plain, Ref, Text, Typed
from janus_warehouse.catalogue.namespaces import (
    ADMS,
    CV,
    DCAT,
    DCATAP,
    DPV,
    DQV,
    ELI,
    GEODCATAP,
    HEALTH,
    OA,
    SPDX,
    VCARD,
)  # fmt: skip

Record = dict[str, Any]


class Property(NamedTuple):
    """One line of the mapping."""

    key: str
    predicate: URIRef
    kind: Kind


@dataclass(frozen=True)
class Shape:
    """A class of thing: its RDF types and its properties."""

    types: tuple[URIRef, ...]
    properties: tuple[Property, ...]

    def write(self, graph: Graph, iri: URIRef, record: Record, context: Context) -> None:
        """Say everything of `record` about `iri`; a missing or empty value says nothing."""
        for name in self.types:
            graph.add((iri, RDF.type, name))
        for key, predicate, kind in self.properties:
            if record.get(key) not in (None, [], {}):
                for term in kind.write(graph, iri, record[key], context):
                    graph.add((iri, predicate, term))

    def read(self, graph: Graph, iri: URIRef, context: Context) -> Record:
        """Return what the graph says about `iri`, in the words of our records."""
        record = {}
        for key, predicate, kind in self.properties:
            terms = sorted(graph.objects(iri, predicate), key=str)
            value = kind.read(graph, iri, terms, context)
            if value is not None:
                record[key] = value
        return record


COUNT = Typed(XSD.nonNegativeInteger)
MOMENT = Typed(XSD.dateTime)
LEGISLATION = Property(
    "applicable_legislation",
    DCATAP.applicableLegislation,
    Iri(many=True, types=(ELI.LegalResource,)),
)

PERIOD = Shape(
    (DCTERMS.PeriodOfTime,),
    (
        Property("start", DCAT.startDate, MOMENT),
        Property("end", DCAT.endDate, MOMENT),
        Property("comment", RDFS.comment, Text()),
    ),
)
STATEMENT = Shape((DCTERMS.ProvenanceStatement,), (Property("label", RDFS.label, Text()),))
RIGHTS = Shape((DCTERMS.RightsStatement,), (Property("label", RDFS.label, Text()),))
CHECKSUM = Shape(
    (SPDX.Checksum,),
    (
        Property("algorithm", SPDX.algorithm, Code("checksum-algorithm")),
        Property("value", SPDX.checksumValue, Typed(XSD.hexBinary)),
    ),
)
COLUMN = Shape(
    (CSVW.Column,),
    (
        Property("name", CSVW.name, Plain()),
        Property("title", CSVW.title, Text()),
        Property("description", DCTERMS.description, Text()),
        Property("datatype", CSVW.datatype, Plain()),
    ),
)
TABLE = Shape(
    (CSVW.Table,),
    (
        Property("title", DCTERMS.title, Text()),
        Property("description", DCTERMS.description, Text()),
        Property("url", CSVW.url, Iri()),
        Property("columns", CSVW.column, Part(COLUMN, "column", many=True)),
    ),
)
TABLE_GROUP = Shape(
    (CSVW.TableGroup,),
    (
        Property("title", DCTERMS.title, Text()),
        Property("tables", CSVW.table, Part(TABLE, "table", many=True)),
    ),
)
CERTIFICATE = Shape(
    # The European profile asks for the one class, the Norwegian one for the other.
    (DQV.QualityCertificate, DQV.QualityAnnotation),
    (
        Property("target", OA.hasTarget, Iri()),
        Property("body", OA.hasBody, Iri()),
        Property("motivation", OA.motivatedBy, Iri()),
    ),
)
METRIC = Shape(
    (DQV.Metric,),
    (
        Property("label", SKOS.prefLabel, Text()),
        Property("definition", SKOS.definition, Text()),
        Property("type", DQV.expectedDataType, Iri()),
        Property("dimension", DQV.inDimension, Iri(types=(DQV.Dimension,))),
    ),
)
MEASUREMENT = Shape(
    (DQV.QualityMeasurement,),
    (
        Property("metric", DQV.isMeasurementOf, Ref("metric")),
        Property("computed_on", DQV.computedOn, Iri()),
        Property("value", DQV.value, Typed(XSD.decimal)),
    ),
)
ACTIVITY = Shape(
    (PROV.Activity,),
    (
        Property("label", RDFS.label, Text()),
        Property("types", DCTERMS.type, Code("health-activity", many=True)),
    ),
)
DISTRIBUTION = Shape(
    (DCAT.Distribution,),
    (
        Property("title", DCTERMS.title, Text()),
        Property("description", DCTERMS.description, Text()),
        Property("access_url", DCAT.accessURL, Iri()),
        Property("download_url", DCAT.downloadURL, Iri()),
        LEGISLATION,
        Property("format", DCTERMS["format"], Code("file-type")),
        Property("media_type", DCAT.mediaType, Code("media-type")),
        Property("byte_size", DCAT.byteSize, COUNT),
        Property("issued", DCTERMS.issued, MOMENT),
        Property("modified", DCTERMS.modified, MOMENT),
        Property("licence", DCTERMS.license, Code("licence")),
        Property("rights", DCTERMS.rights, Part(RIGHTS, "rights")),
        Property("availability", DCATAP.availability, Code("planned-availability")),
        Property("status", ADMS.status, Code("distribution-status")),
        Property("checksum", SPDX.checksum, Part(CHECKSUM, "checksum")),
    ),
)
DATASET = Shape(
    (DCAT.Dataset,),
    (
        Property("title", DCTERMS.title, Text()),
        Property("description", DCTERMS.description, Text()),
        Property("identifier", DCTERMS.identifier, Plain()),
        Property("version", DCAT.version, Plain()),
        Property("is_version_of", DCAT.isVersionOf, Iri()),
        Property("issued", DCTERMS.issued, MOMENT),
        Property("modified", DCTERMS.modified, MOMENT),
        Property("keywords", DCAT.keyword, Text(many=True)),
        Property("themes", DCAT.theme, Code("data-theme", many=True)),
        Property("type", DCTERMS.type, Code("dataset-type")),
        Property("access_rights", DCTERMS.accessRights, Code("access-right")),
        Property("publisher", DCTERMS.publisher, Ref("agent")),
        Property("creator", DCTERMS.creator, Ref("agent")),
        Property("custodian", GEODCATAP.custodian, Ref("agent")),
        Property("hdab", HEALTH.hdab, Ref("agent")),
        Property("contact_point", DCAT.contactPoint, Ref("contact")),
        LEGISLATION,
        Property("purposes", DPV.hasPurpose, Ref("purpose", many=True)),
        Property("legal_bases", DPV.hasLegalBasis, Ref("legal-basis", many=True)),
        Property("personal_data", DPV.hasPersonalData, Code("personal-data", many=True)),
        Property("provenance", DCTERMS.provenance, Part(STATEMENT, "provenance")),
        Property("languages", DCTERMS.language, Code("language", many=True)),
        Property("spatial", DCTERMS.spatial, Code("country", many=True)),
        Property("accrual_periodicity", DCTERMS.accrualPeriodicity, Code("frequency")),
        Property("temporal_resolution", DCAT.temporalResolution, Typed(XSD.duration)),
        Property("temporal", DCTERMS.temporal, Part(PERIOD, "temporal")),
        Property("retention", HEALTH.retentionPeriod, Part(PERIOD, "retention")),
        Property("health_categories", HEALTH.healthCategory, Code("healthcategories", many=True)),
        Property("health_themes", HEALTH.healthTheme, Code("health-theme", many=True)),
        Property("population_coverage", HEALTH.populationCoverage, Text()),
        Property("coding_systems", HEALTH.hasCodingSystem, Code("coding-system", many=True)),
        Property("code_values", HEALTH.hasCodeValues, Plain(many=True)),
        Property("structured", HEALTH.hasStructuredData, Typed(XSD.boolean)),
        Property("number_of_records", HEALTH.numberOfRecords, COUNT),
        Property("number_of_individuals", HEALTH.numberOfUniqueIndividuals, COUNT),
        Property("min_typical_age", HEALTH.minTypicalAge, COUNT),
        Property("max_typical_age", HEALTH.maxTypicalAge, COUNT),
        Property("variables", HEALTH.hasVariables, Part(TABLE_GROUP, "variables")),
        Property("analytics", HEALTH.analytics, Part(DISTRIBUTION, "analytics", many=True)),
        Property("samples", ADMS.sample, Part(DISTRIBUTION, "sample", many=True)),
        Property("distributions", DCAT.distribution, Part(DISTRIBUTION, "distribution", many=True)),
        Property("quality", DQV.hasQualityAnnotation, Part(CERTIFICATE, "quality")),
        Property("measures", DQV.hasQualityMeasurement, Part(MEASUREMENT, "measure", many=True)),
        Property("collected_by", PROV.wasGeneratedBy, Part(ACTIVITY, "collection")),
        Property("released_by", PROV.wasGeneratedBy, Ref("release")),
        Property("deliveries", PROV.wasDerivedFrom, Ref("delivery", many=True)),
        Property("sources", DCTERMS.source, Iri(many=True)),
        Property("relations", DCTERMS.relation, Iri(many=True)),
        Property("referenced_by", DCTERMS.isReferencedBy, Iri(many=True)),
        Property("landing_page", DCAT.landingPage, Iri(types=(FOAF.Document,))),
        Property("pages", FOAF.page, Iri(many=True, types=(FOAF.Document,))),
    ),
)
CATALOGUE = Shape(
    (DCAT.Catalog,),
    (
        Property("title", DCTERMS.title, Text()),
        Property("description", DCTERMS.description, Text()),
        Property("identifier", DCTERMS.identifier, Plain()),
        Property("publisher", DCTERMS.publisher, Ref("agent")),
        Property("issued", DCTERMS.issued, MOMENT),
        Property("modified", DCTERMS.modified, MOMENT),
        Property("languages", DCTERMS.language, Code("language", many=True)),
        Property("spatial", DCTERMS.spatial, Code("country", many=True)),
        Property("licence", DCTERMS.license, Code("licence")),
        Property("theme_taxonomy", DCAT.themeTaxonomy, Iri(many=True)),
        Property("homepage", FOAF.homepage, Iri(types=(FOAF.Document,))),
        LEGISLATION,
        Property("datasets", DCAT.dataset, Iri(many=True)),
    ),
)
AGENT_CONTACT = Shape(
    (CV.ContactPoint,),
    (Property("email", CV.email, Plain()), Property("page", CV.contactPage, Iri())),
)
AGENT = Shape(
    (FOAF.Agent,),
    (
        Property("name", FOAF.name, Text()),
        Property("identifier", DCTERMS.identifier, Plain()),
        # The profile wants a health publisher of datasets and an ADMS publisher of the catalogue.
        Property("type", DCTERMS.type, Code("publisher-type")),
        Property("authority_type", DCTERMS.type, Code("authority-type")),
        Property("homepage", FOAF.homepage, Iri(types=(FOAF.Document,))),
        Property("contact", CV.contactPoint, Part(AGENT_CONTACT, "contact")),
    ),
)
CONTACT = Shape(
    (VCARD.Kind, VCARD.Organization),
    (
        Property("name", VCARD.fn, Text()),
        Property("email", VCARD.hasEmail, Iri()),
        Property("page", VCARD.hasURL, Iri()),
    ),
)
PURPOSE = Shape(
    (DPV.Purpose,),
    (
        Property("title", DCTERMS.title, Text()),
        Property("description", DCTERMS.description, Text()),
        Property("broader", SKOS.broader, Iri(many=True)),
    ),
)
LEGAL_BASIS = Shape(
    (DPV.LegalBasis,),
    (
        Property("title", DCTERMS.title, Text()),
        Property("description", DCTERMS.description, Text()),
        Property("broader", SKOS.broader, Iri(many=True)),
        Property("source", DCTERMS.source, Iri(many=True, types=(ELI.LegalResource,))),
    ),
)
DELIVERY = Shape(
    (PROV.Entity,),
    (Property("identifier", DCTERMS.identifier, Plain()), Property("title", DCTERMS.title, Text())),
)
RELEASE = Shape(
    (PROV.Activity,),
    (
        Property("identifier", DCTERMS.identifier, Plain()),
        Property("label", RDFS.label, Text()),
        Property("ended", PROV.endedAtTime, MOMENT),
        Property("used", PROV.used, Ref("delivery", many=True)),
        Property("software_version", DCAT.version, Plain()),
    ),
)
