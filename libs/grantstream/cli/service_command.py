"""Runs a service's own commands, since only the service knows its tables and handlers."""

import os
import subprocess
import sys
from typing import IO

from grantstream.cli.errors import CommandFailed
from grantstream.cli.target import Target


def database_of(target: Target, service: str) -> str:
    """The DSN of a service's database. Raises CommandFailed if the platform's description names none."""
    if service not in target.postgres:
        known = ", ".join(sorted(target.postgres)) or "none"
        raise CommandFailed(f"The platform's description names no database of {service}; it names {known}.")
    return target.postgres[service]


def start(
    target: Target, service: str, *arguments: str, stderr: IO[str] | int = subprocess.PIPE
) -> "subprocess.Popen[str]":
    """Starts `python -m services.<service> <arguments>`; its output is a pipe of text. Raises CommandFailed."""
    settings = {
        "GRANTSTREAM_POSTGRES_DSN": database_of(target, service),
        "GRANTSTREAM_KAFKA_BOOTSTRAP_SERVERS": target.kafka,
        "GRANTSTREAM_BASE_URL": target.base,
        "GRANTSTREAM_TOKEN_URL": target.token,
        "GRANTSTREAM_TRUSTED_KEY_THUMBPRINTS": target.trusted_key_thumbprints,
    }
    return subprocess.Popen(  # noqa: S603 - a name of the description
        [sys.executable, "-m", f"services.{service}", *arguments],
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )
