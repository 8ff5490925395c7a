"""The contract file as written: the part of the Open Data Contract Standard 3.1 that we use.

Everything the standard leaves to the user (`customProperties`) is typed here as well, and an
unknown key is an error: a misspelt tolerance must not become no tolerance.

Source:
    Open Data Contract Standard 3.1, Bitol, Linux Foundation AI & Data.
"""

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

REFERENCES = ("janus-reference", "janus-issued")
REFERENCE = r"[a-z0-9_]+\s*->\s*[a-z0-9_]+\.[a-z0-9_]+\.[a-z0-9_]+"
IDENTIFIER = r"^[a-z][a-z0-9_]{0,47}$"
Name = Annotated[str, Field(pattern=IDENTIFIER)]
PhysicalType = Literal[
    "text", "smallint", "integer", "bigint", "numeric", "double precision", "date", "boolean",
    "timestamptz",
]  # fmt: skip
LogicalType = Literal["string", "integer", "number", "date", "timestamp", "boolean", "object"]
Dimension = Literal[
    "accuracy", "completeness", "conformity", "consistency", "coverage", "timeliness", "uniqueness"
]
Consequence = Literal["quarantine", "refuse", "warn"]
DateFormat = Literal["yyyy-MM-dd", "dd.MM.yyyy", "yyyyMMdd", "ddMMyyyy", "dd/MM/yyyy"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, frozen=True)


class FileFormat(_Strict):
    """How the sender writes the file; compression is told by a name that ends in `.gz`."""

    # The keys inside `value` are ours, not the standard's: snake case, like their readers.
    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=None)

    kind: Literal["csv", "fixed_width", "xpt", "parquet", "assay"]
    delimiter: str = ","
    quote: str = '"'
    encoding: str = "utf-8"
    decimal: Literal[".", ","] = "."
    header: bool = True
    extra_columns: Literal["refuse", "ignore"] = "refuse"
    part: Literal["results", "samples", "analytes", "qc", "matrix"] | None = Field(
        default=None, description="which table of a laboratory's return, for kind assay"
    )


class AlsoIdentifier(_Strict):
    """A further identifier of the same person, entered in the vault beside the main one.

    Mode `register` comes with a new person; `alias` replaces or adds to what the vault has.
    """

    column: str
    system: Name
    mode: Literal["register", "alias"] = "register"


class Person(_Strict):
    """Which column names the person, and whether the table may make a person known."""

    column: str
    system: Name
    mode: Literal["lookup", "register"] = "lookup"
    also: tuple[AlsoIdentifier, ...] = ()
    changed: str | None = Field(default=None, description="column with the date of an alias")


class ToleranceSpec(_Strict):
    """How many failing rows are borne before the delivery is refused."""

    unit: Literal["rows", "percent"] = "percent"
    value: float = Field(default=0, ge=0)


class TrackedColumn(_Strict):
    """A column whose changes between linkages are kept, or an expression over the table's.

    An expression takes out what only repeats the day of the linkage, which would look like news.
    """

    name: Name
    sql: Annotated[str, Field(pattern=r"^[^;]+$")] | None = None


class History(_Strict):
    """What makes two rows of two linkages the same thing, and what of it is followed."""

    key: tuple[Name, ...] = Field(min_length=1)
    tracked: tuple[TrackedColumn, ...] = ()
    latest: Name | None = Field(
        default=None, description="of rows with one key in one linkage, the highest value counts"
    )
    numbering: tuple[Name, ...] = Field(
        default=(), description="tracked columns that number the thing, and say nothing of it"
    )

    @model_validator(mode="before")
    @classmethod
    def _names_alone(cls, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("tracked"), list):
            tracked = [{"name": e} if isinstance(e, str) else e for e in value["tracked"]]
            return {**value, "tracked": tracked}
        return value


class Linkage(_Strict):
    """What a restatement is compared by, and what holds it for a person's decision."""

    # The keys inside `value` are ours, not the standard's.
    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=None)

    hold_when_earlier: bool = True
    hold_when_fewer_rows: bool = True
    retracted_percent: float | None = Field(default=None, ge=0, le=100)
    retracted_rows_borne: int = Field(default=0, ge=0)
    lost_percent: float | None = Field(
        default=None, ge=0, le=100, description="share of persons who may be gone"
    )
    changed_percent: float | None = Field(
        default=None, ge=0, le=100, description="share of persons who may answer a column anew"
    )
    year: Name | None = Field(default=None, description="date column that tells the year")
    site: Name | None = Field(default=None, description="code whose first three characters group")
    why: str = Field(min_length=10)


class _CustomProperties(_Strict):
    """Reads ODCS's list of `{property, value}` as the fields of a model."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=None)

    @model_validator(mode="before")
    @classmethod
    def _from_list(cls, value: Any) -> Any:
        if isinstance(value, list):
            if not all(isinstance(e, dict) and {"property", "value"} <= e.keys() for e in value):
                raise ValueError("every entry is written {property: …, value: …}")
            return {entry["property"]: entry["value"] for entry in value}
        return value


class RootProperties(_CustomProperties):
    kind: Literal["registry", "survey", "assay", "inventory"]


class TableProperties(_CustomProperties):
    format: FileFormat
    restatement: Literal["full", "none"] = "none"
    person: Person | None = None
    tolerance: ToleranceSpec = ToleranceSpec()
    history: History | None = None
    linkage: Linkage | None = None
    store: Literal["postgres", "lake"] = Field(
        default="postgres", description="where accepted rows stay"
    )


class ColumnProperties(_CustomProperties):
    codes: tuple[str, ...] | None = None
    codelist: Name | None = None
    missing: tuple[str, ...] = ()
    position: tuple[int, int] | None = None
    labels: dict[str, str] = {}
    unit: str | None = None
    question: str | None = None


class TypeOptions(_Strict):
    format: DateFormat | None = None
    minimum: float | str | None = None
    maximum: float | str | None = None
    pattern: str | None = None
    min_length: int | None = None
    max_length: int | None = None


class Quality(_Strict):
    """A rule of the table, or an override of a column's own rules."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]{0,62}$")] | None = None
    type: Literal["library", "custom"]
    metric: Literal["missingValues", "nullValues", "invalidValues", "duplicateValues"] | None = None
    engine: Literal["janus", "janus-reference", "janus-issued", "janus-new"] | None = None
    implementation: str | None = None
    dimension: Dimension | None = None
    severity: Consequence | None = None
    must_be_less_or_equal_to: float | None = Field(default=None, ge=0)
    unit: Literal["rows", "percent"] = "percent"
    description: str = ""

    @model_validator(mode="after")
    def _complete(self) -> "Quality":
        if self.type == "library" and self.metric is None:
            raise ValueError("a library rule names its metric, for example missingValues")
        if self.type == "custom" and not (self.id and self.engine and self.implementation):
            raise ValueError("a custom rule needs id, engine and implementation")
        if self.engine in REFERENCES and not re.fullmatch(
            REFERENCE, (self.implementation or "").strip()
        ):
            raise ValueError("a reference is written `column -> source.table.column`")
        return self


class PropertySpec(_Strict):
    """One delivered column."""

    name: Name
    physical_name: str | None = None
    logical_type: LogicalType = "string"
    physical_type: PhysicalType = "text"
    logical_type_options: TypeOptions = TypeOptions()
    required: bool = False
    unique: bool = False
    primary_key: bool = False
    primary_key_position: int = 1
    classification: Literal["identifier", "sensitive", "internal", "public"] | None = None
    description: str = Field(min_length=3)
    business_name: str | None = None
    examples: tuple[str, ...] = ()
    custom_properties: ColumnProperties = ColumnProperties()
    quality: tuple[Quality, ...] = ()

    @model_validator(mode="after")
    def _limits_of_its_type(self) -> "PropertySpec":
        options = self.logical_type_options
        is_moment = self.physical_type in ("date", "timestamptz")
        for limit in (options.minimum, options.maximum):
            if isinstance(limit, str) and not is_moment:
                raise ValueError("a limit of a number is a number")
            if isinstance(limit, str) and not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", limit):
                raise ValueError("a limit of a date is written 'yyyy-MM-dd'")
        return self


class TableSpec(_Strict):
    """One delivered table."""

    name: Name
    logical_type: Literal["object"] = "object"
    physical_name: str
    physical_type: str | None = None
    description: str = Field(min_length=3)
    custom_properties: TableProperties
    properties: tuple[PropertySpec, ...] = Field(min_length=1)
    quality: tuple[Quality, ...] = ()


class Description(_Strict):
    purpose: str
    usage: str | None = None
    limitations: str | None = None


class ContractDocument(_Strict):
    """A whole contract file."""

    api_version: Literal["v3.1.0"]
    kind: Literal["DataContract"]
    id: str
    name: str
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    status: Literal["draft", "active", "deprecated"]
    domain: Name
    data_product: Name
    description: Description
    custom_properties: RootProperties
    tables: tuple[TableSpec, ...] = Field(alias="schema", min_length=1, max_length=1)
