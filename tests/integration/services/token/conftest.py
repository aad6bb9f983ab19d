"""The token service running on real servers, for all tests of this folder together."""

import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from deploy.local.kafka_broker import EmbeddedKafka
from deploy.local.ports import free_ports
from deploy.local.server_access import run_in_thread
from grantstream.kafka.topic_admin import apply_topics
from grantstream.postgres.migrations import migrate
from grantstream.postgres.pool import Pool, opened_pool
from services.token.store.sql import MIGRATIONS
from tests.integration.services.token.registration import App, Registration
from tests.integration.services.token.running import TokenService, start
from tests.servers.databases import DatabaseServer


@pytest.fixture(scope="session")
def database_template(postgres: DatabaseServer) -> str:
    """A database with the service's schema."""
    dsn = postgres.fresh_database()
    migrate(dsn, *MIGRATIONS)
    return dsn


@pytest.fixture
async def pool(database_dsn: str) -> AsyncIterator[Pool]:
    """A pool of a database with the service's schema, where nothing runs."""
    async with opened_pool(database_dsn, application_name="test", max_size=8) as opened:
        yield opened


@pytest.fixture(scope="package")
def token_broker(server_folder: Path) -> Iterator[str]:
    """A broker of their own: on the shared one, fences of other tests would speak with keys unknown here."""
    folder = server_folder / "token-broker"
    folder.mkdir()
    port, controller_port = free_ports(2)
    with EmbeddedKafka(folder, port=port, controller_port=controller_port, heap="256M") as broker:
        run_in_thread(apply_topics(broker.bootstrap_servers))
        yield broker.bootstrap_servers


@pytest.fixture(scope="package")
def service(
    token_broker: str, postgres: DatabaseServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TokenService]:
    """Both roles of the token service."""
    folder = tmp_path_factory.mktemp("token")
    running = start(
        folder,
        dsn=postgres.fresh_database(),
        bootstrap_servers=token_broker,
        refresh_grace="0.5",
        sandboxes_per_minute="10000",
        sweep_every="5",
    )
    try:
        yield running
    finally:
        running.client.close()
        running.supervisor.stop_all()


@pytest.fixture(scope="package")
def registration(service: TokenService) -> Registration:
    """Registration's side."""
    return Registration(service)


@dataclass(frozen=True)
class SandboxOf:
    """A sandbox with its administrator."""

    company_id: str
    user_id: str
    login: str
    password: str

    def credentials(self) -> dict[str, str]:
        """The form parameters of the password grant."""
        return {"grant_type": "password", "username": self.login, "password": self.password}


@pytest.fixture
def sandbox(service: TokenService) -> SandboxOf:
    """A sandbox for one test."""
    return open_sandbox(service)


@pytest.fixture
def app(registration: Registration, sandbox: SandboxOf) -> App:
    """An application that the sandbox enabled."""
    return registration.register(sandbox.company_id)


def open_sandbox(service: TokenService) -> SandboxOf:
    """Signs a sandbox up."""
    login = f"admin-{uuid.uuid4().hex[:12]}@example.com"
    answer: httpx.Response = service.client.post("/sandboxes", json={"login": login})
    assert answer.status_code == 201, answer.text
    body = answer.json()
    return SandboxOf(body["companyId"], body["userId"], login, body["password"])
