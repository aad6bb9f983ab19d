"""Waits for a started process to answer, as long as it lives, and asks local servers whether they are ready."""

import http.client
import time
from collections.abc import Callable

from deploy.local.errors import StartFailed
from deploy.local.ports import LOOPBACK
from deploy.local.processes import RunningProcess

READY = "/health/ready"
ANSWER_SECONDS = 2.0
POLL_SECONDS = 0.05


def wait_until_ready(process: RunningProcess, answers: Callable[[], bool], seconds: float) -> None:
    """Return once `answers` is true.

    Raises StartFailed, with the last log lines, when the process is dead or after `seconds`.
    """
    deadline = time.monotonic() + seconds
    while not answers():
        if not process.is_alive():
            raise StartFailed(_report(process, "ended while it started"))
        if time.monotonic() > deadline:
            raise StartFailed(_report(process, f"did not get ready within {seconds:.0f} s"))
        time.sleep(POLL_SECONDS)


def start_ready(launch: Callable[[], RunningProcess], answers: Callable[[], bool], seconds: float) -> RunningProcess:
    """`launch` a process and return it once `answers` is true. Raises StartFailed as `wait_until_ready` does.

    A process that was running already may have been killed just before: then it is launched again.
    """
    process = launch()
    try:
        wait_until_ready(process, answers, seconds)
    except StartFailed:
        if not process.was_running or process.is_alive():
            raise
        process = launch()
        wait_until_ready(process, answers, seconds)
    return process


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


def _report(process: RunningProcess, what: str) -> str:
    lines = process.last_lines() or "(it wrote nothing)"
    return f"{process.record.name} {what}. The end of {process.log}:\n{lines}"
