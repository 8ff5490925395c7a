"""Extracts: what an approved project receives from a release, under pseudonyms of its own."""

from janus_warehouse.extracts.building import Extract, build_extract
from janus_warehouse.extracts.errors import (
    ExtractError,
    IdentityNumberFoundError,
    UnknownExtractError,
)
from janus_warehouse.extracts.verification import (
    ExtractRecord,
    ExtractVerification,
    list_extracts,
    verify_extract,
)

__all__ = [
    "Extract",
    "ExtractError",
    "ExtractRecord",
    "ExtractVerification",
    "IdentityNumberFoundError",
    "UnknownExtractError",
    "build_extract",
    "list_extracts",
    "verify_extract",
]
