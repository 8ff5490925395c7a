"""How each library is told where S3-compatible storage is; from the settings, once."""

from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from janus_warehouse.platform.settings import get_settings

if TYPE_CHECKING:
    from daft.io import IOConfig


def fsspec_options(url: str) -> dict[str, Any]:
    """Return what fsspec needs to reach a URL; nothing for a folder."""
    if not _is_s3(url):
        return {}
    settings = get_settings()
    options: dict[str, Any] = {"client_kwargs": {"region_name": settings.s3_region}}
    if settings.s3_endpoint:
        options["endpoint_url"] = settings.s3_endpoint
    if settings.s3_access_key and settings.s3_secret_key:
        options |= {"key": _text(settings.s3_access_key), "secret": _text(settings.s3_secret_key)}
    return options


def iceberg_properties() -> dict[str, str]:
    """Return what pyiceberg needs to reach the lake's files."""
    settings = get_settings()
    if not _is_s3(settings.lake):
        return {}
    return _without_empty({
        "s3.endpoint": settings.s3_endpoint,
        "s3.access-key-id": _text(settings.s3_access_key),
        "s3.secret-access-key": _text(settings.s3_secret_key),
        "s3.region": settings.s3_region,
    })  # fmt: skip


def polars_options(url: str) -> dict[str, str]:
    """Return what polars needs to read a file at a URL."""
    settings = get_settings()
    if not _is_s3(url):
        return {}
    return _without_empty({
        "aws_endpoint_url": settings.s3_endpoint,
        "aws_access_key_id": _text(settings.s3_access_key),
        "aws_secret_access_key": _text(settings.s3_secret_key),
        "aws_region": settings.s3_region,
        "aws_allow_http": str((settings.s3_endpoint or "").startswith("http://")).lower(),
    })  # fmt: skip


def daft_config() -> "IOConfig":
    """Return what Daft needs to read the lake's files."""
    from daft.io import IOConfig, S3Config

    settings = get_settings()
    if not _is_s3(settings.lake):
        return IOConfig()
    return IOConfig(
        s3=S3Config(
            endpoint_url=settings.s3_endpoint,
            key_id=_text(settings.s3_access_key),
            access_key=_text(settings.s3_secret_key),
            region_name=settings.s3_region,
            use_ssl=not (settings.s3_endpoint or "").startswith("http://"),
        )
    )


def _is_s3(url: str) -> bool:
    return url.startswith("s3://")


def _text(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def _without_empty(options: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in options.items() if value is not None}
