"""What variables and codes mean, kept with the release so that its codebooks never change."""

from pathlib import Path
from typing import Any

from janus_warehouse.metadata import Variable, load_codelists, load_variables

REASON_SUFFIX = "_missing"
"""Ends the name of the column beside a survey variable that says why there is no value."""


def read_definitions(metadata_dir: Path) -> dict[str, Any]:
    """Return the variables of `metadata/` and the codelists they use, as plain values.

    Beside each variable of surveys stands the column with the reason of its missing values.

    Raises:
        MetadataError: A definition is wrong; a release is not cut with meanings in doubt.
    """
    variables = load_variables(metadata_dir)
    used = {variable.codelist for variable in variables.values() if variable.codelist}
    codelists = load_codelists(metadata_dir)
    described = {name: _described(variable) for name, variable in variables.items()}
    why = variables["missing_reason"]
    for variable in variables.values():
        if variable.is_survey_variable:
            described[variable.name + REASON_SUFFIX] = _why_missing(variable, why)
    return {
        "variables": dict(sorted(described.items())),
        "codelists": {
            name: [
                {"code": code.code, "nb": code.label_no, "en": code.label_en}
                for code in codelists[name].codes
            ]
            for name in sorted(used)
        },
    }


def _described(variable: Variable) -> dict[str, Any]:
    return {
        "label": variable.label.model_dump(),
        "description": variable.description.model_dump(),
        "type": variable.type,
        "unit": variable.unit,
        "codelist": variable.codelist,
    }


def _why_missing(variable: Variable, why: Variable) -> dict[str, Any]:
    labels, reason = variable.label.model_dump(), why.label.model_dump()
    label = {
        language: f"{labels[language]}: {text[0].lower()}{text[1:]}"
        for language, text in reason.items()
    }
    return _described(why) | {"label": label}
