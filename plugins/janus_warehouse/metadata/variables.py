"""Variables: what each published column and each harmonised question means, defined once by name.

Doc blocks of dbt, codebooks and catalogue pages are all made from `metadata/variables/`. What is
asked and measured at surveys is in its folder `surveys`, a file for each family.
"""

import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from janus_warehouse.metadata.codelists import load_codelists
from janus_warehouse.metadata.concepts import concept_problem
from janus_warehouse.metadata.errors import MetadataError, UnitError
from janus_warehouse.metadata.located import read_yaml
from janus_warehouse.metadata.units import parse_unit
from janus_warehouse.platform.settings import get_settings

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
# The folder of `metadata/variables/` with what surveys ask and measure.
SURVEYS = "surveys"
# Views and marts put endings of their own behind the name; PostgreSQL cuts names at 63 characters.
_LEAVES_ROOM = re.compile(r"(?!.*__)(?!.*_missing$).{1,50}")
_NAME_WANTED = (
    "expected a name of at most 50 characters, without __ and without _missing at its end"
)
Written = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2)]


class Strict(BaseModel):
    """What a file may say: no key that is not known, and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Strict):
    """A text in Norwegian (bokmål) and English."""

    nb: Written
    en: Written


class Range(Strict):
    """The values that can be true of a person; anything outside is a mistake or a stray code."""

    minimum: float
    maximum: float

    @model_validator(mode="after")
    def _in_order(self) -> "Range":
        if self.minimum >= self.maximum:
            raise ValueError("minimum must be below maximum")
        return self


def number_text(value: float) -> str:
    """Return a number with every digit that was written, and without a power of ten."""
    text = format(Decimal(str(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


class Definition(Strict):
    """A variable as written in the file, without its name."""

    label: Text
    description: Text
    type: Literal["identifier", "code", "text", "integer", "decimal", "date", "boolean"]
    unit: str | None = Field(default=None, description="UCUM")
    codelist: Name | None = None
    range: Range | None = None
    decimals: int | None = Field(default=None, ge=0, le=6)
    concept: str | None = Field(default=None, pattern=r"^https?://\S+$")
    sensitivity: Literal["public", "internal", "pseudonymised", "sensitive"] = "sensitive"
    molar_mass: Decimal | None = Field(
        default=None, gt=0, description="g/mol; with it a mass becomes an amount of substance"
    )

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers, which have a unit and a range."""
        return self.type in ("integer", "decimal")

    @field_validator("unit")
    @classmethod
    def _is_ucum(cls, unit: str | None) -> str | None:
        try:
            if unit is not None:
                parse_unit(unit)
        except UnitError as error:
            raise ValueError(str(error)) from None
        return unit

    @field_validator("concept")
    @classmethod
    def _can_be_a_concept(cls, concept: str | None) -> str | None:
        problem = concept_problem(concept) if concept is not None else None
        if problem:
            raise ValueError(problem)
        return concept

    @model_validator(mode="after")
    def _complete(self) -> "Definition":
        if self.codelist is not None and self.type != "code":
            raise ValueError("only a variable of type code has a codelist")
        if self.range is not None and not self.is_number:
            raise ValueError("only a number has a range")
        if self.decimals is not None and self.type != "decimal":
            raise ValueError("only a decimal has decimals")
        if self.molar_mass is not None and self.unit is None:
            raise ValueError("only a variable with a unit has a molar mass")
        return self


class SurveyDefinition(Definition):
    """A variable of surveys as written in the file; it says all that its values are judged by."""

    type: Literal["code", "text", "integer", "decimal"]
    sensitivity: Literal["public", "internal", "pseudonymised", "sensitive"] = Field()

    @model_validator(mode="after")
    def _can_be_judged(self) -> "SurveyDefinition":
        if self.type == "code" and self.codelist is None:
            raise ValueError("a code needs a codelist")
        if self.is_number and None in (self.unit, self.range):
            raise ValueError("a number needs a unit (1 where it has none) and a range")
        if self.type == "decimal" and self.decimals is None:
            raise ValueError("a decimal needs decimals, those that are kept")
        return self


class Variable(Definition):
    """A variable with its name and the topic (file) it is defined in."""

    name: Name
    topic: str
    is_survey_variable: bool = False


def load_variables(metadata_dir: Path | None = None) -> dict[str, Variable]:
    """Return every variable by name, in the order of files and lines.

    Raises:
        MetadataError: A definition has an unknown key or a wrong value, names a codelist that is
            not there, or is written in two files.
    """
    metadata = metadata_dir or get_settings().metadata_dir
    folder, codelists = metadata / "variables", load_codelists(metadata)
    variables: dict[str, Variable] = {}
    files: dict[str, str] = {}
    problems: list[str] = []
    for path in sorted(folder.rglob("*.yaml")):
        document, file = read_yaml(path), path.relative_to(folder).as_posix()
        is_survey = path.parent.name == SURVEYS
        entries, found = document.entries(SurveyDefinition if is_survey else Definition)
        problems += found
        for name, entry in entries.items():
            if entry.codelist is not None and entry.codelist not in codelists:
                problems.append(document.problem([name, "codelist"], "there is no such codelist"))
            if is_survey and not _LEAVES_ROOM.fullmatch(name):
                problems.append(document.problem([name], _NAME_WANTED))
            if name in files:
                problems.append(document.problem([name], f"is already defined in {files[name]}"))
            files[name] = file
            variables[name] = Variable(
                name=name, topic=path.stem, is_survey_variable=is_survey, **dict(entry)
            )
    if problems:
        raise MetadataError("\n".join(problems))
    return variables


def load_survey_variables(metadata_dir: Path | None = None) -> dict[str, Variable]:
    """Return what surveys ask and measure, by name; `topic` is the family. Raises as above."""
    variables = load_variables(metadata_dir)
    return {name: one for name, one in variables.items() if one.is_survey_variable}
