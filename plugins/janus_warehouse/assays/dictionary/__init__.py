"""The dictionary of analytes: what a laboratory's name means, and which units become which."""

from janus_warehouse.assays.dictionary.converting import (
    ConversionError,
    Suspicion,
    convert,
    suspect_factor,
    unit_factor,
)
from janus_warehouse.assays.dictionary.entries import Analyte, Dictionary, Resolution
from janus_warehouse.assays.dictionary.excel_dates import excel_date_name, excel_date_names
from janus_warehouse.assays.dictionary.loading import load_dictionary
from janus_warehouse.assays.dictionary.resolving import resolve

__all__ = [
    "Analyte",
    "ConversionError",
    "Dictionary",
    "Resolution",
    "Suspicion",
    "convert",
    "excel_date_name",
    "excel_date_names",
    "load_dictionary",
    "resolve",
    "suspect_factor",
    "unit_factor",
]
