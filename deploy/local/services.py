"""The three services as processes: the settings and the two roles of each."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.ports import LOOPBACK
from deploy.local.processes import ProcessSpec
from deploy.local.settings import PREFIX, ROOT, LocalSettings
from deploy.local.state_files import Generated

SERVICES = ("registration", "token", "receipts")
ROLES = ("http", "worker")
LAYER = 2
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


def _inherited() -> dict[str, str]:
    return {
        name: value for name, value in os.environ.items() if name.startswith(INHERITED) and not name.startswith(PREFIX)
    }
