"""Ports of this machine on which our servers can listen."""

import socket

LOCAL = "127.0.0.1"


def port_is_free(port: int) -> bool:
    """Tell whether nothing on this machine listens on a port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOCAL, port))
        except OSError:
            return False
    return True


def any_free_port() -> int:
    """Return a port on which nothing listens, as the system chooses it."""
    with socket.socket() as probe:
        probe.bind((LOCAL, 0))
        return int(probe.getsockname()[1])
