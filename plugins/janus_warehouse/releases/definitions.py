"""What variables and codes mean, kept with the release so that its codebooks never change."""

from pathlib import Path
from typing import Any

from janus_warehouse.metadata import load_codelists, load_variables


def read_definitions(metadata_dir: Path) -> dict[str, Any]:
    """Return the variables of `metadata/` and the codelists they use, as plain values.

    Raises:
        MetadataError: A definition is wrong; a release is not cut with meanings in doubt.
    """
    variables = load_variables(metadata_dir)
    used = {variable.codelist for variable in variables.values() if variable.codelist}
    codelists = load_codelists(metadata_dir)
    return {
        "variables": {
            name: {
                "label": variable.label.model_dump(),
                "description": variable.description.model_dump(),
                "type": variable.type,
                "unit": variable.unit,
                "codelist": variable.codelist,
            }
            for name, variable in sorted(variables.items())
        },
        "codelists": {
            name: [
                {"code": code.code, "nb": code.label_no, "en": code.label_en}
                for code in codelists[name].codes
            ]
            for name in sorted(used)
        },
    }
