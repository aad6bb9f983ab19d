"""`python -m grantstream.service.probe`: is the process in this container ready? Exit code 0: yes, 1: no.

For container engines that check health by a command. A container runs one of the two roles, each with its own port; so
the probe asks both ports and needs one success. It runs every few seconds, so it imports little, and reads only the
variables that it needs.
"""

import http.client
import os
import sys
from collections.abc import Mapping
from typing import Final

PORTS: Final = {"GRANTSTREAM_HTTP_PORT": 8080, "GRANTSTREAM_WORKER_PORT": 9080}
"""The variables of both roles' ports, with the defaults of `settings.py`."""

_ANY_ADDRESS: Final = {"", "0.0.0.0", "::"}  # noqa: S104 - compared with, not listened on
_SECONDS: Final = 4.0
_OK: Final = 200


def any_role_is_ready(environment: Mapping[str, str]) -> bool:
    """Whether `/health/ready` of either role answers 200."""
    host = environment.get("GRANTSTREAM_HTTP_HOST", "")
    address = "127.0.0.1" if host in _ANY_ADDRESS else host
    return any(_is_ready(address, int(environment.get(name) or default)) for name, default in PORTS.items())


def _is_ready(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=_SECONDS)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == _OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if any_role_is_ready(os.environ) else 1)
