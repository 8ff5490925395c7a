"""The dbt project as a thing that runs: its environment, its version, its manifest."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from janus_warehouse import __version__
from janus_warehouse.platform.database import Role, url
from janus_warehouse.platform.settings import get_settings

_CODE = {".sql", ".yml", ".md", ".csv"}


def target_dir() -> Path:
    """Return the folder of dbt's own files: manifest, run results, compiled SQL."""
    return get_settings().home / "dbt" / "target"


def dbt_environment(home: Path | None = None) -> dict[str, str]:
    """Return the environment of a dbt process: connection, folders, and nothing sent anywhere.

    Args:
        home: Folder for dbt's files, by default below the installation's home.
    """
    settings = get_settings()
    address = urlsplit(url(Role.transformer))
    folder = home or settings.home / "dbt"
    return {
        **os.environ,
        "JANUS_DBT_HOST": address.hostname or "127.0.0.1",
        "JANUS_DBT_PORT": str(address.port or 5432),
        "JANUS_DBT_USER": address.username or "",
        "JANUS_DBT_DATABASE": address.path.lstrip("/"),
        "DBT_ENV_SECRET_JANUS_PASSWORD": unquote(address.password or ""),
        "DBT_PROJECT_DIR": str(settings.dbt_project_dir),
        "DBT_PROFILES_DIR": str(settings.dbt_project_dir),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
        # What PostgreSQL says of a failing row would be written down there.
        "DBT_LOG_LEVEL_FILE": "none",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_VERSION_CHECK": "false",
        "DO_NOT_TRACK": "1",
        "PYTHONWARNINGS": "ignore",
        # Everything dbt writes can be made again, so it need not wait for the disk; sorts and
        # primary keys of millions of rows want more memory than a web application.
        "PGOPTIONS": "-c synchronous_commit=off -c work_mem=96MB -c maintenance_work_mem=256MB",
    }


def code_version() -> str:
    """Return the version of what makes the marts: package version and a hash of the project."""
    settings = get_settings()
    folders = [settings.dbt_project_dir, settings.metadata_dir / "codelists"]
    folders += [settings.metadata_dir / name for name in ("analytes", "classifications")]
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in _CODE and "target" not in path.relative_to(folder).parts:
                name = f"{folder.name}/{path.relative_to(folder)}"
                digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return f"{__version__}+{digest.hexdigest()[:16]}"


def dbt_manifest() -> dict[str, Any]:
    """Return dbt's manifest of the project as it is now, parsing it when the last one is older.

    Raises:
        BuildFailedError: The project cannot be parsed.
    """
    version, stamp = code_version(), target_dir() / "manifest.version"
    path = target_dir() / "manifest.json"
    if not (path.exists() and stamp.exists() and stamp.read_text() == version):
        from janus_warehouse.warehouse.process import run_dbt

        run_dbt(["parse"], lambda _event: None)
        stamp_manifest(version)
    return read_manifest()


def read_manifest() -> dict[str, Any]:
    """Return the manifest that the last dbt process wrote."""
    return json.loads((target_dir() / "manifest.json").read_text(encoding="utf-8"))


def stamp_manifest(version: str) -> None:
    """Note which version of the project the manifest belongs to."""
    (target_dir() / "manifest.version").write_text(version)
