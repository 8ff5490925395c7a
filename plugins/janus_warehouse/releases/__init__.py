"""Releases: frozen, named editions of the marts, and the proof that they have not changed."""

from janus_warehouse.releases.comparison import TableDifference, diff_releases
from janus_warehouse.releases.errors import (
    BuildNotReadyError,
    InvalidReleaseNameError,
    ReleaseDiffersError,
    ReleaseError,
    UnknownReleaseError,
)
from janus_warehouse.releases.freezing import cut_release
from janus_warehouse.releases.ledger import find_release, list_releases
from janus_warehouse.releases.manifest import Column, Release, Table
from janus_warehouse.releases.names import schema_name
from janus_warehouse.releases.verification import Verification, verify_release

__all__ = [
    "BuildNotReadyError",
    "Column",
    "InvalidReleaseNameError",
    "Release",
    "ReleaseDiffersError",
    "ReleaseError",
    "Table",
    "TableDifference",
    "UnknownReleaseError",
    "Verification",
    "cut_release",
    "diff_releases",
    "find_release",
    "list_releases",
    "schema_name",
    "verify_release",
]
