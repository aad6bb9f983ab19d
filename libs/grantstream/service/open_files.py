"""How many files the system lets a process have open: each connection is one."""

import logging
import resource
from typing import Final

_OTHER_FILES: Final = 256
"""Beside connections of clients: the database, Kafka, metrics, libraries."""

_log = logging.getLogger(__name__)


def connections_allowed(wanted: int) -> int:
    """`wanted`, or fewer if the system allows fewer; raises the soft limit, which processes started from here inherit.

    A process at the limit could open no connection to its database either.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = wanted + _OTHER_FILES if hard == resource.RLIM_INFINITY else min(wanted + _OTHER_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < highest:
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest, hard))
    allowed = max(1, highest - _OTHER_FILES)
    if allowed < wanted:
        _log.warning("%d connections at once are served, not %d: the system allows %d files", allowed, wanted, hard)
    return allowed
