"""A project specification as written: who may have which columns of whom, and until when.

The file holds no SQL and no code. Everything in it is a name or a value from a closed set of
questions, and an unknown key is an error, so that a misspelt restriction cannot become no
restriction.
"""

from collections import Counter
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
ProjectId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,40}$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3)]
Value = Annotated[str, StringConstraints(min_length=1, max_length=80)]
Topography = Annotated[str, StringConstraints(pattern=r"^C[0-9]{1,3}$")]

RuleCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]+(-[A-Z0-9]+)+$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DatePrecision(StrEnum):
    """How much of a date the approval lets out."""

    year = "year"
    month = "month"
    exact = "exact"


class Recipient(_Strict):
    """Who receives the extract."""

    name: Text
    institution: Text
    email: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")] | None = None


class Years(_Strict):
    """A range of years, both ends included."""

    first: int = Field(ge=1800, le=2200)
    last: int = Field(ge=1800, le=2200)

    @model_validator(mode="after")
    def _in_order(self) -> "Years":
        if self.first > self.last:
            raise ValueError("first must not be after last")
        return self


class Cases(_Strict):
    """Donors with at least one registered tumour like this."""

    topography: tuple[Topography, ...] = Field(min_length=1)
    behaviour_codes: tuple[Value, ...] = ()
    diagnosed: Years | None = None


class Cohort(_Strict):
    """Whose data: donors who satisfy every condition given."""

    collection: Name
    sex: Literal["male", "female"] | None = None
    birth_years: Years | None = None
    donor_groups: tuple[Name, ...] = ()
    cases: Cases | None = None
    drawn: Years | None = None
    has_survey_answers: tuple[Value, ...] = Field(
        default=(), description="variables; at least one of them is answered"
    )
    has_measurements: tuple[Value, ...] = Field(
        default=(), description="analytes; at least one of them is measured"
    )


class Values(_Strict):
    """Which rows of a dataset: those where a column has one of these values or beginnings."""

    values: tuple[Value, ...] = ()
    starting_with: tuple[Value, ...] = ()

    @model_validator(mode="after")
    def _not_empty(self) -> "Values":
        if not self.values and not self.starting_with:
            raise ValueError("give values or starting_with")
        return self


class Flags(_Strict):
    """Which tumours of a dataset: by the rules over cases that they break.

    Without it, tumours are left out whose flags extracts leave out by `dim_case_checks`.
    """

    leave_out: tuple[RuleCode, ...] = Field(default=(), description="these flags as well")
    keep: tuple[RuleCode, ...] = Field(default=(), description="these flags after all")

    @model_validator(mode="after")
    def _no_code_is_both(self) -> "Flags":
        both = sorted(set(self.leave_out) & set(self.keep))
        if both:
            raise ValueError(f"left out and kept: {', '.join(both)}")
        return self


class Dataset(_Strict):
    """One file of the extract: some columns of one mart."""

    name: Name
    mart: Name
    description: Text
    columns: tuple[Name, ...] = Field(min_length=1)
    dates: dict[Name, DatePrecision] = {}
    only: dict[Name, Values] = {}
    flags: Flags = Flags()
    tumours_of: Name | None = Field(
        default=None, description="another dataset; only tumours that it may hold"
    )

    @model_validator(mode="after")
    def _columns_are_listed_once(self) -> "Dataset":
        twice = sorted({name for name in self.columns if self.columns.count(name) > 1})
        if twice:
            raise ValueError(f"columns given twice: {', '.join(twice)}")
        strangers = sorted(set(self.dates) - set(self.columns))
        if strangers:
            raise ValueError(f"dates of columns that are not listed: {', '.join(strangers)}")
        return self


Analyte = Annotated[str, StringConstraints(min_length=1, max_length=120)]


class LakeDataset(_Strict):
    """One file of the extract: some analytes of one platform of the lake, cell by cell."""

    name: Name
    lake: Name = Field(description="the platform")
    description: Text
    columns: tuple[Name, ...] = Field(min_length=1)
    analytes: tuple[Analyte, ...] = Field(min_length=1, description="each that is approved")

    @model_validator(mode="after")
    def _all_are_listed_once(self) -> "LakeDataset":
        for what, names in (("columns", self.columns), ("analytes", self.analytes)):
            if twice := sorted(name for name, n in Counter(names).items() if n > 1):
                raise ValueError(f"{what} given twice: {', '.join(twice)}")
        return self


class Material(_Strict):
    """What material the approval lets out: to which laboratories, for which platforms."""

    laboratories: tuple[Name, ...] = Field(min_length=1)
    platforms: tuple[Name, ...] = Field(min_length=1)


class Project(_Strict):
    """An approved study and what its approval lets it have."""

    specification: Literal[1]
    project_id: ProjectId
    title: Text
    ethics_reference: Text
    legal_basis: Text
    purpose: Text
    valid_until: date
    recipients: tuple[Recipient, ...] = Field(min_length=1)
    cohort: Cohort
    material: Material | None = Field(
        default=None, description="without it no tube leaves for the project"
    )
    datasets: tuple[Dataset, ...] = Field(min_length=1)
    lake_datasets: tuple[LakeDataset, ...] = Field(
        default=(), description="files of results that stand in the lake"
    )
    formats: tuple[Literal["parquet", "csv"], ...] = ("parquet", "csv")

    @model_validator(mode="after")
    def _datasets_have_their_own_names(self) -> "Project":
        files = [dataset.name for dataset in self.files]
        twice = sorted({name for name in files if files.count(name) > 1})
        if twice:
            raise ValueError(f"datasets with one name: {', '.join(twice)}")
        names = [dataset.name for dataset in self.datasets]
        strangers = sorted(
            dataset.tumours_of
            for dataset in self.datasets
            if dataset.tumours_of and dataset.tumours_of not in set(names) - {dataset.name}
        )
        if strangers:
            raise ValueError(f"tumours_of names no other dataset: {', '.join(strangers)}")
        reserved = {"codebook", "manifest"} & set(files)
        if reserved:
            raise ValueError(f"name taken by a file of every extract: {', '.join(reserved)}")
        if not self.formats:
            raise ValueError("formats: give parquet, csv or both")
        return self

    @property
    def files(self) -> tuple[Dataset | LakeDataset, ...]:
        """All datasets in the order of their files: of marts, then of the lake."""
        return (*self.datasets, *self.lake_datasets)

    def expired(self, today: date) -> bool:
        """Tell whether the approval has ended; its last day still counts."""
        return today > self.valid_until
