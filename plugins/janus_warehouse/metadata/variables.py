"""Variables: what each published column and each harmonised question means, defined once by name.

Doc blocks of dbt, codebooks and catalogue pages are all made from `metadata/variables/`; those in
`metadata/variables/surveys/` are the harmonised ones, one file per family.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from janus_warehouse.metadata.codelists import load_codelists
from janus_warehouse.metadata.errors import MetadataError
from janus_warehouse.metadata.located import read_yaml
from janus_warehouse.platform.settings import get_settings

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Written = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(_Strict):
    """A text in Norwegian (bokmål) and English."""

    nb: Written
    en: Written


class Range(_Strict):
    """The values that can be true of a person; anything outside is a mistake or a stray code."""

    minimum: float
    maximum: float

    @model_validator(mode="after")
    def _in_order(self) -> "Range":
        if self.minimum >= self.maximum:
            raise ValueError("minimum must be below maximum")
        return self


class Definition(_Strict):
    """A variable as written in the file, without its name."""

    label: Text
    description: Text
    type: Literal["identifier", "code", "text", "integer", "decimal", "date", "boolean"]
    unit: str | None = Field(default=None, description="UCUM")
    codelist: Name | None = None
    range: Range | None = None
    decimals: int | None = Field(default=None, ge=0, le=6)
    molar_mass: float | None = Field(default=None, gt=0, description="g/mol, to convert units")
    concept: str | None = Field(default=None, pattern=r"^https?://\S+$")
    sensitivity: Literal["public", "internal", "pseudonymised", "sensitive"] = "sensitive"

    @model_validator(mode="after")
    def _complete(self) -> "Definition":
        if self.codelist is not None and self.type != "code":
            raise ValueError("only a variable of type code has a codelist")
        if self.range is not None and self.type not in ("integer", "decimal"):
            raise ValueError("only a number has a range")
        if self.decimals is not None and self.type != "decimal":
            raise ValueError("only a decimal has decimals")
        return self


class Variable(Definition):
    """A variable with its name and the topic (file) it is defined in.

    Attributes:
        name: The variable's name.
        topic: Stem of its file.
        is_survey_variable: It is told by surveys, by their rules, and is no other mart's column.
    """

    name: Name
    topic: str
    is_survey_variable: bool = False


def load_variables(metadata_dir: Path | None = None) -> dict[str, Variable]:
    """Return every variable by name, in the order of files and lines.

    Raises:
        MetadataError: A definition has an unknown key or a wrong value, names a codelist that is
            not there, or is written in two files.
    """
    folder = metadata_dir or get_settings().metadata_dir
    codelists = load_codelists(folder)
    variables: dict[str, Variable] = {}
    problems: list[str] = []
    for path in sorted((folder / "variables").glob("**/*.yaml")):
        document = read_yaml(path)
        entries, found = document.entries(Definition)
        problems += found
        for name, entry in entries.items():
            if entry.codelist is not None and entry.codelist not in codelists:
                problems.append(document.problem([name, "codelist"], "there is no such codelist"))
            if name in variables:
                topic = variables[name].topic
                problems.append(document.problem([name], f"is already defined in {topic}.yaml"))
            variables[name] = Variable(
                name=name,
                topic=path.stem,
                is_survey_variable=path.parent.name == "surveys",
                **dict(entry),
            )
    if problems:
        raise MetadataError("\n".join(problems))
    return variables
