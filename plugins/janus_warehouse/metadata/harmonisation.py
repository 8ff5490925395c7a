"""Harmonisation: how each survey's own questions become the same variables.

`metadata/harmonisation/surveys.yaml` says which model holds the attenders of a survey; the other
files say, for each variable and survey, by which rule its value is found. A variable that a survey
never asked is written down as `impossible`: forgetting is an error, not asking is a fact.

Source:
    Fortier et al. (2017), "Maelstrom Research guidelines for rigorous retrospective data
    harmonization", Int J Epidemiol 46:103, doi:10.1093/ije/dyw075: rules and statuses.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from janus_warehouse.metadata.codelists import Codelist, load_codelists
from janus_warehouse.metadata.errors import MetadataError
from janus_warehouse.metadata.located import LocatedYaml, read_yaml
from janus_warehouse.metadata.variables import Variable, load_variables
from janus_warehouse.platform.settings import get_settings

ColumnName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
MissingReason = Literal[
    "not_asked", "not_answered", "refused", "unknown", "out_of_range", "not_applicable"
]
# Expressions are SQL over columns of one row; what could end a statement or start another cannot.
Expression = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^;]+$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Survey(_Strict):
    """A survey whose answers are harmonised."""

    collection: ColumnName
    model: ColumnName = Field(description="dbt model with one row per attender")
    attended_date: ColumnName | None = Field(
        default="attended_date", description="its column with the day of attendance"
    )
    deliveries: Literal["one", "several"] = Field(
        default="one", description="whether an attender's row comes from one delivered table"
    )


class Case(_Strict):
    """One branch of a case_when: the first condition that holds gives the value."""

    when: Expression
    then: str


class MissingWhen(_Strict):
    """A condition under which there can be no value, and why."""

    when: Expression
    reason: MissingReason


class Rule(_Strict):
    """How one survey's columns become one variable.

    In `expression`, `{column}` stands for the column without its missing-value codes.
    """

    rule: Literal["direct", "recode", "operation", "case_when", "impossible"]
    status: Literal["complete", "partial", "impossible"] = "complete"
    columns: tuple[ColumnName, ...] = ()
    question: str | None = None
    recode: dict[str, str] = {}
    expression: Expression | None = None
    cases: tuple[Case, ...] = ()
    missing: dict[str, MissingReason] = {}
    when_empty: MissingReason = "not_answered"
    missing_when: tuple[MissingWhen, ...] = ()
    note: str | None = None

    @model_validator(mode="after")
    def _says_what_its_kind_needs(self) -> "Rule":
        needed = {
            "direct": len(self.columns) == 1,
            "recode": len(self.columns) == 1 and bool(self.recode),
            "operation": bool(self.columns and self.expression),
            "case_when": bool(self.columns and self.cases),
            "impossible": not self.columns and bool(self.note),
        }
        if not needed[self.rule]:
            raise ValueError(
                "direct and recode need one column (recode its mapping), operation columns and an "
                "expression, case_when columns and cases, impossible a note that says why"
            )
        if (self.rule == "impossible") != (self.status == "impossible"):
            raise ValueError("rule and status are impossible together")
        strangers = set(re.findall(r"\{(\w+)\}", self.expression or "")) - set(self.columns)
        if strangers:
            raise ValueError(f"expression uses unlisted columns: {', '.join(sorted(strangers))}")
        return self


class Derivation(_Strict):
    """A variable worked out from other harmonised ones, the same way in every survey."""

    of: tuple[ColumnName, ...] = Field(min_length=1)
    expression: Expression


class VariableRules(_Strict):
    """The rules of one variable: one for each survey, or one derivation for all."""

    surveys: dict[str, Rule] = {}
    derivation: Derivation | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> "VariableRules":
        if bool(self.surveys) == (self.derivation is not None):
            raise ValueError("give surveys or derivation")
        return self


@dataclass(frozen=True)
class Harmonisation:
    """Every survey, every harmonised variable and its rules, in the order they are written."""

    surveys: dict[str, Survey]
    variables: dict[str, VariableRules]
    definitions: dict[str, Variable]


def load_harmonisation(metadata_dir: Path | None = None) -> Harmonisation:
    """Return all harmonisation rules.

    Raises:
        MetadataError: A rule is incomplete, names a survey, variable or code that is not defined,
            or a variable has no rule for one of the surveys.
    """
    folder = metadata_dir or get_settings().metadata_dir
    definitions, codelists = load_variables(folder), load_codelists(folder)
    surveys, problems = read_yaml(folder / "harmonisation" / "surveys.yaml").entries(Survey)
    variables: dict[str, VariableRules] = {}
    for path in sorted((folder / "harmonisation").glob("*.yaml")):
        if path.stem == "surveys":
            continue
        document = read_yaml(path)
        entries, found = document.entries(VariableRules)
        problems += found
        for name, rules in entries.items():
            problems += _problems(document, name, rules, surveys, definitions, codelists)
            if name in variables:
                problems.append(document.problem([name], "has rules in another file already"))
        variables |= entries
    if problems:
        raise MetadataError("\n".join(problems))
    return Harmonisation(surveys, variables, definitions)


def _problems(
    document: LocatedYaml,
    name: str,
    rules: VariableRules,
    surveys: dict[str, Survey],
    definitions: dict[str, Variable],
    codelists: dict[str, Codelist],
) -> list[str]:
    """Return what is wrong between the rules of a variable and everything else."""
    if name not in definitions:
        return [document.problem([name], "is not defined in metadata/variables")]
    if rules.derivation is not None:
        return [
            document.problem([name, "derivation", "of"], f"{of} is not defined")
            for of in rules.derivation.of
            if of not in definitions
        ]
    problems = [
        document.problem([name, "surveys", survey], "is not in surveys.yaml")
        for survey in rules.surveys
        if survey not in surveys
    ]
    forgotten = [survey for survey in surveys if survey not in rules.surveys]
    if forgotten:
        found = f"no rule for {', '.join(forgotten)}; write `impossible` where it was not asked"
        problems.append(document.problem([name, "surveys"], found))
    codelist = codelists.get(definitions[name].codelist or "")
    for survey, rule in rules.surveys.items():
        outcomes = {*rule.recode.values(), *(case.then for case in rule.cases)}
        strangers = sorted(outcomes - codelist.values) if codelist else []
        if strangers:
            found = f"{', '.join(strangers)} not in codelist {definitions[name].codelist}"
            problems.append(document.problem([name, "surveys", survey], found))
    return problems
