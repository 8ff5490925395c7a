"""What things mean: variables, codelists, harmonisation rules and case checks in `metadata/`."""

from janus_warehouse.metadata.case_checks import CaseCheck, CaseChecks, load_case_checks
from janus_warehouse.metadata.codelists import Code, Codelist, load_codelist, load_codelists
from janus_warehouse.metadata.errors import MetadataError, UnitError
from janus_warehouse.metadata.units import convert_factor, factor_sql, parse_unit
from janus_warehouse.metadata.variables import (
    Text,
    Variable,
    load_survey_variables,
    load_variables,
)

__all__ = [
    "CaseCheck",
    "CaseChecks",
    "Code",
    "Codelist",
    "MetadataError",
    "Text",
    "UnitError",
    "Variable",
    "convert_factor",
    "factor_sql",
    "load_case_checks",
    "load_codelist",
    "load_codelists",
    "load_survey_variables",
    "load_variables",
    "parse_unit",
]
