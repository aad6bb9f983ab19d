"""Checks that a server's port is free."""

import errno
import socket

from grantstream.service.errors import PortTaken


def require_free_port(host: str, port: int, *, setting: str) -> None:
    """Raises PortTaken if another program listens there; `setting` is the variable to change.

    The servers' sockets have SO_REUSEPORT, so that workers can share a port. With it a second server would silently
    start and get half of the requests. A plain bind detects it.
    """
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        with socket.socket(family, kind, protocol) as probe:
            # With this option, connections in TIME_WAIT are no obstacle; a listener still is.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    raise PortTaken(host, port, setting) from None
                raise
