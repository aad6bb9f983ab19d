"""The token service as real processes, with everything that it needs, and what a test says to it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import jwt

from deploy.local.ports import LOOPBACK, free_ports
from deploy.local.processes import ProcessSpec, Supervisor, child_environment
from deploy.local.readiness import wait_until_ready
from deploy.local.state_files import Generated, ensure_generated
from grantstream.proof import Credential, ProofKey, dpop_proof
from tests import plain_http

ROOT = Path(__file__).parents[4]
BASE_URL = "http://platform.test"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class TokenService:
    """Both roles running. `client` speaks HTTP to the http role, whose `instances` tell their names."""

    client: httpx.Client
    worker_url: str
    generated: Generated
    dsn: str
    bootstrap_servers: str
    supervisor: Supervisor
    env: dict[str, str]
    log: Path

    def token(self, **parameters: str) -> httpx.Response:
        """One request to the token endpoint."""
        return self.client.post("/oauth2/v0/token", data=parameters)

    def admin_token(self, username: str, password: str, scope: str | None = None) -> str:
        """A user's token by the local administration client."""
        admin = self.generated.admin_client
        parameters = {"scope": scope} if scope else {}
        answer = self.token(
            grant_type="password",
            client_id=admin.client_id,
            client_secret=admin.client_secret,
            username=username,
            password=password,
            **parameters,
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def event_credential(self, name: str) -> Credential:
        """An event token of a system client, by a signed assertion, with the key that it is bound to."""
        key = ProofKey.generate()
        answer = self.prove(assertion_parameters(self, name), key)
        assert answer.status_code == 200, answer.text
        return Credential(answer.json()["access_token"], key)

    def prove(self, form: dict[str, str], key: ProofKey | None = None) -> httpx.Response:
        """One request for an application's own token, with a DPoP proof of `key`."""
        proof = dpop_proof(key or ProofKey.generate(), "POST", f"{BASE_URL}/oauth2/v0/token", time.time())
        form = form | {"grant_type": "client_credentials"}
        return self.client.post("/oauth2/v0/token", data=form, headers={"DPoP": proof})

    def command(self, *arguments: str) -> tuple[int, str, str]:
        """Runs `python -m services.token ...`: exit code, output, errors."""
        done = subprocess.run(
            [sys.executable, "-m", "services.token", *arguments],
            env=child_environment(self.env),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.returncode, done.stdout, done.stderr


def assertion_parameters(service: TokenService, name: str, **changes: Any) -> dict[str, str]:
    """The form parameters of private_key_jwt, some claims changed; a None leaves the claim out."""
    client_id = service.generated.client_ids[name]
    now = int(time.time())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": BASE_URL,
        "iat": now,
        "exp": now + 60,
        "jti": os.urandom(8).hex(),
    }
    claims = {key: value for key, value in (claims | changes).items() if value is not None}
    key = service.generated.key_file(name).read_text()
    return {
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": jwt.encode(claims, key, algorithm="ES256"),
    }


def start(folder: Path, *, dsn: str, bootstrap_servers: str, **settings: str) -> TokenService:
    """Migrates, then starts a worker and an http role with one worker process."""
    generated = ensure_generated(folder)
    http_port, worker_port = free_ports(2)
    env = {
        "PYTHONPATH": os.pathsep.join((str(ROOT / "libs"), str(ROOT))),
        "PYTHONUNBUFFERED": "1",
        "GRANTSTREAM_POSTGRES_DSN": dsn,
        "GRANTSTREAM_KAFKA_BOOTSTRAP_SERVERS": bootstrap_servers,
        "GRANTSTREAM_HTTP_PORT": str(http_port),
        "GRANTSTREAM_HTTP_WORKERS": "1",
        "GRANTSTREAM_WORKER_PORT": str(worker_port),
        "GRANTSTREAM_BASE_URL": BASE_URL,
        "GRANTSTREAM_TOKEN_URL": f"http://{LOOPBACK}:{http_port}",
        "GRANTSTREAM_STATE_DIR": str(folder / "state"),
        "GRANTSTREAM_SYSTEM_CLIENTS_FILE": str(generated.clients_file),
        "GRANTSTREAM_PASSWORD_HASH_MEMORY_KIB": "1024",
        "GRANTSTREAM_PASSWORD_HASH_ROUNDS": "1",
    } | {f"GRANTSTREAM_{name.upper()}": value for name, value in settings.items()}
    supervisor = Supervisor(folder / "run", die_with_parent=True)
    service = TokenService(
        httpx.Client(base_url=f"http://{LOOPBACK}:{http_port}", timeout=20),
        f"http://{LOOPBACK}:{worker_port}",
        generated,
        dsn,
        bootstrap_servers,
        supervisor,
        env,
        folder / "http.log",
    )
    code, _, errors = service.command("migrate")
    assert code == 0, errors
    for role, url in (("worker", service.worker_url), ("http", str(service.client.base_url))):
        spec = ProcessSpec(
            f"token-{role}", (sys.executable, "-m", "services.token", role), folder / f"{role}.log", 1, env, cwd=ROOT
        )
        wait_until_ready(supervisor.ensure(spec), _ready(url), 40)
    return service


def _ready(url: str) -> Callable[[], bool]:
    def answers() -> bool:
        try:
            return plain_http.get(f"{url}/health/ready", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    return answers
