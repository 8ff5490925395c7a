"""What a rule file says: one survey, and by which rule each variable is found in its answers.

Source:
    Fortier et al. (2017), "Maelstrom Research guidelines for rigorous retrospective data
    harmonization", Int J Epidemiol 46:103, doi:10.1093/ije/dyw075: rules and statuses.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from janus_warehouse.contracts import Contract
from janus_warehouse.contracts.contract import Column
from janus_warehouse.metadata import Text, Variable
from janus_warehouse.metadata.variables import Name, Strict

TableName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")]
Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3)]
MissingReason = Literal[
    "not_asked",
    "not_answered",
    "refused",
    "unknown",
    "out_of_range",
    "inconsistent",
    "not_applicable",
]
# Expressions are SQL over columns of one row; what could end a statement or start another cannot.
Expression = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^;]+$")]


class SurveySpec(Strict):
    """Who was asked, when, and where the answers lie."""

    label: Text
    description: Sentence
    years: tuple[int, int] = Field(description="first and last year of attendance")
    tables: tuple[TableName, ...] = Field(
        min_length=1,
        description="<source>.<table>; the first holds the attenders, the others are joined to it",
    )
    attended_date: Name | None = Field(
        default="attended_date", description="column with the day of attendance"
    )


class Case(Strict):
    """One branch of a case_when: the first condition that holds gives the value."""

    when: Expression
    then: str


class MissingWhen(Strict):
    """A condition under which there can be no value, and why."""

    when: Expression
    reason: MissingReason


class Example(Strict):
    """An attender's answers and what must come of them; a unit test is made from it."""

    given: dict[Name, str | int | float | None]
    value: str | None = None
    missing: MissingReason | None = None

    @model_validator(mode="after")
    def _one_outcome(self) -> "Example":
        if (self.value is None) == (self.missing is None):
            raise ValueError("an example has a value or the reason of a missing one")
        return self


class Rule(Strict):
    """How a survey's columns become one variable.

    In `expression` and `cases`, `{column}` stands for the column without its missing-value codes.
    """

    rule: Literal["direct", "recode", "operation", "case_when"]
    status: Literal["complete", "partial"] = "complete"
    columns: tuple[Name, ...] = Field(min_length=1)
    question: Sentence | None = None
    recode: dict[str, str] = Field(default_factory=dict)
    expression: Expression | None = None
    cases: tuple[Case, ...] = ()
    missing: dict[str, MissingReason] = Field(default_factory=dict)
    when_empty: MissingReason = "not_answered"
    missing_when: tuple[MissingWhen, ...] = ()
    note: Sentence | None = None
    examples: tuple[Example, ...] = ()

    @model_validator(mode="after")
    def _says_what_its_kind_needs(self) -> "Rule":
        given = {
            "recode": bool(self.recode),
            "operation": self.expression is not None,
            "case_when": bool(self.cases),
        }
        wanted = {kind: kind == self.rule for kind in given}
        if given != wanted:
            raise ValueError(
                "a recode has `recode`, an operation `expression`, a case_when `cases`, "
                "and no rule those of another kind"
            )
        if self.rule in ("direct", "recode") and len(self.columns) != 1:
            raise ValueError("direct and recode read one column; use operation or case_when")
        if self.status == "partial" and not self.note:
            raise ValueError("a partial rule has a note that says what it cannot tell")
        return self


class Impossible(Strict):
    """Variables that a survey cannot tell, and why."""

    why: Sentence
    variables: tuple[Name, ...] = Field(min_length=1)


class RuleFile(Strict):
    """A rule file as it is written."""

    survey: SurveySpec
    based_on: Name | None = None
    rules: dict[Name, Rule] = Field(default_factory=dict)
    impossible: tuple[Impossible, ...] = ()


class Derivation(Strict):
    """A variable worked out from other harmonised ones, the same way in every survey."""

    of: tuple[Name, ...] = Field(min_length=1)
    expression: Expression


class CrossCheck(Strict):
    """What must hold between the variables of one attender; no verdict where one is missing."""

    label: Text
    of: tuple[Name, ...] = Field(min_length=1)
    holds: Expression
    blanks: tuple[Name, ...] = Field(
        default=(), description="variables that become missing as inconsistent; none only reports"
    )


@dataclass(frozen=True)
class Survey:
    """A survey with its contracts, its rules, and why it cannot tell the other variables.

    Attributes:
        survey_id: Stem of the rule file.
        collection: Its folder.
        path: The rule file.
        contracts: Contracts of its tables, in the order written.
        rules: By variable, in the order of the dictionary.
        impossible: Why, by variable.
    """

    survey_id: str
    collection: str
    path: Path
    spec: SurveySpec
    contracts: tuple[Contract, ...]
    rules: dict[str, Rule]
    impossible: dict[str, str]

    @cached_property
    def tables_of_columns(self) -> dict[str, list[str]]:
        """The survey's tables that hold each column, by name of column."""
        found: dict[str, list[str]] = {}
        for contract in self.contracts:
            for column in contract.kept_columns:
                found.setdefault(column.name, []).append(contract.table)
        return found

    @cached_property
    def columns(self) -> dict[str, Column]:
        """The delivered columns by name, of the first table that has them."""
        return {
            column.name: column
            for contract in reversed(self.contracts)
            for column in contract.kept_columns
        }


@dataclass(frozen=True)
class Harmonisation:
    """Every survey, what is derived and checked in all, and the dictionary they fill."""

    surveys: dict[str, Survey]
    derived: dict[str, Derivation]
    checks: dict[str, CrossCheck]
    variables: dict[str, Variable]

    def derived_in(self, survey: Survey) -> dict[str, Derivation]:
        """Return what is derived in a survey: that of which it tells every part."""
        return {
            name: derivation
            for name, derivation in self.derived.items()
            if all(of in survey.rules for of in derivation.of)
        }

    def checks_in(self, survey: Survey) -> dict[str, CrossCheck]:
        """Return the cross-checks of a survey: those of which it tells every variable."""
        return {
            name: check
            for name, check in self.checks.items()
            if all(of in survey.rules for of in check.of)
        }
