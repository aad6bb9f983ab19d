"""Whether a server on a local port is ready."""

import http.client

from deploy.local.ports import LOOPBACK

READY = "/health/ready"
ANSWER_SECONDS = 2.0


def status_of(port: int, path: str = READY) -> int | None:
    """The status of a GET on a new connection, or None if there is no answer."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def is_ready(port: int, connections: int = 1) -> bool:
    """Whether so many new connections in a row get "ready"; each may reach another process behind the port."""
    return all(status_of(port) == http.client.OK for _ in range(connections))
