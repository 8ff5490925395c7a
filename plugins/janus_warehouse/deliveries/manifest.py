"""The manifest: what a sender says a delivery is, and the identity that follows from it."""

import contextlib
import hashlib
import os
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from janus_warehouse.errors import DeliveryRefusedError

if TYPE_CHECKING:
    from janus_warehouse.contracts import Contract

MANIFEST = "manifest.yaml"
SHA256 = r"^[0-9a-f]{64}$"


class DeliveredFile(BaseModel):
    """One file of a delivery and the table it fills."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    table: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    contract: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    sha256: Annotated[str, Field(pattern=SHA256)]
    rows: int = Field(ge=0)
    bytes: int = Field(ge=0)

    @field_validator("path")
    @classmethod
    def _inside_the_folder(cls, path: str) -> str:
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            raise ValueError("the path must lie inside the delivery's folder")
        return path


class Returned(BaseModel):
    """What a laboratory says of results that it returns."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    project: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]
    approval: Annotated[str, Field(min_length=1)]
    laboratory: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    platform: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    platform_version: Annotated[str, Field(min_length=1)]
    method: Annotated[str, Field(min_length=1)]
    embargo_until: date | None = None
    format: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Manifest(BaseModel):
    """A delivery: its source, collection, as-of date and files."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    manifest: Literal[1] = 1
    source: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    collection: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    as_of: date
    supersedes: str | None = None
    returned: Returned | None = None
    files: tuple[DeliveredFile, ...] = Field(min_length=1)

    @field_validator("files")
    @classmethod
    def _each_table_once(cls, files: tuple[DeliveredFile, ...]) -> tuple[DeliveredFile, ...]:
        tables = [file.table for file in files]
        if len(set(tables)) < len(tables):
            raise ValueError("each table may be named once")
        return files

    @property
    def content_sha256(self) -> str:
        """Digest of what is delivered: the same content has it, whatever the folder's name."""
        lines = [f"{self.source} {self.collection} {self.as_of} {self.supersedes or '-'}"]
        if self.returned is not None:
            lines.append(self.returned.model_dump_json())
        lines += sorted(f"{f.table} {f.contract} {f.sha256}" for f in self.files)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    @property
    def delivery_id(self) -> str:
        return f"{self.source}-{self.as_of}-{self.content_sha256[:10]}"


def read_manifest(text: str, place: str) -> Manifest:
    """Return the manifest in a text.

    Args:
        text: Content of `manifest.yaml`.
        place: How the message names the file, for example `landing/census/2022/manifest.yaml`.

    Raises:
        DeliveryRefusedError: Unreadable or incomplete; every problem is named.
    """
    try:
        content = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # A ValueError comes from a date that does not exist.
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise DeliveryRefusedError(
            f"{place}{line}: the manifest is not readable as YAML; write it again with "
            "`janus deliver FOLDER`"
        ) from None
    if not isinstance(content, dict):
        raise DeliveryRefusedError(
            f"{place}: the manifest is empty or no mapping; write it again with "
            "`janus deliver FOLDER`"
        )
    try:
        return Manifest.model_validate(content)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
        places = [item["loc"] for item in found]
        # A list whose entry is wrong is called too short as well; the entry says it better.
        problems = "; ".join(
            f"{'.'.join(map(str, item['loc']))}: {item['msg']}"
            for item in found
            if not any(p != item["loc"] and p[: len(item["loc"])] == item["loc"] for p in places)
        )
        raise DeliveryRefusedError(
            f"{place}: the manifest is incomplete: {problems}; write it again with "
            "`janus deliver FOLDER`"
        ) from None


def write_manifest(
    folder: Path,
    *,
    source: str,
    collection: str,
    as_of: date,
    tables: dict[str, str] | None = None,
    supersedes: str | None = None,
) -> Path:
    """Write the manifest of a folder of plain files and return its path.

    That of a laboratory's return is written by `assays.packages`.

    Args:
        folder: The delivery's folder, `landing/<source>/<delivery>/`.
        source: Who delivers, as the contracts name it.
        collection: Whose people and samples these are.
        as_of: The day the content describes.
        tables: File name → table; by default each file fills the table of its own name.
        supersedes: The delivery that this one corrects.

    Raises:
        DeliveryRefusedError: No such source, no contract for a table, no files, or a day to come.
    """
    contracts = contracts_to_deliver(folder, source, as_of)
    paths = sorted(p for p in folder.iterdir() if p.is_file() and p.name != MANIFEST)
    chosen = tables or {p.name: p.name.split(".", 1)[0] for p in paths}
    files = []
    for name, table in sorted(chosen.items()):
        if table not in contracts:
            known = ", ".join(sorted(contracts)) or "none"
            raise DeliveryRefusedError(
                f"{folder / name}: source {source} has no table {table} (contracts: {known}); "
                "name the file after its table or give --table FILE=TABLE"
            )
        files.append(described_file(folder, name, contracts[table]))
    if not files:
        raise DeliveryRefusedError(f"{folder}: no files to deliver")
    return place_manifest(folder, {
        "manifest": 1, "source": source, "collection": collection, "as_of": as_of,
        "supersedes": supersedes, "files": files,
    })  # fmt: skip


def contracts_to_deliver(folder: Path, source: str, as_of: date) -> "dict[str, Contract]":
    """Return the contracts of a source by table.

    Raises:
        DeliveryRefusedError: No such source, or a day to come.
    """
    from janus_warehouse.contracts import load_contracts

    contracts = load_contracts()
    known_sources = sorted({c.source for c in contracts})
    if source not in known_sources:
        raise DeliveryRefusedError(
            f"{folder}: unknown source {source}; expected one of {', '.join(known_sources)}. Lay "
            "the folder below its source's, or give --source"
        )
    if as_of > datetime.now(UTC).date():
        raise DeliveryRefusedError(
            f"{folder}: as_of is {as_of}, which is still to come; give the day that the content "
            "describes"
        )
    return {c.table: c for c in contracts if c.source == source}


def described_file(folder: Path, path: str, contract: "Contract") -> dict[str, Any]:
    """Return what a manifest says of a file that fills the table of a contract."""
    from janus_warehouse.deliveries.readers import scan

    found = scan(folder / path, contract.format.model_dump())
    return {
        "path": path, "table": contract.table, "contract": contract.version,
        "sha256": found.sha256, "rows": found.data_rows, "bytes": found.bytes,
    }  # fmt: skip


def place_manifest(folder: Path, content: dict[str, Any]) -> Path:
    """Write a manifest and return its path.

    It appears whole or not at all: a folder without one is still being copied.
    """
    draft = folder / f".{MANIFEST}.{os.getpid()}"
    try:
        draft.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        draft.replace(folder / MANIFEST)
    finally:
        with contextlib.suppress(FileNotFoundError):
            draft.unlink()
    return folder / MANIFEST
