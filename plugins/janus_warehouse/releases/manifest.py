"""What a release is made of: its tables with their hashes, deliveries and code version."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from janus_warehouse.releases.names import schema_name

NOT_HASHED = ("created_at", "build_id", "lake_places")
"""When and by which run a release was cut differ between two warehouses with one content, and so
do the numbers of snapshots and how many files the cells of a delivery lie in."""


@dataclass(frozen=True)
class Column:
    """A column of a frozen table."""

    name: str
    type: str
    description: str
    nullable: bool = True


@dataclass(frozen=True)
class Table:
    """A frozen table; `sha256` covers column names, types and every row, in any order."""

    name: str
    rows: int
    sha256: str
    primary_key: tuple[str, ...]
    columns: tuple[Column, ...]
    description: str = ""

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def as_json(self) -> dict[str, Any]:
        """Return the manifest entry of the table."""
        return {
            "rows": self.rows,
            "sha256": self.sha256,
            "description": self.description,
            "primary_key": list(self.primary_key),
            "columns": [
                {
                    "name": column.name,
                    "type": column.type,
                    "description": column.description,
                    "nullable": column.nullable,
                }
                for column in self.columns
            ],
        }

    @classmethod
    def from_json(cls, name: str, entry: dict[str, Any]) -> "Table":
        """Return the table that a manifest entry describes."""
        columns = tuple(Column(**column) for column in entry["columns"])
        key = tuple(entry["primary_key"])
        return cls(name, entry["rows"], entry["sha256"], key, columns, entry["description"])


@dataclass(frozen=True)
class LakeAppend:
    """A delivery whose cells count; `content_sha256` tells the same cells from others."""

    delivery_id: str
    rows: int
    content_sha256: str


@dataclass(frozen=True)
class LakeFile:
    """A file of pinned cells; `name` is its place below that of its table."""

    name: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class LakeTable:
    """What a release pins of a table of the lake: whose cells count, and where they are.

    `columns` are what may be asked for, under the names that marts give them.
    """

    platform: str
    columns: tuple[Column, ...]
    appends: tuple[LakeAppend, ...]
    snapshot_id: int
    files: tuple[LakeFile, ...]

    @property
    def name(self) -> str:
        return f"assay.{self.platform}"

    @property
    def rows(self) -> int:
        return sum(append.rows for append in self.appends)

    def content_as_json(self) -> dict[str, Any]:
        """Return what of the manifest's entry says what the cells are."""
        return {
            "columns": [{"name": column.name, "type": column.type} for column in self.columns],
            "deliveries": [asdict(append) for append in self.appends],
        }

    def place_as_json(self) -> dict[str, Any]:
        """Return what of the manifest's entry says where the cells are."""
        return {"snapshot_id": self.snapshot_id, "files": [asdict(file) for file in self.files]}

    @classmethod
    def from_json(
        cls, platform: str, content: dict[str, Any], place: dict[str, Any]
    ) -> "LakeTable":
        """Return the table that the two parts of a manifest's entry describe."""
        return cls(
            platform,
            tuple(Column(column["name"], column["type"], "") for column in content["columns"]),
            tuple(LakeAppend(**append) for append in content["deliveries"]),
            place["snapshot_id"],
            tuple(LakeFile(**file) for file in place["files"]),
        )


@dataclass(frozen=True)
class Release:
    """A frozen edition of the marts, as `ops.releases` knows it."""

    name: str
    created_at: datetime
    code_version: str
    build_id: str | None
    deliveries: tuple[dict[str, Any], ...]
    tables: dict[str, Table]
    manifest: dict[str, Any]
    manifest_sha256: str
    lake: dict[str, LakeTable] = field(default_factory=dict)

    @property
    def schema(self) -> str:
        return schema_name(self.name)

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())

    @property
    def definitions(self) -> dict[str, Any]:
        """What variables and codes meant when the release was cut."""
        return self.manifest.get("definitions", {})

    @property
    def made_up_collections(self) -> frozenset[str]:
        """The collections whose people are known to be of the test population."""
        if not self.manifest.get("test_population"):
            return frozenset()
        return frozenset(self.manifest.get("test_population_collections", ()))

    @classmethod
    def from_manifest(cls, manifest: dict[str, Any], sha256: str) -> "Release":
        """Return the release that a manifest describes."""
        entries = manifest["tables"].items()
        return cls(
            name=manifest["release_name"],
            created_at=datetime.fromisoformat(manifest["created_at"]),
            code_version=manifest["code_version"],
            build_id=manifest["build_id"],
            deliveries=tuple(manifest["deliveries"]),
            tables={name: Table.from_json(name, entry) for name, entry in entries},
            manifest=manifest,
            manifest_sha256=sha256,
            # Not there in a release without wide results, or that is older than pins.
            lake={
                platform: LakeTable.from_json(platform, entry, manifest["lake_places"][platform])
                for platform, entry in manifest.get("lake", {}).items()
            },
        )


def canonical_json(value: Any) -> bytes:
    """Return the one JSON text of a value: sorted keys, no spaces, UTF-8."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def manifest_sha256(manifest: dict[str, Any]) -> str:
    """Return the hash of what a release contains, without when and by which run it was cut.

    Two warehouses that build the same deliveries with the same code and the same secret key
    get the same hash.
    """
    content = {key: value for key, value in manifest.items() if key not in NOT_HASHED}
    return hashlib.sha256(canonical_json(content)).hexdigest()
