"""Runs a service's own command as a child process, as only the service knows its tables and handlers."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, Any

from grantstream.cli.errors import CommandFailed
from grantstream.cli.progress import progress_bar
from grantstream.cli.target import Target


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that ended: its JSON object, None if it printed none; its other lines on standard error; its status."""

    report: dict[str, Any] | None
    complaints: str
    status: int


def start(
    target: Target,
    service: str,
    *arguments: str,
    stdout: IO[str] | int = subprocess.PIPE,
    stderr: IO[str] | int = subprocess.PIPE,
) -> "subprocess.Popen[str]":
    """Starts `python -m services.<service> <arguments>`; its outputs are pipes of text, if not files.

    Raises CommandFailed for an unknown service.
    """
    if service not in target.postgres:
        known = ", ".join(sorted(target.postgres)) or "none"
        raise CommandFailed(f"The platform's description names no database of {service}; it names {known}.")
    settings = {
        "GRANTSTREAM_POSTGRES_DSN": target.postgres[service],
        "GRANTSTREAM_KAFKA_BOOTSTRAP_SERVERS": target.kafka,
        "GRANTSTREAM_BASE_URL": target.base,
        "GRANTSTREAM_TOKEN_URL": target.token,
        "GRANTSTREAM_TRUSTED_KEY_THUMBPRINTS": target.trusted_key_thumbprints,
    }
    return subprocess.Popen(  # noqa: S603 - a name of the description
        [sys.executable, "-m", f"services.{service}", *arguments],
        env={**os.environ, **settings},
        stdout=stdout,
        stderr=stderr,
        text=True,
    )


def run_service_command(target: Target, service: str, arguments: Sequence[str], *, what: str, counted: str) -> Ran:
    """Runs a service's command to its end, and shows its progress as `what`.

    `counted`: the field of its progress lines that is counted up to `of`. Raises CommandFailed for an unknown service.
    """
    with TemporaryFile("w+") as output:  # a pipe that is not read at once would stop a child with much to say
        with start(target, service, *arguments, stdout=output) as child:
            complaints = _follow(child, what, counted)
        status = child.wait()
        output.seek(0)
        report = output.read()
    return Ran(json.loads(report) if report.strip() else None, complaints, status)


def _follow(child: "subprocess.Popen[str]", what: str, counted: str) -> str:
    """Prints the child's progress; returns its other output."""
    other_lines = []
    with progress_bar(what) as report_progress:
        for line in child.stderr or ():
            try:
                progress = json.loads(line)
                report_progress(progress[counted], progress["of"])
            except (ValueError, KeyError, TypeError):
                other_lines.append(line)
    return "".join(other_lines).strip()
