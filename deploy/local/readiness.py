"""Waiting for a started process to answer, and no longer than it lives."""

import time
from collections.abc import Callable

from deploy.local.errors import StartFailed
from deploy.local.processes import RunningProcess

POLL_SECONDS = 0.05


def wait_until_ready(process: RunningProcess, answers: Callable[[], bool], seconds: float) -> None:
    """Return once `answers` says yes.

    Raises StartFailed, with the last log lines, as soon as the process is dead or after `seconds`.
    """
    deadline = time.monotonic() + seconds
    while not answers():
        if not process.is_alive():
            raise StartFailed(_report(process, "ended while it started"))
        if time.monotonic() > deadline:
            raise StartFailed(_report(process, f"did not get ready within {seconds:.0f} s"))
        time.sleep(POLL_SECONDS)


def _report(process: RunningProcess, what: str) -> str:
    lines = process.last_lines() or "(it wrote nothing)"
    return f"{process.record.name} {what}. The end of {process.log}:\n{lines}"
