"""Which extracts there are, and whether their files still are what was delivered."""

from dataclasses import dataclass, field
from datetime import datetime

from janus_warehouse.extracts.errors import UnknownExtractError
from janus_warehouse.extracts.folder import (
    CHECKSUMS,
    checksum_problems,
    extract_folder,
    file_sha256,
)
from janus_warehouse.platform.database import Role, connect

_ALL = """
select extract_id, project_id, release_name, folder, jsonb_array_length(files), rows, sha256,
    built_at
from ops.extracts order by project_id, release_name
"""


@dataclass(frozen=True)
class ExtractRecord:
    """A row of `ops.extracts`."""

    extract_id: str
    project_id: str
    release_name: str
    folder: str
    files: int
    rows: int
    sha256: str
    built_at: datetime


@dataclass(frozen=True)
class ExtractVerification:
    """What is wrong with the files of an extract, by name; nothing when `problems` is empty."""

    extract_id: str
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return not self.problems


def list_extracts() -> list[ExtractRecord]:
    """Return every delivered extract in the order of project and release."""
    with connect(Role.reader) as connection:
        return [ExtractRecord(*row) for row in connection.execute(_ALL)]


def verify_extract(project_id: str, release_name: str) -> ExtractVerification:
    """Return whether the folder of an extract holds exactly the files that were delivered.

    Raises:
        UnknownExtractError: The ledger has no such extract.
    """
    extract_id = f"{project_id}@{release_name}"
    known = {record.extract_id: record for record in list_extracts()}
    if extract_id not in known:
        raise UnknownExtractError(
            f"no extract {extract_id} was delivered (there are: {', '.join(known) or 'none'}): "
            f"run `janus extract build {project_id} {release_name}`"
        )
    folder = extract_folder(project_id, release_name)
    if not folder.is_dir():
        return ExtractVerification(extract_id, {"folder": "is missing"})
    problems = checksum_problems(folder)
    sums = folder / CHECKSUMS
    # Somebody who changes a file can change its checksum too; the ledger keeps that of the list.
    if sums.exists() and file_sha256(sums) != known[extract_id].sha256:
        problems[CHECKSUMS] = "is not the list of checksums that was delivered"
    return ExtractVerification(extract_id, problems)
