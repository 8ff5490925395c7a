"""Where Daft works on lake tables: in this process, or on a Ray cluster. One setting says which."""

import functools
import logging
import os
import socket
from urllib.parse import urlsplit

from janus_warehouse.errors import NotAvailableError
from janus_warehouse.platform.settings import get_settings

RAY = "ray"
# Neither library may tell anybody outside that it is used; no bars between lines of a log.
_QUIET = {"DO_NOT_TRACK": "1", "RAY_USAGE_STATS_ENABLED": "0", "DAFT_PROGRESS_BAR": "0"}


_PATIENCE_SECONDS = 5


@functools.cache
def use_runner() -> str:
    """Choose where Daft works, as the settings say, and return its name.

    Daft holds to the first choice until the process ends.

    Raises:
        NotAvailableError: No Ray cluster answers at the address.
    """
    os.environ.update(_QUIET)
    settings = get_settings()
    import daft

    if settings.lake_runner != RAY:
        daft.set_runner_native()
        return settings.lake_runner
    import ray

    try:
        _knock(settings.ray_address)
        ray.init(
            address=settings.ray_address,
            log_to_driver=False,
            logging_level=logging.ERROR,
            runtime_env={"env_vars": _QUIET},
        )
    except OSError:
        raise NotAvailableError(
            f"no Ray cluster answers at {settings.ray_address or 'this machine'}; start it, "
            "correct JANUS_RAY_ADDRESS, or set JANUS_LAKE_RUNNER=local to work on this machine"
        ) from None
    daft.set_runner_ray(noop_if_initialized=True)
    return RAY


def _knock(address: str | None) -> None:
    """Raise OSError when nobody listens at an address; Ray itself would try for minutes."""
    named = address or ""
    place = urlsplit(named if "://" in named else f"//{named}")
    if place.hostname and place.port:
        socket.create_connection((place.hostname, place.port), _PATIENCE_SECONDS).close()
