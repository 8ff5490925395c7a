"""A contract as the rest of the warehouse sees it: one delivered table, its columns and rules."""

import functools
from dataclasses import dataclass, field
from pathlib import Path

from janus_warehouse.contracts import sql
from janus_warehouse.contracts.document import (
    REFERENCES,
    ContractDocument,
    FileFormat,
    History,
    Linkage,
    Person,
    PropertySpec,
    TableSpec,
)
from janus_warehouse.contracts.rules import Rule, compile_rules


@dataclass(frozen=True)
class Column:
    """One delivered column: its name with us, its header with the sender, its type."""

    name: str
    physical_name: str
    physical_type: str
    description: str
    is_identifier: bool
    is_required: bool
    position: tuple[int, int] | None
    unit: str | None
    labels: dict[str, str] = field(hash=False)
    spec: PropertySpec = field(repr=False, hash=False, compare=False)


@dataclass(frozen=True)
class Contract:
    """What one delivered table must look like. Equal contracts have equal files."""

    path: Path
    sha256: str
    document: ContractDocument = field(repr=False, hash=False, compare=False)

    @property
    def spec(self) -> TableSpec:
        return self.document.tables[0]

    @property
    def contract_id(self) -> str:
        return self.document.id

    @property
    def title(self) -> str:
        return self.document.name

    @property
    def version(self) -> str:
        return self.document.version

    @property
    def collection(self) -> str:
        return self.document.data_product

    @property
    def source(self) -> str:
        return self.document.domain

    @property
    def table(self) -> str:
        return self.spec.name

    @property
    def kind(self) -> str:
        return self.document.custom_properties.kind

    @property
    def restatement(self) -> str:
        return self.spec.custom_properties.restatement

    @property
    def format(self) -> FileFormat:
        return self.spec.custom_properties.format

    @property
    def person(self) -> Person | None:
        return self.spec.custom_properties.person

    @property
    def history(self) -> History | None:
        return self.spec.custom_properties.history

    @property
    def linkage(self) -> Linkage | None:
        return self.spec.custom_properties.linkage

    @property
    def is_in_lake(self) -> bool:
        """Whether accepted rows go to the lake, so that there is no raw table."""
        return self.spec.custom_properties.store == "lake"

    @property
    def raw_name(self) -> str:
        """Name of the raw table inside schema `raw`."""
        return f"{self.source}__{self.table}"

    @property
    def raw_table(self) -> str:
        return f"raw.{self.raw_name}"

    @functools.cached_property
    def columns(self) -> tuple[Column, ...]:
        return tuple(
            Column(
                name=spec.name,
                physical_name=spec.physical_name or spec.name,
                physical_type=spec.physical_type,
                description=spec.description,
                is_identifier=spec.classification == "identifier",
                is_required=spec.required,
                position=spec.custom_properties.position,
                unit=spec.custom_properties.unit,
                labels=spec.custom_properties.labels,
                spec=spec,
            )
            for spec in self.spec.properties
        )

    @functools.cached_property
    def kept_columns(self) -> tuple[Column, ...]:
        """The columns that enter raw: all but the identifiers of persons."""
        return tuple(column for column in self.columns if not column.is_identifier)

    @functools.cached_property
    def national_number_columns(self) -> frozenset[str]:
        """The columns that hold Norwegian national identity numbers."""
        if self.person is None:
            return frozenset()
        named = [(self.person.column, self.person.system)]
        named += [(also.column, also.system) for also in self.person.also]
        return frozenset(name for name, system in named if system == "national_number")

    @functools.cached_property
    def rules(self) -> tuple[Rule, ...]:
        return compile_rules(self.spec)

    @property
    def registers_what_it_looks_up(self) -> bool:
        """Whether a row may name a person whom only another row of the table makes known."""
        person = self.person
        return (
            person is not None
            and person.mode == "lookup"
            and any(also.system == person.system for also in person.also)
        )

    @property
    def changes_numbers(self) -> bool:
        """Whether a row says that one number of a person was replaced by another.

        Such a register is the authority on who is one person.
        """
        person = self.person
        return self.registers_what_it_looks_up and person is not None and bool(person.changed)

    @property
    def references(self) -> tuple[sql.Reference, ...]:
        """The other tables that rules of this one look into."""
        return tuple(
            sql.Reference.parse(quality.implementation or "")
            for quality in self.spec.quality
            if quality.engine in REFERENCES
        )

    def raw_ddl(self) -> str:
        """Return the statement that makes the raw table, with comments, if it is not there."""
        columns = [
            "delivery_id text not null",
            "collection_id text not null",
            "line_number bigint not null",
        ]
        if self.person is not None:
            # The donor as known when the row came, and by which identifier it was found.
            columns += ["donor_id text not null", "identifier_key text"]
        columns += [f"{sql.quoted(c.name)} {c.physical_type}" for c in self.kept_columns]
        statements = [f"create table if not exists {self.raw_table} ({', '.join(columns)})"]
        comment = sql.literal(self.spec.description.strip())
        statements.append(f"comment on table {self.raw_table} is {comment}")
        statements += [
            f"create index if not exists {sql.quoted(self.raw_name[:50] + '_delivery')} "
            f"on {self.raw_table} using brin (delivery_id)"
        ]
        return ";\n".join(statements)
