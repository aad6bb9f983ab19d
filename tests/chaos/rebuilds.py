"""Rebuilding a projection by its service's own command."""

import subprocess
from collections.abc import Mapping, Sequence
from typing import IO, Final

from deploy.local.processes import child_environment
from deploy.local.settings import ROOT
from services.receipts.projections import PROJECTIONS as RECEIPTS
from services.registration.projections import PROJECTIONS as REGISTRATION
from services.token.projections import PROJECTIONS as TOKEN

_DECLARED: Final = {"registration": REGISTRATION, "token": TOKEN, "receipts": RECEIPTS}


def projections_of(service: str) -> list[str]:
    """The names of a service's projections."""
    return [projection.name for projection in _DECLARED[service]]


def run_to_end(command: Sequence[str], environment: Mapping[str, str], log: IO[str], limit: float) -> int | None:
    """Runs a command; its exit code, or None if it took longer than `limit` seconds and was killed (SIGKILL)."""
    process = subprocess.Popen(
        command, env=child_environment(environment), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log
    )
    try:
        return process.wait(timeout=limit)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None
