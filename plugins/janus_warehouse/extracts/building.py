"""Building an extract: one project, one release, one folder."""

import hashlib
import hmac
import logging
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from janus_warehouse.extracts import pseudonyms
from janus_warehouse.extracts.codebook import (
    Entry,
    entries_of,
    read_analytes,
    read_codes,
    write_codebook,
)
from janus_warehouse.extracts.folder import (
    CHECKSUMS,
    building_folder,
    checksum_problems,
    describe_files,
    extract_folder,
    file_sha256,
    publish,
    read_manifest,
    write_checksums,
    write_manifest,
)
from janus_warehouse.extracts.queries import (
    DatasetQuery,
    dataset_query,
    make_cohort,
    rules_left_out,
    withdrawn_donors,
)
from janus_warehouse.extracts.readme import readme_text
from janus_warehouse.extracts.writing import copy_to_csv, csv_to_parquet
from janus_warehouse.platform.database import Role, connect
from janus_warehouse.platform.keyed_hash import keep_key
from janus_warehouse.platform.settings import get_settings
from janus_warehouse.projects.checking import check_against, refuse_expired
from janus_warehouse.projects.loading import ReadProject, load_project, specification_sha256
from janus_warehouse.projects.specification import Dataset, LakeDataset, Project
from janus_warehouse.releases.following import OnProgress, followed
from janus_warehouse.releases.ledger import find_release
from janus_warehouse.releases.manifest import Release

logger = logging.getLogger(__name__)

EXTRACT_FORMAT = 1
"""Raised whenever the same rows would be written as other bytes."""


@dataclass(frozen=True)
class Extract:
    """A delivered extract; `was_there` tells that nothing had to be built."""

    project_id: str
    release_name: str
    folder: Path
    files: tuple[dict[str, Any], ...]
    rows: int
    sha256: str
    was_there: bool = False

    @property
    def extract_id(self) -> str:
        return f"{self.project_id}@{self.release_name}"


def build_extract(
    project_id: str, release_name: str, *, on_progress: OnProgress | None = None
) -> Extract:
    """Return the extract of a project from a release, in `<home>/extracts/<project>/<release>`.

    The same release, specification, key and withdrawals give the same bytes, and an extract that
    is there and whole is left alone. If a donor of it has withdrawn since, or the specification
    has changed, the folder is replaced.

    Raises:
        ProjectError: The specification is missing or wrong, the approval has ended, or it asks for
            what is not in the release or must not leave.
        UnknownReleaseError: No such release was cut.
        IdentityNumberFoundError: The data hold what looks like an identity number.
    """
    read = load_project(project_id)
    refuse_expired(read, date.today())
    release = find_release(release_name, Role.extractor)
    target = extract_folder(read.project.project_id, release.name)
    job = f"extract {read.project.project_id}@{release.name}"
    with (
        followed(job, "write", Role.extractor, on_progress) as report,
        building_folder(target) as folder,
        connect(Role.extractor) as connection,
    ):
        connection.execute("set transaction isolation level repeatable read")
        check_against(connection, read, release)
        inputs = _inputs(connection, read.project, release)
        if (existing := _existing(connection, target, inputs)) is not None:
            report("", len(read.project.files), len(read.project.files))
            return existing
        rows = _write(connection, read, release, folder, report)
        files = describe_files(folder)
        write_manifest(folder, {**inputs, "rows": rows, "files": files})
        digest, total = write_checksums(folder), sum(rows.values())
        extract = Extract(project_id, release.name, target, tuple(files), total, digest)
        publish(folder, target)
        _record(extract, inputs)
    logger.info("extract %s: %d files, %d rows", extract.extract_id, len(files), extract.rows)
    return extract


def _inputs(
    connection: psycopg.Connection[Any], project: Project, release: Release
) -> dict[str, Any]:
    """Return everything that the bytes of an extract follow from, as its manifest states it."""
    secret = pseudonyms.project_secret(project.project_id)
    withdrawn = withdrawn_donors(connection, project.cohort, release)
    return {
        "extract_format": EXTRACT_FORMAT,
        "project_id": project.project_id,
        "title": project.title,
        "ethics_reference": project.ethics_reference,
        "release": release.name,
        "release_manifest_sha256": release.manifest_sha256,
        "code_version": release.code_version,
        "specification_sha256": specification_sha256(project),
        # Two fingerprints that change with key and withdrawals, and tell neither.
        "key_fingerprint": _keyed(secret, "key"),
        "withdrawals_fingerprint": _keyed(secret, "\n".join(["withdrawn", *withdrawn])),
    }


def _keyed(secret: bytes, text: str) -> str:
    return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()[:16]


def _existing(
    connection: psycopg.Connection[Any], target: Path, inputs: dict[str, Any]
) -> Extract | None:
    """Return the extract in its folder, if it was made from the same inputs and is whole.

    What the ledger does not vouch for is built again: a run may have been killed between folder
    and ledger, or somebody may have changed a file and its checksum.
    """
    manifest = read_manifest(target)
    if manifest is None or any(manifest.get(key) != value for key, value in inputs.items()):
        return None
    project_id, release_name = inputs["project_id"], inputs["release"]
    recorded = connection.execute(
        "select sha256 from ops.extracts where project_id = %s and release_name = %s",
        [project_id, release_name],
    ).fetchone()
    if recorded is None or checksum_problems(target):
        return None
    digest = file_sha256(target / CHECKSUMS)
    if digest != recorded[0]:
        return None
    rows, files = sum(manifest["rows"].values()), tuple(manifest["files"])
    return Extract(project_id, release_name, target, files, rows, digest, was_there=True)


def _write(
    connection: psycopg.Connection[Any],
    read: ReadProject,
    release: Release,
    folder: Path,
    report: OnProgress,
) -> dict[str, int]:
    """Write data, codebook and README into a folder; return the rows of each dataset."""
    project = read.project
    keep_key(connection, pseudonyms.project_secret(project.project_id))
    make_cohort(connection, project.cohort, release)
    analytes, codes = read_analytes(connection, release), read_codes(connection, release)
    rows: dict[str, int] = {}
    entries: list[Entry] = []
    for done, dataset in enumerate(project.files):
        report(dataset.name, done, len(project.files))
        query = _query(connection, dataset, project, release)
        csv_path = folder / f"{dataset.name}.csv"
        copy_to_csv(connection, query, csv_path)
        parquet = folder / f"{dataset.name}.parquet" if "parquet" in project.formats else None
        written = csv_to_parquet(csv_path, parquet, query.columns, dataset.name)
        if "csv" not in project.formats:
            csv_path.unlink()
        rows[dataset.name] = written.rows
        entries += entries_of(dataset, query.columns, written.present, release, analytes, codes)
    report("", len(project.files), len(project.files))
    write_codebook(project, release, entries, folder)
    left_out = rules_left_out(connection, project, release)
    readme = readme_text(project, release, rows, left_out)
    (folder / "README.txt").write_text(readme, encoding="utf-8")
    return rows


def _query(
    connection: psycopg.Connection[Any],
    dataset: Dataset | LakeDataset,
    project: Project,
    release: Release,
) -> DatasetQuery:
    if isinstance(dataset, Dataset):
        return dataset_query(dataset, project, release)
    # Who asks for no wide results does not wait for the lake's libraries.
    from janus_warehouse.extracts.lake import lake_query

    return lake_query(connection, dataset, project, release)


_UPSERT = """
insert into ops.extracts as e (extract_id, project_id, release_name, specification_sha256,
    folder, files, rows, sha256)
values (%s, %s, %s, %s, %s, %s, %s, %s)
on conflict (extract_id) do update
    set specification_sha256 = excluded.specification_sha256, folder = excluded.folder,
        files = excluded.files, rows = excluded.rows, sha256 = excluded.sha256,
        built_at = clock_timestamp()
    where (e.sha256, e.folder) is distinct from (excluded.sha256, excluded.folder)
"""


def _record(extract: Extract, inputs: dict[str, Any]) -> None:
    """Write the ledger row, and an audit row if it is new or differs."""
    # Relative to the home folder, so that a ledger restored elsewhere still finds its extracts.
    folder = extract.folder.relative_to(get_settings().home).as_posix()
    # A transaction of its own: the one that the data were read in does not see what others wrote
    # into the audit meanwhile, and would break its chain.
    with connect(Role.extractor) as connection:
        done = connection.execute(
            _UPSERT,
            [
                extract.extract_id,
                extract.project_id,
                extract.release_name,
                inputs["specification_sha256"],
                folder,
                Jsonb(list(extract.files)),
                extract.rows,
                extract.sha256,
            ],
        )
        if done.rowcount:
            connection.execute(
                "insert into ops.audit (actor, action, subject, detail) values (%s, %s, %s, %s)",
                [
                    get_settings().actor,
                    "deliver extract",
                    extract.extract_id,
                    Jsonb({"sha256": extract.sha256, "rows": extract.rows}),
                ],
            )
