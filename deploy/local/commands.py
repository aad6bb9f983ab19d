"""One-shot commands of a service: migrating, seeding, and an operator's commands."""

import json
import subprocess
from collections.abc import Sequence
from typing import Any

from deploy.local.errors import PlatformError
from deploy.local.processes import child_environment
from deploy.local.services import SERVICES, Service, make_service
from deploy.local.settings import ROOT, LocalSettings
from deploy.local.state_files import ensure_generated, read_description

COMMAND_SECONDS = 120
LAST_LINES = 15


def migrate(service: Service) -> None:
    """Bring the service's database up to date; raises PlatformError with the command's last lines."""
    _run(service, "migrate")


def seed(service: Service) -> dict[str, Any]:
    """Make the first company, users and sandbox; returns the command's JSON object, with passwords.

    Its output goes nowhere else, since it may hold passwords.
    """
    output = _run(service, "seed").strip()
    try:
        seeded = json.loads(output) if output else {}
    except ValueError as error:
        raise PlatformError(f"Seeding {service.name} printed something other than JSON.") from error
    if not isinstance(seeded, dict):
        raise PlatformError(f"Seeding {service.name} printed something other than a JSON object.")
    return seeded


def run_command(settings: LocalSettings, name: str, arguments: Sequence[str]) -> int:
    """Run a service's command on the platform that was started here, at this terminal; returns its exit status.

    Raises PlatformError if there is no such service or platform.
    """
    if name not in SERVICES:
        raise PlatformError(f"There is no service {name}: it is one of {', '.join(SERVICES)}.")
    described = read_description(settings.state_dir)
    generated = ensure_generated(settings.state_dir)
    service = make_service(
        name, settings, generated, postgres_dsn=described["postgres"][name], kafka=described["kafka"]
    )
    named = {"GRANTSTREAM_BASE_URL": described["base"], "GRANTSTREAM_TOKEN_URL": described["token"]}
    return subprocess.run(
        service.command(*arguments), env=child_environment({**service.env, **named}), cwd=ROOT
    ).returncode


def _run(service: Service, command: str) -> str:
    service.state_dir.mkdir(parents=True, exist_ok=True)
    service.logs.mkdir(parents=True, exist_ok=True)
    log = service.logs / f"{service.name}-{command}.log"
    with log.open("w+") as errors:
        try:
            done = subprocess.run(
                service.command(command),
                env=child_environment(service.env),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                timeout=COMMAND_SECONDS,
            )
        except subprocess.TimeoutExpired as error:
            raise PlatformError(f"{service.name} {command} took over {COMMAND_SECONDS} s; see {log}.") from error
    if done.returncode != 0:
        last = "\n".join(log.read_text().splitlines()[-LAST_LINES:])
        raise PlatformError(f"{service.name} {command} failed. The end of {log}:\n{last}")
    return done.stdout
