"""Whether a server may listen where it is told to."""

import errno
import socket

from grantstream.service.errors import PortTaken


def require_free_port(host: str, port: int, *, setting: str) -> None:
    """Raises PortTaken if another program listens there; `setting` is the variable to change.

    The servers' sockets are made with SO_REUSEPORT, so that workers can share a port. With it a second server would
    start in silence and get half of the requests. A plain bind finds it out.
    """
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        with socket.socket(family, kind, protocol) as probe:
            # Connections of an earlier server that linger in TIME_WAIT are no obstacle; a listener still is.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    raise PortTaken(host, port, setting) from None
                raise
