"""A port is free when a server of ours could listen on it."""

import socket

from janus_warehouse.platform.ports import any_free_port, port_is_free


def test_a_port_on_which_somebody_listens_is_not_free():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        assert not port_is_free(taken.getsockname()[1])


def test_a_chosen_port_is_free():
    assert port_is_free(any_free_port())
