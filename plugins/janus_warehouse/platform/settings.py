"""Every setting of the warehouse, typed, in one place; each is overridden by `JANUS_<NAME>`."""

import functools
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

REPO_ROOT = Path(__file__).resolve().parents[3]
"""The checkout: the package is installed editable, and the contracts live beside it."""


class Settings(BaseSettings):
    """Where things are and which limits hold.

    `database_url` is the address of an administrator of any PostgreSQL (15 or later). Without
    it the warehouse runs its own server under `home`.
    """

    model_config = SettingsConfigDict(env_prefix="JANUS_", env_file=".env", extra="ignore")

    home: Path = REPO_ROOT / ".janus"
    repo_root: Path = REPO_ROOT
    shared_root: Path = Field(
        default=REPO_ROOT.parent / "shared", validation_alias="JANUS_SHARED", alias_priority=2
    )
    database_url: str | None = None
    landing_url: str | None = None
    secret_key: SecretStr | None = None
    catalogue_base_iri: str = "https://janus.example.org/"
    small_cell_minimum: int = Field(default=5, ge=1, description="smallest count ever shown")
    still_copying_seconds: float = Field(
        default=30, ge=0, description="a file changed this recently may still be growing"
    )
    longest_line_bytes: int = Field(default=1 << 20, description="a longer line is not a record")
    lake_url: str | None = None
    lake_runner: Literal["local", "ray"] = Field(
        default="local", description="where Daft reads the lake: here, or on a Ray cluster"
    )
    ray_address: str | None = None
    s3_endpoint: str | None = Field(
        default=None, description="of S3-compatible storage; without it Amazon's own"
    )
    s3_access_key: SecretStr | None = None
    s3_secret_key: SecretStr | None = None
    s3_region: str = "us-east-1"
    actor: str = Field(default_factory=lambda: os.environ.get("USER", "janus"))

    @property
    def landing(self) -> str:
        """The landing zone: a folder or an fsspec URL."""
        return self.landing_url or str(self.home / "landing")

    @property
    def lake(self) -> str:
        """Where the lake's files lie, as a URL."""
        return (self.lake_url or (self.home / "lake").as_uri()).rstrip("/")

    @property
    def reports_dir(self) -> Path:
        return self.home / "reports"

    @property
    def data_docs_dir(self) -> Path:
        return self.home / "data-docs"

    @property
    def catalogue_dir(self) -> Path:
        return self.home / "catalogue"

    @property
    def extracts_dir(self) -> Path:
        return self.home / "extracts"

    @property
    def shipments_dir(self) -> Path:
        return self.home / "shipments"

    @property
    def bench_dir(self) -> Path:
        return self.home / "bench"

    @property
    def expectations_dir(self) -> Path:
        return self.repo_root / "expectations"

    @property
    def metadata_dir(self) -> Path:
        return self.repo_root / "metadata"

    @property
    def dbt_project_dir(self) -> Path:
        return self.repo_root / "dbt_project"

    def derived_secret(self, purpose: str) -> str:
        """Return the secret of one purpose, as 64 hexadecimal digits.

        Every secret (role passwords, donor keys, pseudonyms) is derived from one key, so that
        one backup restores them all and no two purposes share a secret.
        """
        key = self._secret_key().encode()
        return hmac.new(key, purpose.encode(), hashlib.sha256).hexdigest()

    def _secret_key(self) -> str:
        if self.secret_key is not None:
            return self.secret_key.get_secret_value()
        return _kept_secret(self.home / "secrets.json")


def _kept_secret(path: Path) -> str:
    """Return the generated key of this installation, making it once."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps({"secret_key": secrets.token_hex(32)}))
        # The first process to arrive wins; a second one must not change the key under it.
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return str(json.loads(path.read_text())["secret_key"])


_instead: Settings | None = None


@functools.cache
def get_settings() -> Settings:
    """Return the settings of this process; tests call `get_settings.cache_clear()`."""
    settings = _instead or Settings()
    settings.home = settings.home.resolve()
    return settings


@contextmanager
def working_with(settings: Settings) -> Iterator[None]:
    """Let this whole process work with other settings until the end of the block."""
    global _instead
    before, _instead = _instead, settings
    get_settings.cache_clear()
    try:
        yield
    finally:
        _instead = before
        get_settings.cache_clear()
