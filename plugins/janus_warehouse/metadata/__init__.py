"""What things mean: variables, codelists, harmonisation rules and case checks in `metadata/`."""

from janus_warehouse.metadata.case_checks import CaseCheck, CaseChecks, load_case_checks
from janus_warehouse.metadata.codelists import Code, Codelist, load_codelist, load_codelists
from janus_warehouse.metadata.errors import MetadataError
from janus_warehouse.metadata.harmonisation import Harmonisation, load_harmonisation
from janus_warehouse.metadata.variables import Text, Variable, load_variables

__all__ = [
    "CaseCheck",
    "CaseChecks",
    "Code",
    "Codelist",
    "Harmonisation",
    "MetadataError",
    "Text",
    "Variable",
    "load_case_checks",
    "load_codelist",
    "load_codelists",
    "load_harmonisation",
    "load_variables",
]
