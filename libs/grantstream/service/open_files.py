"""The system's limit on a process's open files: each connection is one."""

import logging
import resource
from typing import Final

_OTHER_FILES: Final = 256
"""Files other than client connections: the database, Kafka, metrics, libraries."""

_log = logging.getLogger(__name__)


def connections_allowed(wanted: int) -> int:
    """`wanted`, or fewer if the system allows fewer; raises the soft limit, which child processes inherit.

    At the limit, a process could not connect to its database either.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = wanted + _OTHER_FILES if hard == resource.RLIM_INFINITY else min(wanted + _OTHER_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < highest:
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest, hard))
    allowed = max(1, highest - _OTHER_FILES)
    if allowed < wanted:
        _log.warning("%d connections at once are served, not %d: the system allows %d files", allowed, wanted, hard)
    return allowed
