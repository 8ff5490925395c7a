"""Surveys: rule files that turn each survey's own questions into the same variables."""

from janus_warehouse.surveys.definition import (
    CrossCheck,
    Derivation,
    Example,
    Harmonisation,
    Rule,
    Survey,
)
from janus_warehouse.surveys.loading import load_harmonisation

__all__ = [
    "CrossCheck",
    "Derivation",
    "Example",
    "Harmonisation",
    "Rule",
    "Survey",
    "load_harmonisation",
]
